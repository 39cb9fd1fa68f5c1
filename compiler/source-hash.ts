import { createHash } from "node:crypto";
import type { Program } from "./check/symbols.js";

/**
 * SHA-256 of a program's text, lower-case hex: of its one file, or over the paths and hashes of all of its files, in the
 * order of their offsets. The tests of the file that was asked for, and the blanks in front of each, are left out: they
 * are no part of the machine, so training goes on after one was written.
 */
export function sourceHash(program: Program): string {
  const { all, main } = program.sources;
  const own = sha256(withoutTests(program));
  if (all.length === 1) return own;
  const hashes = all.map((each) => [each === main ? own : sha256(each.text), each.path] as const);
  return sha256(hashes.map(([hash, path]) => `${hash} ${JSON.stringify(path)}\n`).join(""));
}

function withoutTests({ sources, tests }: Program): string {
  const { text } = sources.main;
  let kept = "";
  let at = 0;
  for (const { declaration } of tests) {
    kept += text.slice(at, declaration.span.start).trimEnd();
    at = declaration.span.end;
  }
  return kept + text.slice(at);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

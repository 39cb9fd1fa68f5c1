import { createHash } from "node:crypto";
import type { Program } from "./check/symbols.js";
import { withoutTests } from "./without-tests.js";

/**
 * SHA-256 of a program's text, lower-case hex: of its one file, or over the paths and hashes of all of its files, in the
 * order of their offsets. Tests are left out, so that training goes on after one was written.
 */
export function sourceHash({ sources, tests }: Program): string {
  const hashes = sources.all.map((each) => [sha256(withoutTests(each, tests)), each.path] as const);
  if (hashes.length === 1) return hashes[0]![0];
  return sha256(hashes.map(([hash, path]) => `${hash} ${JSON.stringify(path)}\n`).join(""));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

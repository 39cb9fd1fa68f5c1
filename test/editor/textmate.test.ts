import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type LexemeKind, lexemes } from "../../grammar/index.js";
import { root } from "../cli/support.js";
import { loadScopes, type Scoped } from "./scopes.js";

let scopesOf: (text: string) => readonly Scoped[];
beforeAll(async () => {
  scopesOf = await loadScopes();
});

/** Flows that must compile: in broken ones there is no telling what a word was meant to be. */
const flows = ["flows", "test/conformance/compiles", "test/golden/ok", "test/golden/format"].flatMap(
  (folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".flow"))
      .map((file) => join(folder, file)),
);

const keyword =
  /^(?:keyword\.(?:control|operator\.word)|storage\.(?:type|modifier)|constant\.language|support\.type\.list)\b/;

/** What the innermost scope of a lexeme must be. */
const wanted: Readonly<Record<LexemeKind, RegExp>> = {
  keyword,
  name: /^(?:variable|entity\.name|constant\.other\.label|constant\.language|support\.type|keyword\.other\.section)\b/,
  number: /^constant\.numeric\b/,
  text: /^(?:string\.quoted\.double|punctuation\.definition\.string|constant\.character\.escape|invalid)\b/,
  sign: /^(?:keyword\.operator|punctuation|source\.flow|meta)\b/,
  quotes: /^punctuation\.definition\.string\b/,
  prompt: /^string\.quoted\.triple\b/,
  tag: /^punctuation\.section\.embedded\b/,
  comment: /^comment\.line\b/,
  doc: /^comment\.block\.documentation\b/,
};

/** Places where the two disagree, as people would look for them. */
function disagreements(text: string): string[] {
  const scoped = scopesOf(text);
  let at = 0;
  return lexemes(text).flatMap(({ kind, text: image, span }) => {
    while (scoped[at]!.end <= span.start) at++;
    const line = text.slice(0, span.start).split("\n").length;
    const wrong: string[] = [];
    for (let i = at; i < scoped.length && scoped[i]!.start < span.end; i++) {
      const innermost = scoped[i]!.scopes.at(-1)!;
      const isBlank =
        text.slice(Math.max(span.start, scoped[i]!.start), Math.min(span.end, scoped[i]!.end)).trim() === "";
      if (!isBlank && !wanted[kind].test(innermost))
        wrong.push(`${line}: ${kind} ${image.slice(0, 30)} is ${innermost}`);
    }
    return wrong;
  });
}

describe("the TextMate grammar", () => {
  it.each(flows)("sees in %s what the parser sees", (flow) => {
    expect(disagreements(readFileSync(join(root, flow), "utf8"))).toEqual([]);
  });
});

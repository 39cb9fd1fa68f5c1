import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";
import { root } from "../cli/support.js";

/** A stretch of a text and what the TextMate grammar says it is, the outermost scope first. */
export interface Scoped {
  readonly start: number;
  readonly end: number;
  readonly scopes: readonly string[];
}

const grammarFile = join(root, "cli/editor/vscode/syntaxes/flow.tmLanguage.json");

/** The project's TextMate grammar in the engine that editors use. */
export async function loadScopes(): Promise<(text: string) => readonly Scoped[]> {
  const wasm = createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm");
  await oniguruma.loadWASM(readFileSync(wasm));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(readFileSync(grammarFile, "utf8"), grammarFile),
  });
  const grammar = (await registry.loadGrammar("source.flow"))!;
  return (text) => {
    const found: Scoped[] = [];
    let state = textmate.INITIAL;
    let at = 0;
    for (const line of text.split("\n")) {
      const result = grammar.tokenizeLine(line.replace(/\r$/, ""), state);
      for (const { startIndex, endIndex, scopes } of result.tokens)
        found.push({ start: at + startIndex, end: at + endIndex, scopes });
      state = result.ruleStack;
      at += line.length + 1;
    }
    return found;
  };
}

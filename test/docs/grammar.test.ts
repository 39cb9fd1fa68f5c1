import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { grammarPage } from "../../grammar/ebnf/page.js";

it("the page of the grammar is what the parser gives", () => {
  const page = readFileSync("docs/grammar.md", "utf8");
  expect(page, "the parser has changed: `npm run grammar` writes docs/grammar.md anew").toBe(grammarPage());
});

it("the page shows words and signs as they are written, and every rule that it uses", () => {
  const page = grammarPage();
  const text = [...page.matchAll(/^```ebnf\n([\s\S]*?)^```$/gm)].map(([, block]) => block).join("\n");
  const defined = [...text.matchAll(/^(\w+) ::=/gm)].map(([, name]) => name!);
  const used = text.replace(/'[^']*'|"[^"]*"/g, "").match(/[A-Za-z]\w*/g)!;
  const tokens = [...page.matchAll(/^\| (\w+) \| `/gm)].map(([, name]) => name!);
  expect([...new Set(used)].filter((name) => !defined.includes(name) && !tokens.includes(name))).toEqual([]);
  expect(new Set(defined).size).toBe(defined.length);
  expect(page).toContain("section ::= Name ( Text | prompt )");
  expect(page).toContain(`prompt ::= '"""' ( PromptText | hole | tag )* '"""'`);
});

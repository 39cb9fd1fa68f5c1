import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { grammarPages } from "../../grammar/ebnf/page.js";

const pages = grammarPages();

it.each([...pages])("docs/%s is what the parser gives", (path, text) => {
  const written = existsSync(`docs/${path}`) ? readFileSync(`docs/${path}`, "utf8") : undefined;
  expect(
    written,
    "the parser has changed: `npm run grammar` writes docs/grammar.md and its pictures anew",
  ).toBe(text);
});

it("the diagrams show every rule by its name, and everything in it", () => {
  const page = pages.get("grammar.md")!;
  const pictures = [...pages].filter(([path]) => path.endsWith(".svg")).map(([, svg]) => svg);
  const shown = pictures.flatMap((svg) =>
    [...svg.matchAll(/<text class="name"[^>]*>([^<]*)</g)].map(([, name]) => name),
  );
  const defined = [...page.matchAll(/^([a-z]\w*) ::=/gm)].map(([, name]) => name);
  expect(shown).toEqual(defined);
  expect(pictures.join("")).toContain(">until</text>");
  for (const svg of pictures) expect(svg).not.toMatch(/NaN|undefined/);
});

it("the page shows words and signs as they are written, and every rule that it uses", () => {
  const page = pages.get("grammar.md")!;
  const text = [...page.matchAll(/^```ebnf\n([\s\S]*?)^```$/gm)].map(([, block]) => block).join("\n");
  const defined = [...text.matchAll(/^(\w+) ::=/gm)].map(([, name]) => name!);
  const used = text.replace(/'[^']*'|"[^"]*"/g, "").match(/[A-Za-z]\w*/g)!;
  const tokens = [...page.matchAll(/^\| (\w+) \| `/gm)].map(([, name]) => name!);
  expect([...new Set(used)].filter((name) => !defined.includes(name) && !tokens.includes(name))).toEqual([]);
  expect(new Set(defined).size).toBe(defined.length);
  expect(page).toContain("section ::= Name ( Text | prompt )");
  expect(page).toContain(`prompt ::= '"""' ( PromptText | hole | tag )* '"""'`);
});

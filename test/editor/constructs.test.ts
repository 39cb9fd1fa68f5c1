import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "../../grammar/index.js";
import { root } from "../cli/support.js";
import { constructs } from "./constructs.js";
import { loadScopes, type Scoped } from "./scopes.js";

const page = readFileSync(join(root, "docs/grammar.md"), "utf8");
const ebnf = [...page.matchAll(/^```ebnf\n([\s\S]*?)^```$/gm)].map(([, block]) => block).join("\n");

/** The rules of the grammar with the words and signs that stand in them; those of names are apart. */
const rules = new Map(
  ebnf.split(/^(?=\w+ ::=)/m).map((rule) => {
    const [, name, right] = /^(\w+) ::=([\s\S]*)$/.exec(rule.trim())!;
    const literals = [...right!.matchAll(/"([^"]+)"|'([^']+)'/g)].map(([, a, b]) => a ?? b!);
    return [name!, [...new Set(literals)]] as const;
  }),
);
const wordsOf = (rule: string) => rules.get(rule)!.filter((word) => /^\w+$/.test(word));

let scopesOf: (text: string) => readonly Scoped[];
beforeAll(async () => {
  scopesOf = await loadScopes();
});

/** The words and signs of a text, each with its innermost scope. */
function scoped(flow: string): readonly (readonly [word: string, scope: string])[] {
  return scopesOf(flow).flatMap(({ start, end, scopes }) => {
    const image = flow.slice(start, end).trim();
    const scope = scopes.at(-1)!;
    // Signs without a scope of their own are one stretch with what is beside them.
    const isPlain = /^(?:source|meta)\b/.test(scope);
    return (isPlain ? image.split(/\s+|(?=[^\w\s])/) : [image])
      .filter((word) => word !== "")
      .map((word) => [word, scope] as const);
  });
}

it("every rule of the grammar with words or signs of its own has a construct here, with all of them", () => {
  const missing = [...rules].flatMap(([rule, literals]) => {
    if (rule === "Name" || rule === "Word" || literals.length === 0) return [];
    const shown = new Set(constructs[rule]?.scopes.map((each) => each.slice(0, each.lastIndexOf(" "))));
    return literals.filter((literal) => !shown.has(literal)).map((literal) => `${rule}: ${literal}`);
  });
  expect(missing).toEqual([]);
  expect(Object.keys(constructs).filter((rule) => !rules.has(rule))).toEqual([]);
});

describe("the TextMate grammar", () => {
  it.each(Object.entries(constructs))("knows %s", (_, { flow, scopes }) => {
    expect(parse(flow).problems).toEqual([]);
    const found = scoped(flow);
    let at = 0;
    for (const wanted of scopes) {
      const space = wanted.lastIndexOf(" ");
      const [word, scope] = [wanted.slice(0, space), wanted.slice(space + 1)];
      const next = found.findIndex(
        ([image, its], index) => index >= at && image === word && `${its}.`.startsWith(`${scope}.`),
      );
      expect(
        next,
        `no ${wanted} among ${found
          .slice(at)
          .map((each) => each.join(" "))
          .join(", ")}`,
      ).not.toBe(-1);
      at = next + 1;
    }
  });

  it.each(wordsOf("Name"))("takes %s for a name where it is one", (word) => {
    const flow = `flow f(${word}: text) -> text {\n  return upper(${word})\n}\n`;
    expect(parse(flow).problems).toEqual([]);
    expect(
      scoped(flow)
        .filter(([image]) => image === word)
        .map(([, scope]) => scope)
        .filter((scope) => scope !== "support.type.flow"),
    ).toEqual(["variable.parameter.flow", "variable.other.flow"]);
  });

  it.each([...wordsOf("Name"), ...wordsOf("Word")])("takes %s for a field where it is one", (word) => {
    const flow = `type T = { ${word}: int }\nflow f(a: T) -> T {\n  return { ${word}: a.${word} }\n}\n`;
    expect(parse(flow).problems).toEqual([]);
    const fields = scoped(flow).filter(([image, scope]) => image === word && /property/.test(scope));
    expect(fields).toHaveLength(3);
  });
});

import { describe, expect, it } from "vitest";
import { check, formatText, readDocument } from "../../compiler/index.js";

/** What no person writes: each has a diagnostic, or nothing to say, and neither takes long nor a deep stack. */

const many = (count: number, line: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => line(n)).join("");
const doubled = (from: string, levels: number) =>
  `type T0 = ${from}\n${many(levels, (n) => `type T${n + 1} = { a: T${n}, b: T${n} }\n`)}`;
const flow = (body: string) => `flow f(x: int) -> int { ${body} }`;

const texts: Readonly<Record<string, readonly [text: string, first: string | undefined]>> = {
  "a file of 10 MB": [`# ${"x".repeat(10_000_000)}`, "longer than 1000000 characters"],
  "10,000 declarations": [
    `${many(10_000, (n) => `type T${n} = { a: T${n + 1} }\n`)}type T10000 = int`,
    "types within",
  ],
  "10,000 agents": [
    `${many(10_000, (n) => `agent a${n}(t: text) -> yes | no { user """{{ t }}""" }\n`)}${flow("return x")}`,
    "is never used",
  ],
  "a name of 100,000 characters": [
    flow(`return ${"y".repeat(100_000)}`),
    "more than 200 characters in a name",
  ],
  "two names of 100,000 characters": [
    `flow f(${"y".repeat(100_000)}: int) -> int { return ${"y".repeat(99_999)}z }`,
    "more than 200 characters in a name",
  ],
  "a line of a megabyte": [flow(`return ${"x + ".repeat(249_000)}x`), "more than 200000 words and signs"],
  "a text of almost a megabyte": [`flow f() -> text { return "${"a".repeat(990_000)}" }`, undefined],
  "a number of almost a megabyte": [flow(`return ${"1".repeat(900_000)}`), "is too large for a number"],
  "a comment on each of 249,000 lines": [`${"# x\n".repeat(249_000)}${flow("return x")}`, undefined],
  "160,000 lines of documentation": [`${"/// x\n".repeat(160_000)}${flow("return x")}`, undefined],
  "a chain of 10,000 flows": [
    `flow f0(a: int) -> int { return a }\n${many(10_000, (n) => `flow f${n + 1}(a: int) -> int { return f${n}(a) }\n`)}`,
    "more than 50 flows within each other",
  ],
  "flows that double": [
    `flow f0(a: int) -> int { return a }\n${many(60, (n) => `flow f${n + 1}(a: int) -> int { return f${n}(a) + f${n}(a) }\n`)}`,
    "more than 1000 calls",
  ],
  "types that double": [
    `${doubled("int", 60)}flow f(x: T60) -> bool { return x == x }`,
    "more than 10000 parts in a type",
  ],
  "types of the same structure that double": [
    `${doubled("int", 60)}${doubled("int", 60).replaceAll("T", "U")}flow f(x: T60) -> U60 { return x }`,
    "more than 10000 parts in a type",
  ],
  "variables whose types double": [
    `flow f() -> int { let a0 = 1 ${many(60, (n) => `let a${n + 1} = { a: a${n}, b: a${n} } `)}return len(a60) }`,
    "more than 10000 parts in a type",
  ],
  "variables whose types get deeper": [
    `flow f() -> int { let a0 = 1 ${many(5_000, (n) => `let a${n + 1} = { a: a${n} } `)}return 1 }`,
    "more than 100 types within each other",
  ],
  "1,000 misspelt names": [
    `flow f() -> int { ${many(1_000, (n) => `let y${n} = x${n} `)}return 1 }`,
    "there is no variable `x0` here",
  ],
  "a list of 90,000 items": [`flow f() -> list<int> { return [${"1, ".repeat(90_000)}1] }`, undefined],
  "5,000 statements": [
    `flow f() -> int { let x0 = 1 ${many(5_000, (n) => `let x${n + 1} = x${n} `)}return x5000 }`,
    undefined,
  ],
  "quotes without end": ['"'.repeat(900_000), "more than 200000 words and signs"],
  "backslashes without end": [flow(`return "${"\\".repeat(900_000)}`), "this text has no closing"],
  "braces without end in a prompt": [
    `agent a() -> yes | no { user """${"{".repeat(300_000)}""" }`,
    "more than",
  ],
};

/** Nested 10,000 deep: brackets, blocks, templates, types, signs before signs, what ends with its like. */
const nested: readonly (readonly [open: string, inner: string, close: string])[] = [
  ["return ((", "1", "))"],
  ["return -", "1", ""],
  ["return - (", "1", ")"],
  ["let x = not ", "true", ""],
  ["let x = not (", "true", ")"],
  ["let x = [", "", "]"],
  ["let x = { type: ", "1", " }"],
  ["let x = { flow: (", "1", ") }"],
  ["let x = [y for y in ", "[1]", "]"],
  ["let x = f(", "1", ")"],
  ["let x: list<", "int", "> = []"],
  ["let x: { type: ", "int", " } = 1"],
  ["let x = x", "[0]", ""],
  ["loop up to 2 { ", "break", " }"],
  ["loop up to 2 { } exhausted -> ", "pass", ""],
  ["branch true { true -> ", "pass", " }"],
  ["return pick x from [1] by a(x) is b else ", "return 1", ""],
  ["let x = parallel y in [1] { yield ", "y", " }"],
  ["let x = ", "1", ""],
];

function codesOf(text: string): string[] {
  const { diagnostics } = check(text, "f.flow");
  expect(readDocument(text, "f.flow").diagnostics).toEqual(diagnostics);
  formatText(text, "f.flow");
  return diagnostics.map(({ code }) => code);
}

describe("what no person writes", () => {
  it.each(Object.entries(texts))("%s", (_, [text, first]) => {
    const { diagnostics } = check(text, "f.flow");
    const [found] = diagnostics;
    if (first === undefined) expect(found).toBeUndefined();
    else
      expect(
        diagnostics
          .map(({ message }) => message)
          .join("\n")
          .slice(0, 100_000),
      ).toContain(first);
    // A message can be read, whatever it is about.
    for (const { message } of diagnostics.slice(0, 100)) expect(message.length).toBeLessThan(1_000);
  });

  it.each(nested)("%s ... within each other 10,000 times, closed and left open", (open, inner, close) => {
    const [head, ...again] = [
      open,
      ...Array<string>(9_999).fill(open.replace(/^(?:return|let x =|let x:) ?/, "")),
    ];
    const opened = head + again.join("");
    expect(codesOf(flow(`${opened}${inner}${close.repeat(10_000)}`)).length).toBeGreaterThan(0);
    expect(codesOf(flow(`${opened}${inner}`)).length).toBeGreaterThan(0);
  });

  it("tags within each other 10,000 times", () => {
    const tags = (text: string) => `agent a(b: bool) -> x | y { user """${text}""" }`;
    expect(codesOf(tags("{% if b %}".repeat(10_000) + "{% end %}".repeat(10_000)))).toContain("F009");
    expect(codesOf(tags("{% if b %}".repeat(10_000)))).toContain("F009");
  });

  it("a hundred mistakes are told, and of thousands the first hundred", () => {
    const mistakes = (count: number) => `flow f() -> int {\n${"  let = 1\n".repeat(count)}  return 1\n}\n`;
    expect(codesOf(mistakes(99))).toHaveLength(99);
    expect(codesOf(mistakes(50_000))).toHaveLength(100);
  });
});

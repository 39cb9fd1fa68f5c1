import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { check, fixesIn, formatText, readDocument, renderDiagnostic } from "../../compiler/index.js";
import { parse } from "../../grammar/index.js";

const flow = readFileSync("flows/musique-answerable.flow", "utf8");

/** One typing mistake in the flow of the design, and the codes and suggestions that are given for it. */
const mistakes: readonly [what: string, right: string, wrong: string, codes: string[], meant: string[]][] = [
  ["a misspelt statement", "return {", "retrun {", ["F004"], ["return"]],
  ["a misspelt declaration", "agent enough", "agnet enough", ["F004"], ["agent"]],
  ["a missing name", "let q ", "let ", ["F004"], []],
  ["a missing operand", "known + [best]", "known +", ["F004"], []],
  ["a misspelt contextual keyword", "by relevant", "bye relevant", ["F004"], ["by"]],
  ["a joined keyword", "loop up to 4", "loop upto 4", ["F004"], ["up to"]],
  ["a missing label", "yes | no", "yes |", ["F004"], []],
  ["an open hole", "{{ question }}", "{{ question", ["F004"], []],
  ["a hole closed as a tag", "{{ question }}", "{{ question %}", ["F004"], []],
  ["a missing bracket", "query(question, known)", "query(question, known", ["F004"], []],
  ["a missing brace", "-> Answer {", "-> Answer", ["F004"], []],
  ["a missing parenthesis of inputs", "agent final(question", "agent final question", ["F004"], []],
  ["a wrong jump", "else break", "else pass", ["F004"], []],
  ["a foreign character", "is yes\n", "is yes;\n", ["F001"], []],
  ["a text without an end", 'as possible."', "as possible.", ["F002"], []],
  ["a text that swallows the end of a pick", "where p not in known", 'where "\\" not in known', ["F002"], []],
  ["a misspelt agent", "= query(", "= qeury(", ["F103"], ["query"]],
  ["a misspelt variable", "final(question, draft", "final(qestion, draft", ["F101"], ["question"]],
  ["a misspelt field", "[p.idx for", "[p.ix for", ["F107"], ["idx"]],
  ["a misspelt type", "candidate: Paragraph", "candidate: Paragaph", ["F102"], ["Paragraph"]],
  ["a misspelt label", "is yes\n  return", "is yse\n  return", ["F206"], ["yes"]],
  ["a misspelt template variable", "{{ p.title }}", "{{ p.titel }}", ["F107"], ["title"]],
];

/** One typing mistake in a test of that flow. */
const inTests: readonly [what: string, right: string, wrong: string, codes: string[], meant: string[]][] = [
  ["a misspelt declaration", 'test "answers without', 'tset "answers without', ["F004"], ["test"]],
  ["a misspelt part", 'mock query -> "who"', 'mok query -> "who"', ["F004"], ["mock"]],
  ["a missing name", 'test "answers without paragraphs"', "test", ["F004"], []],
  ["a missing arrow", 'mock draft -> ""', 'mock draft ""', ["F004"], []],
  ["a missing answer", 'mock draft -> ""', "mock draft ->", ["F004"], []],
  ["an open record", "support: [] }", "support: [] ", ["F004"], []],
  ["a text without an end", '-> "nobody"', '-> "nobody', ["F002"], []],
  ["a misspelt agent", 'mock draft -> ""', 'mock drft -> ""', ["F602"], ["draft"]],
  [
    "a misspelt input",
    'question: "Who?", paragraphs: []',
    'qestion: "Who?", paragraphs: []',
    ["F107"],
    ["question"],
  ],
];

/** What people write who come from other languages, and all that is said about it. */
const habits: readonly [wrong: string, meant: string[], ...messages: RegExp[]][] = [
  ["n = n + 1", ["set n"], /: `set` gives a variable another value$/],
  ["n += 1", [], /: write `set n = n \+ ...`$/],
  ["ask(q)", [], /: keep an answer with `let NAME = ask\(...\)`, or drop it with `do ask\(...\)`$/],
  ['if q == "" {\n  return q\n} else {\n  return ""\n}', [], /: a choice between statements is `branch/],
  ['while q == "" {\n  break\n}', [], /: a loop with a condition is `loop up to N/],
  ["for x in [q] {\n  do ask(x)\n}", [], /: to go through a list write `loop NAME in LIST/],
  ["const x = q", ["let"], /found `const`$/],
  ["branch yn(q) {\n  yes -> return q\n  else -> return q\n}", [], /: every label has an arm/],
  ["branch yn(q) {\n  yes: return q\n  no: pass\n}", ["->", "->"], /expected `->`/, /expected `->`/],
  ["branch yn(q) {\n  yes => return q\n  no -> pass\n}", ["->", ">="], /`=>` means nothing here$/],
  ["branch yn(q) {\n  yes -> {\n  no -> pass\n}", [], /: an arm begins here, so a block above has no `}`$/],
  ['branch q == "" && n == 0 { true -> return q false -> pass }', ["and"], /`&&` means nothing here$/],
  ['branch q == "" || n == 0 { true -> return q false -> pass }', ["or"], /`\|\|` means nothing here$/],
  ['branch !(q == "") { true -> return q false -> pass }', ["not"], /`!` means nothing here$/],
  ["branch 0 < n < 3 { true -> return q false -> pass }", [], /: comparisons do not chain/],
  ["set n = 1;", [], /`;` means nothing here: a statement ends without a sign$/],
  ["return 'q'", [], /`'` means nothing here: a text stands in `"`$/],
  ["return `q`", [], /a backtick means nothing here: a text stands in `"`/],
  ['return q == "" ? q : ""', [], /: there is no `\? :`/],
  ["return ask(q: q)", [], /: inputs are given in their order/],
  ["let o: text? = null", ["none"], /no variable `null` here$/],
  ["let xs: text[] = [q]", [], /: a list's type is written as in `list<text>`$/],
  ["let xs: List<text> = [q]", [], /found `<`: a list's type is written as in `list<text>`$/],
  ["let xs: list[text] = [q]", [], /found `\[`: a list's type is written as in `list<text>`$/],
  ["let m == 1", ["="], /expected `=`, found `==`$/],
  ["set n == 1", ["="], /expected `=`, found `==`$/],
  ["branch n <> 1 { true -> return q false -> pass }", [], /found `>`$/],
  ["let p = pick x in [q] by yn(x) is yes else return q", ["from"], /found `in`$/],
  ["let p = pick x from [q] if x != q by yn(x) is yes else return q", ["where"], /found `if`$/],
  ["let p = pick x from [q] by yn(x) == yes else return q", ["is"], /expected `is`, found `==`$/],
  ["let xs = [x for x in [q] where x != q]", [], /: the condition of a comprehension begins with `if`$/],
  ["loop up to {\n  do ask(q)\n}", [], /^expected an expression, found `{`$/],
  ["loop up to { do ask(q) }", [], /^expected an expression, found `{`$/],
  ["branch { yes -> return q no -> pass }", [], /^expected an expression, found `{`$/],
  ["let xs = parallel [q] { yield ask(q) }", [], /^expected a name, found `\[`$/],
  ["let xs = parallel q { yield ask(q) }", [], /^expected `in`, found `{`$/],
  [
    'branch yn(q) { "yes" -> return q no -> pass }',
    [],
    /: an arm begins with a label, without quotes, or a bool$/,
  ],
  ['let r: R = { "a": q, "b": q }', [], /: the name of a field has no quotes$/],
  ["let r: R = { a: q, b: q, }", [], /: there is no comma in front of `}`$/],
  ["let t = ask(q,)", [], /: there is no comma in front of `\)`$/],
  ["let r: R = { a: q\n  b: q }", [], /^expected `,` or `}`, found `b`$/],
];

describe("a habit of another language", () => {
  it.each(habits)("%s", (wrong, meant, ...messages) => {
    const text = [
      'agent ask(q: text) -> text(max_tokens: 9) { user """{{ q }}""" }',
      'agent yn(q: text) -> yes | no { user """{{ q }}""" }',
      "type R = { a: text, b: text }",
      `flow f(q: text) -> text {\n  var n = 0\n  ${wrong}\n  return q\n}`,
    ].join("\n");
    const errors = check(text, "f.flow").diagnostics.filter((each) => each.severity === "error");
    expect(errors.map((each) => each.message)).toEqual(messages.map((each) => expect.stringMatching(each)));
    expect(errors.flatMap((each) => each.suggestions)).toEqual(meant);
  });

  const heads: readonly [wrong: string, message: RegExp][] = [
    ["flow g(q: text) {\n  let a = q\n  return a\n}", /^expected `->`, found `{`: what it gives/],
    ["flow g(q: text) { return q }", /^expected `->`, found `{`: what it gives/],
    ["flow g() { }", /^expected `->`, found `{`: what it gives/],
    ['agent g(q: text) {\n  user """{{ q }}"""\n}', /^expected `->`, found `{`: what it gives/],
    ["flow g(q: text): text { return q }", /^expected `->`, found `:`$/],
    ["flow g(q?: text) -> text { return q }", /: what may be missing is written `NAME: TYPE\?`$/],
    ["flow g(q: List<text>) -> text { return q[0] }", /: a list's type is written as in `list<text>`$/],
    ["type G = { a: text, b: text, }", /: there is no comma in front of `}`$/],
    ["type G = {\n  a: text,\n  b: text,\n}", /: there is no comma in front of `}`$/],
  ];
  it.each(heads)("%s", (wrong, message) => {
    const text = `${wrong}\nflow f(q: text) -> int {\n  return q\n}\n`;
    const errors = check(text, "f.flow").diagnostics.filter((each) => each.severity === "error");
    expect(errors.map((each) => each.message)).toEqual([
      expect.stringMatching(message),
      "expected int, found text",
    ]);
  });

  const inPrompts: readonly [prompt: string, meant: string[], message: RegExp][] = [
    ["{% for x in xs %}{{ x }}{% endfor %}", ["end"], /found `endfor`$/],
    ["{% if b %}x{% elif b %}y{% end %}", [], /: write `{% else %}{% if/],
    ["{{ b | upper }}", [], /: there are no filters/],
  ];
  it.each(inPrompts)("%s", (prompt, meant, message) => {
    const text = `agent a(xs: list<text>, b: bool) -> yes | no {\n  user """${prompt}"""\n}\n`;
    const errors = check(text, "f.flow").diagnostics.filter((each) => each.severity === "error");
    expect(errors.map((each) => each.message)).toEqual([expect.stringMatching(message)]);
    expect(errors.flatMap((each) => each.suggestions)).toEqual(meant);
  });
});

describe("a prompt whose quotes are missing", () => {
  const agent = (name: string, prompt: string) => `agent ${name}(q: text) -> yes | no {\n  ${prompt}\n}\n`;
  const block = 'user """\n  Question: {{ q }}\n  """';
  const end = "flow f(q: text) -> bool {\n  return a(q) is yes and b(q) is yes and nothing\n}\n";

  const lost: readonly [what: string, prompt: string, code: string, line: number][] = [
    ["its closing quotes", 'user """\n  Question: {{ q }}', "F003", 2],
    ["its closing quotes, on one line", 'user """Question: {{ q }}', "F003", 2],
    ["its closing quotes inside of a hole", 'user """Question: {{ q', "F003", 2],
    ["one of its closing quotes", 'user """\n  Question: {{ q }}\n  ""', "F003", 2],
    ["its opening quotes", 'user \n  Question: {{ q }}. Say "yes"; or\n  """', "F004", 3],
    ["its opening quotes, on one line", 'user Question: {{ q }}"""', "F004", 2],
    ["its closing quotes in front of another prompt", `system """Be brief.\n  ${block}`, "F003", 2],
  ];
  it.each(lost)("%s: the declarations behind it are checked", (_, prompt, code, line) => {
    const text = agent("a", prompt) + agent("b", block) + end;
    const { diagnostics, sources } = check(text, "f.flow");
    const told = diagnostics.map((each) => [each.code, sources.positionAt(each.span.start).line]);
    const last = text.split("\n").findIndex((each) => each.includes("nothing")) + 1;
    expect(told.filter(([, at]) => at !== last)).toEqual(
      prompt.includes("{{ q }}") || code === "F004"
        ? [[code, line]]
        : [
            [code, line],
            ["F004", line],
          ],
    );
    expect(told.at(-1)).toEqual(["F101", last]);
    expect(formatText(text, "f.flow").formatted).toBeUndefined();
  });

  const odd = [
    "}",
    "agent a(q: text) -> yes | no {",
    "  user",
    "type T = { a: int }",
    'test "x" {',
    "import a from",
  ];
  it.each(odd)("a prompt that is closed may hold `%s` at its margin", (line) => {
    const prompt = (text: string) => `user """\n${text}\n{{ q }}\n"""`;
    const right = agent("a", prompt(line)) + agent("b", block);
    expect(check(right, "f.flow").diagnostics).toEqual([]);
    const [a] = parse(right).file.declarations;
    expect(a).toMatchObject({
      sections: [{ template: { parts: [{ text: `${line}\n` }, { kind: "hole" }] } }],
    });
    // Nor does it end there because another one has no end.
    const wrong = agent("a", prompt(line)) + agent("b", block.slice(0, -3)) + end;
    expect(check(wrong, "f.flow").diagnostics.map((each) => each.code)).toEqual(["F003", "F101"]);
    const other = `${right}agnet c(q: text) -> yes | no {\n}\n${end}`;
    expect(check(other, "f.flow").diagnostics.map((each) => each.code)).toEqual(["F004", "F101"]);
  });

  it("is told for each of two, whose quotes would pair up", () => {
    const open = (name: string) => agent(name, block.slice(0, -3).trimEnd());
    const { diagnostics, sources } = check(open("a") + agent("b", block) + open("c") + end, "f.flow");
    const told = diagnostics.map(({ code, span }) => [code, sources.positionAt(span.start).line]);
    expect(told).toEqual([
      ["F003", 2],
      ["F003", 11],
      ["F101", 15],
    ]);
  });

  it("takes no longer for many than for as much text", () => {
    const text = agent("a", 'user """\n}\n}\nagent x(').repeat(2_000);
    const before = performance.now();
    expect(check(text, "f.flow").diagnostics.length).toBeGreaterThan(0);
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});

describe("a mistake that shows in many places", () => {
  const yn = 'agent yn(q: text) -> yes | no {\n  user "{{ q }}"\n}\n'.replaceAll('"', '"""');
  const answer = "type Answer = { text: text, sure: yes | no }\n";
  const both = "flow f(q: text) -> Answer {\n  return { text: q, sure: yn(q) }\n}\n";
  const test = 'test "t" {\n  input { q: "a" }\n  mock yn -> yes\n  expect { text: "a", sure: yes }\n}\n';
  const right = answer + yn + both + test;

  /** Each code with its line, and the lines on which the same is wrong. */
  const told = (text: string): (string | number)[][] => {
    const { diagnostics, sources } = check(text, "f.flow");
    const lineOf = ({ start }: { start: number }) => sources.positionAt(start).line;
    return diagnostics.map(({ code, span, repeats }) => [code, lineOf(span), ...repeats.map(lineOf)]);
  };

  const cases: readonly [what: string, right: string, wrong: string, ...told: (string | number)[][]][] = [
    ["a misspelt field of a type", "{ text: text", "{ txet: text", ["F107", 6, 11]],
    ["a misspelt label of a type", "sure: yes", "sure: yse", ["F201", 6], ["F206", 11]],
    ["a misspelt type", "type Answer", "type Asnwer", ["F102", 5]],
    ["a type without its name", "type Answer", "type", ["F004", 1]],
    ["a type that cannot be read", "type Answer =", "type Answer", ["F004", 1]],
    ["an agent without its name", "agent yn", "agent", ["F004", 2]],
    ["a flow without its name", "flow f", "flow", ["F004", 5]],
    ["a misspelt input", "f(q: text)", "f(p: text)", ["F101", 6, 6], ["F205", 9], ["F107", 9]],
    ["a misspelt answer", "expect { text", "expect { txet", ["F107", 11]],
    ["an escape that is none", 'input { q: "a" }', 'input { q: "\\a", p: 1 }', ["F005", 9], ["F107", 9]],
    ["a call in a prompt", "{{ q }}", "{{ yn(q).a }}", ["F307", 3]],
  ];
  it.each(cases)("%s: %s -> %s", (_, from, to, ...expected) => {
    expect(right).toContain(from);
    expect(told(right)).toEqual([]);
    expect(told(right.replace(from, to))).toEqual(expected);
  });

  const branch = (arms: string) => `${yn}flow f(q: text) -> int {\n  branch yn(q) {\n${arms}  }\n}\n`;
  it("is told once for a misspelt label of an arm", () => {
    expect(told(branch("    yse -> return 1\n    no -> return 2\n"))).toEqual([["F206", 6]]);
    expect(told(branch("    sure -> return 1\n    no -> return 2\n"))).toEqual([["F206", 6]]);
    expect(told(branch("    no -> return 2\n"))).toEqual([["F301", 5]]);
  });

  const twice: readonly [what: string, text: string, ...told: (string | number)[][]][] = [
    ["a let", `${yn}flow f(q: text) -> text {\n  let a = 1\n  let a = q\n  return a\n}\n`, ["F105", 6]],
    [
      "a var and a let",
      `flow f(q: text) -> text {\n  var a = q\n  loop up to 2 {\n    let a = 1\n    set a = q\n  }\n  return a\n}\n`,
      ["F105", 4],
    ],
    ["an input", "flow f(q: text, q: int) -> int {\n  return q + 1\n}\n", ["F110", 1]],
    [
      "an agent",
      `${yn}agent yn(a: int, b: int) -> on | off {\n  user """{{ a }} {{ b }}"""\n}\n${branch(
        "    on -> return 1\n    off -> return 2\n",
      ).slice(yn.length)}`,
      ["F104", 4],
    ],
    [
      "a type",
      "type A = { a: text }\ntype A = { b: text }\nflow f(q: text) -> A {\n  return { b: q }\n}\n",
      ["F104", 2],
    ],
    ["a prompt under another name", yn.replace("user", "usr"), ["F404", 2]],
  ];
  it.each(twice)("of a name that is declared twice or misspelt is told once: %s", (_, text, ...expected) => {
    expect(told(text)).toEqual(expected);
  });

  it("is told once for the head of a branch", () => {
    const text = branch("    yes -> return 1\n    no -> return 2\n").replace("branch yn", "brunch yn");
    expect(told(text)).toEqual([["F004", 5]]);
  });

  it("is told in every flow that it is in", () => {
    const flows = ["f", "g"].map(
      (name) => `flow ${name}(a: int) -> int {\n  let c = b + b\n  return b + c\n}\n`,
    );
    expect(told(flows.join(""))).toEqual([
      ["F101", 2, 2, 3],
      ["F101", 6, 6, 7],
    ]);
  });

  it("is shown with its other places, and mended at each", () => {
    const lets = Array.from({ length: 9 }, (_, n) => `  let x${n} = number\n`).join("");
    const text = `flow f(nuber: int) -> int {\n${lets}  return number\n}\n`;
    const { diagnostics, sources } = check(text, "f.flow");
    expect(diagnostics.map((each) => renderDiagnostic(each, sources))).toEqual([
      "f.flow:2:12 error F101 there is no variable `number` here\n2 |   let x0 = number\n  |            ^^^^^^\n" +
        "  = did you mean `nuber`?\n  = also on lines 3, 4, 5, 6, 7 and 4 more",
    ]);
    const fixes = fixesIn(readDocument(text, "f.flow"), { start: text.indexOf("return"), end: text.length });
    expect(fixes.map(({ title, span }) => [title, text.slice(span.start, span.end)])).toEqual([
      ["Change to `nuber`", "number"],
    ]);
  });
});

describe("one typing mistake in a test", () => {
  it.each(inTests)("%s: %s -> %s", (_, right, wrong, codes, meant) => {
    expect(flow).toContain(right);
    const { diagnostics } = check(flow.replace(right, wrong), "f.flow");
    expect(diagnostics.map((each) => each.code)).toEqual(codes);
    expect(diagnostics.flatMap((each) => each.suggestions)).toEqual(meant);
  });
});

describe("one typing mistake", () => {
  it.each(mistakes)("%s: %s -> %s", (_, right, wrong, codes, meant) => {
    expect(flow).toContain(right);
    const { diagnostics } = check(flow.replace(right, wrong), "f.flow");
    expect(diagnostics.map((each) => each.code)).toEqual(codes);
    expect(diagnostics.flatMap((each) => each.suggestions)).toEqual(meant);
  });

  it.each(mistakes)("%s leaves the other declarations checked", (_, right, wrong) => {
    const other = "\nflow other(a: text) -> int {\n  return a\n}\n";
    const { diagnostics } = check(flow.replace(right, wrong) + other, "f.flow");
    expect(diagnostics.at(-1)).toMatchObject({ code: "F201" });
  });
});

it("reports two mistakes in two statements of one flow", () => {
  const broken = flow.replace("let q ", "lett q ").replace("return {", "retrun {");
  expect(check(broken, "f.flow").diagnostics.map((each) => each.suggestions)).toEqual([["let"], ["return"]]);
});

it("says nothing stock: every message is of the catalogue", () => {
  for (const cut of [10, 300, 700, 1_200, 1_700, 1_900, 2_000]) {
    const { diagnostics } = check(flow.slice(0, cut), "f.flow");
    for (const { message } of diagnostics) expect(message).not.toMatch(/-->|<--|Expecting|token/i);
  }
});

it("reads any prefix and any text with a piece taken out without throwing", () => {
  for (let at = 0; at < flow.length; at += 13) {
    check(flow.slice(0, at), "f.flow");
    check(flow.slice(0, at) + flow.slice(at + 17), "f.flow");
  }
});

it("refuses deep nesting of every kind", () => {
  const deep = 2_000;
  const expressions = [
    `${"(".repeat(deep)}a${")".repeat(deep)}`,
    `${"not ".repeat(deep)}a`,
    `${"-".repeat(deep)}1`,
    `${"[".repeat(deep)}`,
    `a${" + a".repeat(deep)}`,
    `a${".b".repeat(deep)}`,
    `a${" and a".repeat(deep)}`,
  ];
  for (const expression of expressions) {
    const { diagnostics } = check(`flow f(a: bool) -> bool {\n  return ${expression}\n}`, "f.flow");
    expect(diagnostics.map((each) => each.code)).toContain("F009");
  }
  const types = Array.from({ length: deep }, (_, n) => `type T${n + 1} = { a: T${n} }`);
  for (const order of [types, [...types].reverse()]) {
    expect(
      check(`type T0 = int\n${order.join("\n")}`, "f.flow").diagnostics.map((each) => each.code),
    ).toContain("F009");
  }
  const flows = Array.from({ length: deep }, (_, n) => `flow f${n + 1}(a: int) -> int { return f${n}(a) }`);
  for (const order of [flows, [...flows].reverse()]) {
    const text = `flow f0(a: int) -> int { return a }\n${order.join("\n")}`;
    expect(check(text, "f.flow").diagnostics.map((each) => each.code)).toContain("F308");
  }
  const type = `type T = ${"list<".repeat(deep)}int${">".repeat(deep)}`;
  expect(check(type, "f.flow").diagnostics.map((each) => each.code)).toEqual(["F009"]);
  const tags = `agent a(b: bool) -> x | y { user """${"{% if b %}".repeat(deep)}${"{% end %}".repeat(deep)}""" }`;
  expect(check(tags, "f.flow").diagnostics.map((each) => each.code)).toContain("F009");
});

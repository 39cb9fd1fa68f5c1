import { join } from "node:path";
import fc from "fast-check";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { type CompileOptions, compile, renderDiagnostic } from "../../compiler/index.js";
import type { Declaration, Expression, File, TemplatePart, TestPart } from "../../grammar/index.js";
import { parse, print } from "../../grammar/index.js";
import { anyText } from "../grammar/random-tree.js";
import { memoryHost } from "../support/memory-host.js";

/**
 * Text of a flow that reaches the emitted files: each `@n` is replaced by another one. What stands there must not change
 * the code around it, whatever it is.
 */
const flow = `import shorten, Kept, ask_again from "./lib.flow"
/// @0
/// @1
type Mark = good | bad
/// @2
type Note = { title: text, mark: Mark }
/// @3
extern function score(of: text) -> float from "./scoring.ts"
/// @4
extern effect send(note: Note, to: text) -> bool effectful from "./sending.ts"
/// @5
extern effect look(at: text) -> text? idempotent from "./sending.ts"
/// @6
agent judge_it(of: text, notes: list<Note>) -> Mark {
  system "@7"
  example { of: "@8", notes: [{ title: "@9", mark: good }] } -> bad
  user """
    {{ of }} {{ "@10" }} {% for n in notes %}{{ n.title }}{% end %}
    {% if of == "@11" %}{{ "@12" }}{% end %}
  """
}
/// @13
agent note(of: text) -> Note(max_tokens: 20) {
  user "@14"
  example { of: "@15" } -> { title: "@16", mark: good }
}
/// @17
flow main(of: text, all: list<text>) -> text {
  let made = note(of + "@18")
  let known: Note = { title: "@19", mark: bad }
  let best = pick p from [made, known] where p.title != "@20" by judge_it(p.title, [p]) is good else return "@21"
  branch judge_it(best.title, []) {
    good -> return join(["@22", replace(of, "@23", "@24")], "@25")
    bad -> pass
  }
  let said = parallel one in all { yield one + "@26" }
  do send({ title: "@27", mark: good }, of)
  let kept: Kept = { of: shorten(look("@28") ?? "@29") }
  return text(score("@30")) + (first(said) ?? "@31") + ask_again(kept) + "@32"
}
/// @33
test "one @34" {
  input { of: "@35", all: ["@36"] }
  mock note -> { title: "@37", mark: good }
  mock judge_it always -> 0
  mock look -> "@38"
  expect "@39"
}
test "two @40" for main {
  input { of: "@41", all: ["@42"] }
  expect fails "@43"
}
`;

/** What the flow imports. */
const library = `/// @44
type Kept = { of: text }
/// @45
agent again(of: Kept) -> text(max_tokens: 5) {
  system "@46"
  user """
    {{ of.of }} {{ "@47" }}
  """
}
/// @48
flow shorten(of: text) -> text {
  return replace(of, "@49", seen("@50"))
}
/// @51
extern effect seen(of: text) -> text pure from "./seeing.ts"
/// @52
flow ask_again(of: Kept) -> text {
  return again(of) + "@53"
}
test "three @54" {
  input { of: { of: "@55" } }
  expect fails "@56"
}
`;
const places = 57;

/** Texts that try to be code in TypeScript, JavaScript, HTML, source maps and templates. */
const attacks: readonly string[] = [
  "*/ process.exit(1); /*",
  '"; process.exit(1); "',
  "'; process.exit(1); '",
  "`; process.exit(1); `",
  `\${process.exit(1)}`,
  "\\",
  '\\"',
  "\n//# sourceMappingURL=http://x",
  "</script><script>alert(1)</script>",
  "<!--",
  "-->",
  "\u2028process.exit(1)\u2029",
  "\r\nprocess.exit(1)",
  "\u0000",
  "{{ of }}{% end %}",
  '"""',
  "}} */ ` ${",
  "\u202e/*",
  "@ts-ignore",
  "@module",
  "\ufeff",
  "__proto__",
];

/** The flow and what it imports. */
interface Program {
  readonly main: string;
  readonly library: string;
}

function withTexts(texts: readonly string[]): Program {
  return { main: printed(flow, texts), library: printed(library, texts) };
}

/** A text's tree with other texts. */
function printed(text: string, texts: readonly string[]): string {
  const { file, problems } = parse(text);
  expect(problems).toEqual([]);
  const replaced = (text: string) =>
    text.replace(/@(\d+)/g, (_, n: string) => texts[Number(n) % texts.length]!);
  const doc = (text: string) =>
    text
      .split("\n")
      .map((line) =>
        replaced(line)
          .replace(/[\r\n]/g, " ")
          .trimEnd(),
      )
      .join("\n");
  const change = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(change);
    if (typeof part !== "object" || part === null) return part;
    const node = part as Expression | TemplatePart | TestPart | Declaration;
    if ("doc" in node) {
      const name = node.kind === "test" ? replaced(node.name.name) : node.name.name;
      return { ...fields(node), name: { ...node.name, name }, doc: doc(node.doc) };
    }
    if (node.kind === "expect-failure") return { ...node, message: replaced(node.message) };
    if (node.kind === "text" && "value" in node) return { ...node, value: replaced(node.value) };
    if (node.kind === "text" && "text" in node) return { ...node, text: replaced(node.text) };
    return fields(node);
  };
  const fields = (node: object) =>
    Object.fromEntries(Object.entries(node).map(([key, each]) => [key, change(each)]));
  return print(change(file) as File);
}

/** What a file consists of: kinds of nodes and names, and of literals only that they are there. */
function shapeOf(name: string, text: string): string {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
  const { parseDiagnostics } = file as ts.SourceFile & { parseDiagnostics: readonly ts.Diagnostic[] };
  expect(parseDiagnostics.map((each) => ts.flattenDiagnosticMessageText(each.messageText, " "))).toEqual([]);
  const walk = (node: ts.Node): string => {
    if (ts.isIdentifier(node)) return node.text;
    const inner: string[] = [];
    ts.forEachChild(node, (child) => void inner.push(walk(child)));
    return `${ts.SyntaxKind[node.kind]}(${inner.join()})`;
  };
  return walk(file);
}

/** Where the flow stands, beside what it imports. */
function place(program: Program, from = "./lib.flow") {
  const host = memoryHost({ [join("/project", from)]: program.library });
  return { host, path: "/project/main.flow" };
}

async function emitted(
  program: Program,
  file = "main.flow",
  options: CompileOptions = {},
): Promise<ReadonlyMap<string, string>> {
  const { files, diagnostics, sources } = await compile(program.main, file, {
    place: place(program),
    ...options,
  });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(errors.map((each) => renderDiagnostic(each, sources))).toEqual([]);
  return new Map(
    files!.map((each) => [each.name.replace(/^[\s\S]*?\.(?=(?:ts|js|d\.ts)(?:\.map)?$)/, ""), each.text]),
  );
}

async function shapes(
  program: Program,
  file?: string,
  options?: CompileOptions,
): Promise<Record<string, string>> {
  const files = await emitted(program, file, options);
  // A map is JSON, and says nothing but where things stand and what the file is called.
  for (const ending of ["ts.map", "js.map"]) expect(() => JSON.parse(files.get(ending)!)).not.toThrow();
  return Object.fromEntries(
    ["ts", "js", "d.ts"].map((ending) => [ending, shapeOf(`main.${ending}`, files.get(ending)!)]),
  );
}

/** Parts that the emitter joins are fewer where a text is empty, so no harmless one is. */
const harmless = Array.from({ length: places }, (_, n) => `harmless ${n}.`);

describe("no text of a flow becomes code", () => {
  it("reaches the emitted files, but what stands in tests", async () => {
    const text = [...(await emitted(withTexts(harmless))).values()].join("\n");
    const lost = harmless.filter((each) => !text.includes(each));
    const inTests = [flow, library].flatMap((each) => each.split(/^(?=test )/m).slice(1)).join("\n");
    const expected = [...inTests.matchAll(/@(\d+)/g)].map(([, n]) => harmless[Number(n)]);
    expect(lost).toEqual(expected);
  });

  it.each(attacks)("%j in every place gives the shape of harmless texts", async (attack) => {
    expect(await shapes(withTexts([`x${attack}x`]))).toEqual(await shapes(withTexts(harmless)));
  });

  it("nor does any other", async () => {
    const expected = await shapes(withTexts(harmless));
    const text = fc
      .tuple(anyText, fc.constantFrom(...attacks), anyText)
      .map((parts) => `x${parts.join("")}x`);
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: places, maxLength: places }), async (texts) => {
        expect(await shapes(withTexts(texts))).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  it("holds only the names that the emitter makes and the flow gives", async () => {
    const files = await emitted(withTexts(attacks.map((each) => `x${each}x`)));
    const file = ts.createSourceFile("main.js", files.get("js")!, ts.ScriptTarget.ES2022, true);
    const names = new Set<string>();
    const walk = (node: ts.Node): void => {
      if (ts.isIdentifier(node)) names.add(node.text);
      ts.forEachChild(node, walk);
    };
    walk(file);
    for (const name of ["process", "exit", "alert", "eval", "globalThis", "require"])
      expect(names).not.toContain(name);
  });

  it.each([
    `a"; process.exit(1); ".flow`,
    "a\nprocess.exit(1)//.flow",
    "a*/process.exit(1)/*.flow",
    "a\u2028process.exit(1).flow",
    "\u202ea.flow",
  ])("a file called %j gives the same code as any", async (name) => {
    const program = withTexts(harmless);
    const options = { sourcePath: `../${name}` };
    expect(await shapes(program, name, options)).toEqual(await shapes(program));
  });

  it.each([
    "./x'; process.exit(1); '.ts",
    './x"; process.exit(1); ".ts',
    "./a\u2028b.ts",
    "./`x`.ts",
    "./*/ x /*.ts",
  ])("a module called %j is refused or stays a text", async (path) => {
    const program = withTexts(harmless);
    const wanted = (await emitted(program)).get("ts")!;
    for (const module of ["./scoring.ts", "./sending.ts"]) {
      const main = program.main.replaceAll(JSON.stringify(module), JSON.stringify(path));
      const { files } = await compile(main, "main.flow", { place: place(program) });
      if (files === undefined) continue;
      const found = files.find(({ name }) => name === "main.ts")!;
      expect(shapeOf("main.ts", found.text)).toBe(shapeOf("main.ts", wanted));
    }
  });

  it.each([
    ["./x'; process.exit(1); '.flow", false],
    ['./x"; process.exit(1); ".flow', false],
    ["./a\u2028b.flow", false],
    ["./`x`.flow", false],
    ["./*/ x /*.flow", false],
    ["./.hidden.flow", false],
    ["./process.exit@1 + -.flow", true],
    ["./\u00e9\u6f22/__proto__.flow", true],
  ])("a file called %j is not imported or stays a text", async (path, isRead) => {
    const program = withTexts(harmless);
    const main = program.main.replace('"./lib.flow"', JSON.stringify(path));
    const hostile = { main, library: program.library };
    const options = { place: place(hostile, path) };
    if (isRead) {
      expect(await shapes(hostile, "main.flow", options)).toEqual(await shapes(program));
    } else {
      const { files, diagnostics } = await compile(main, "main.flow", options);
      expect(files).toBeUndefined();
      expect(diagnostics.map(({ code }) => code)).toContain("F501");
    }
  });
});

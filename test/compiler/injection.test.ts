import fc from "fast-check";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { compile, renderDiagnostic } from "../../compiler/index.js";
import type { Declaration, Expression, File, TemplatePart } from "../../grammar/index.js";
import { parse, print } from "../../grammar/index.js";
import { anyText } from "../grammar/random-tree.js";

/**
 * Text of a flow that reaches the emitted files: each `@n` is replaced by another one. What stands there must not change
 * the code around it, whatever it is.
 */
const flow = `/// @0
/// @1
type Mark = good | bad
/// @2
type Note = { title: text, mark: Mark }
/// @3
extern function score(of: text) -> float from "./scoring.ts"
/// @4
agent judge_it(of: text, notes: list<Note>) -> Mark {
  system "@5"
  example { of: "@6", notes: [{ title: "@7", mark: good }] } -> bad
  user """
    {{ of }} {{ "@8" }} {% for n in notes %}{{ n.title }}{% end %}
    {% if of == "@9" %}{{ "@10" }}{% end %}
  """
}
/// @11
agent note(of: text) -> Note(max_tokens: 20) {
  user "@12"
  example { of: "@13" } -> { title: "@14", mark: good }
}
/// @15
flow main(of: text, all: list<text>) -> text {
  let made = note(of + "@16")
  let known: Note = { title: "@17", mark: bad }
  let best = pick p from [made, known] where p.title != "@18" by judge_it(p.title, [p]) is good else return "@19"
  branch judge_it(best.title, []) {
    good -> return join(["@20", replace(of, "@21", "@22")], "@23")
    bad -> pass
  }
  let said = parallel one in all { yield one + "@24" }
  return text(score("@25")) + (first(said) ?? "@26")
}
`;
const places = 27;

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

/** The flow's tree with other texts. */
function withTexts(texts: readonly string[]): string {
  const { file, problems } = parse(flow);
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
    const node = part as Expression | TemplatePart | Declaration;
    if ("doc" in node) return { ...fields(node), doc: doc(node.doc) };
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

async function emitted(text: string, file = "main.flow", options = {}): Promise<ReadonlyMap<string, string>> {
  const { files, diagnostics, sources } = await compile(text, file, options);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(errors.map((each) => renderDiagnostic(each, sources))).toEqual([]);
  return new Map(
    files!.map((each) => [each.name.replace(/^[\s\S]*?\.(?=(?:ts|js|d\.ts)(?:\.map)?$)/, ""), each.text]),
  );
}

async function shapes(text: string, file?: string, options?: object): Promise<Record<string, string>> {
  const files = await emitted(text, file, options);
  // A map is JSON, and says nothing but where things stand and what the file is called.
  for (const ending of ["ts.map", "js.map"]) expect(() => JSON.parse(files.get(ending)!)).not.toThrow();
  return Object.fromEntries(
    ["ts", "js", "d.ts"].map((ending) => [ending, shapeOf(`main.${ending}`, files.get(ending)!)]),
  );
}

/** Parts that the emitter joins are fewer where a text is empty, so no harmless one is. */
const harmless = Array.from({ length: places }, (_, n) => `harmless ${n}`);

describe("no text of a flow becomes code", () => {
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
    const text = withTexts(harmless);
    const options = { sourcePath: `../${name}` };
    expect(await shapes(text, name, options)).toEqual(await shapes(text));
  });

  it.each([
    "./x'; process.exit(1); '.ts",
    './x"; process.exit(1); ".ts',
    "./a\u2028b.ts",
    "./`x`.ts",
    "./*/ x /*.ts",
  ])("a module called %j is refused or stays a text", async (path) => {
    const text = withTexts(harmless).replace('"./scoring.ts"', JSON.stringify(path));
    const { files } = await compile(text, "main.flow");
    if (files === undefined) return;
    const found = files.find(({ name }) => name === "main.ts")!;
    const wanted = (await emitted(withTexts(harmless))).get("ts")!;
    expect(shapeOf("main.ts", found.text)).toBe(shapeOf("main.ts", wanted));
  });
});

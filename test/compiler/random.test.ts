import fc from "fast-check";
import ts from "typescript";
import { expect, it } from "vitest";
import { check, compile, type Program, renderDiagnostic } from "../../compiler/index.js";
import { FlowFailure, type FlowModule, type Json, type Request } from "../../runtime/machine/index.js";
import { machineOf, replyTo } from "./drive.js";
import { type Asked, Failed, Interpreter, type Value } from "./interpreter.js";
import { randomFlow } from "./random-flow.js";

/** No run of a random flow that ends within this many questions is cut off. */
const questions = 400;

const input = { a: "A", n: 2, all: ["one", "two"] };

function programOf(text: string): Program {
  const { program, diagnostics, source } = check(text, "random.flow");
  if (program === undefined) {
    throw new Error(diagnostics.map((each) => renderDiagnostic(each, source)).join("\n"));
  }
  return program;
}

/** An answer that depends on the question and a seed alone. */
function answerTo(
  id: string,
  user: string,
  form: Asked["form"],
  isScore: boolean,
  seed: number,
): string | number {
  let hash = seed;
  for (const unit of id + user) hash = (Math.imul(hash, 33) ^ unit.charCodeAt(0)) | 0;
  const n = Math.abs(hash);
  if (isScore) return n % 4;
  return form === "text" ? ["", "one", "x", "A"][n % 4]! : form[n % form.length]!;
}

interface Trace {
  readonly asked: readonly string[];
  readonly result: Value | Json | undefined;
}

function interpret(program: Program, seed: number): Trace {
  const flow = program.flows.get("main")!.declaration;
  const run = new Interpreter(program, flow).run([input.a, input.n, input.all]);
  const asked: string[] = [];
  try {
    let next = run.next();
    while (next.done !== true && asked.length < questions) {
      const { id, user, form, candidate } = next.value;
      asked.push(`${id} ${user}`);
      next = run.next(answerTo(id, user, form, candidate !== undefined, seed));
    }
    return { asked, result: next.done === true ? next.value : undefined };
  } catch (error) {
    if (error instanceof Failed) return { asked, result: "failed" };
    throw error;
  }
}

function play(module: FlowModule, seed: number): Trace {
  const asked: string[] = [];
  try {
    let state = module.start(input);
    while (asked.length < questions) {
      const [request] = module.pending(state) as readonly [Request?];
      if (request === undefined) break;
      const { id, user, ask } = request;
      asked.push(`${id} ${user}`);
      const form = ask.kind === "generate" ? "text" : ask.labels;
      state = module.advance(state, id, replyTo(ask, answerTo(id, user, form, ask.kind === "score", seed)));
    }
    return { asked, result: module.result(state) };
  } catch (error) {
    if (error instanceof FlowFailure) return { asked, result: "failed" };
    throw error;
  }
}

it("agrees with a plain interpreter of the tree on random flows and replies, question for question", async () => {
  let long = 0;
  await fc.assert(
    fc.asyncProperty(randomFlow, fc.integer(), async (text, seed) => {
      const program = programOf(text);
      const expected = interpret(program, seed);
      expect(play(await machineOf(text), seed)).toEqual(expected);
      if (expected.asked.length > 3) long++;
    }),
    { numRuns: 40 },
  );
  // Most of the flows ask something, or the test would say little.
  expect(long).toBeGreaterThan(15);
});

it("emits random flows that pass tsc --strict", async () => {
  const flows = fc.sample(randomFlow, { numRuns: 15, seed: 7 });
  const texts = new Map<string, string>();
  for (const [index, text] of flows.entries()) {
    const { files } = await compile(text, `random${index}.flow`);
    texts.set(`random${index}.ts`, files!.find((each) => each.name === `random${index}.ts`)!.text);
  }
  expect(strictErrors(texts)).toEqual([]);
});

function strictErrors(texts: ReadonlyMap<string, string>): string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2023.d.ts"],
    types: ["node"],
    skipLibCheck: true,
    paths: { "flowc/machine": [`${process.cwd()}/runtime/machine/index.ts`] },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => texts.has(name) || fileExists(name);
  host.getSourceFile = (name, language) => {
    const text = texts.get(name);
    return text === undefined ? getSourceFile(name, language) : ts.createSourceFile(name, text, language);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map((each) => {
    const line = each.file?.getLineAndCharacterOfPosition(each.start ?? 0).line ?? 0;
    return `${each.file?.fileName}:${line + 1} ${ts.flattenDiagnosticMessageText(each.messageText, " ")}`;
  });
}

import type { Expression, Span, TestPart } from "../grammar/index.js";
import { callSites } from "./check/sites.js";
import type { FlowSymbol, Program } from "./check/symbols.js";
import { inputType, targetSites, wantedAnswer } from "./check/tests.js";
import { schemaOf } from "./emit/schema.js";
import { type Plain, writtenValue } from "./lower/written.js";
import { int, presentOf, type Type } from "./types/type.js";

/** A test of a checked file, ready to be run. */
export interface TestCase {
  readonly name: string;
  /** The flow that is tested. */
  readonly flow: string;
  /** Of the name. */
  readonly span: Span;
  readonly input: TestValue;
  /** By what they answer for: the name of an agent or an effect, or the id of a site or a choice point. */
  readonly mocks: ReadonlyMap<string, TestAnswers>;
  /** What the flow gives. */
  readonly result: TestValue | undefined;
  /** A part of the message with which the flow fails. */
  readonly failure: { readonly message: string; readonly span: Span } | undefined;
  /** The choice points in the order in which they are asked. */
  readonly path: readonly { readonly id: string; readonly span: Span }[] | undefined;
}

/** What is answered: one value after the other, or one every time. */
export interface TestAnswers {
  readonly answers: readonly TestValue[];
  readonly always: boolean;
}

/** A value that a test writes out; parts of it may stand in files. */
export interface TestValue {
  readonly span: Span;
  /** @param read gives the value of a file, which fits its schema */
  value(read: (file: TestFile) => unknown): unknown;
}

/** `file("PATH")` in a test. */
export interface TestFile {
  /** As written, relative to the .flow file. */
  readonly path: string;
  /** Whether the file is the text itself, or holds JSON. */
  readonly isText: boolean;
  /** JSON Schema of what is wanted there. */
  readonly schema: object;
  readonly span: Span;
}

/** The tests of the file that was asked for, in its order. */
export function testCases(program: Program): readonly TestCase[] {
  const { sources, tests } = program;
  const own = tests.filter(({ declaration }) => sources.at(declaration.span.start) === sources.main);
  return own.map(({ name, declaration, flow }) => {
    if (flow === undefined) throw new Error(`the test ${JSON.stringify(name)} has no flow`);
    const { parts } = declaration;
    const input = partOf(parts, "input");
    const result = partOf(parts, "expect");
    const failure = partOf(parts, "expect-failure");
    const path = partOf(parts, "path");
    return {
      name,
      flow: flow.name,
      span: declaration.name.span,
      input: input
        ? testValue(program, input.value, { ...inputType(flow), name: undefined })
        : { span: declaration.name.span, value: () => ({}) },
      mocks: mocksOf(program, flow, parts),
      result: result && testValue(program, result.value, flow.output),
      failure,
      path: path?.points.map(({ name: id, span }) => ({ id, span })),
    };
  });
}

function partOf<Kind extends TestPart["kind"]>(
  parts: readonly TestPart[],
  kind: Kind,
): (TestPart & { kind: Kind }) | undefined {
  return parts.find((part): part is TestPart & { kind: Kind } => part.kind === kind);
}

function mocksOf(
  program: Program,
  flow: FlowSymbol,
  parts: readonly TestPart[],
): ReadonlyMap<string, TestAnswers> {
  const sites = callSites(program.facts, flow);
  const mocks = parts.filter((part) => part.kind === "mock");
  return new Map(
    mocks.map(({ target, always, answers }) => {
      const meant = targetSites(sites, target);
      const values = answers.map((answer) => {
        const type = wantedAnswer(meant, answer);
        return testValue(program, answer, type === "candidate" ? int : type);
      });
      return [target.name, { answers: values, always }];
    }),
  );
}

function testValue({ facts }: Program, node: Expression, type: Type): TestValue {
  return {
    span: node.span,
    value: (read) =>
      writtenValue(
        node,
        type,
        (call, wanted) =>
          read({
            path: facts.files.get(call)!,
            isText: presentOf(wanted).kind === "text",
            schema: schemaOf(wanted),
            span: call.span,
          }) as Plain,
      ),
  };
}

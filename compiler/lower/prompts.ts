import type { Example, Template, TemplatePart } from "../../grammar/index.js";
import { type AgentSymbol, answerType, type Program, type Variable } from "../check/symbols.js";
import { Builder, newBlock, newLocal } from "./builder.js";
import { lowerExpression } from "./expressions.js";
import type { Local, Value } from "./ir.js";
import { lowerBlock } from "./statements.js";
import { writtenValue } from "./written.js";

/** A prompt whose expressions are lowered. */
export type PromptPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "insert"; readonly value: Value; readonly isText: boolean }
  | {
      readonly kind: "for";
      readonly element: Local;
      readonly list: Value;
      readonly body: readonly PromptPart[];
    }
  | {
      readonly kind: "if";
      readonly condition: Value;
      readonly body: readonly PromptPart[];
      readonly otherwise: readonly PromptPart[];
    };

/** The prompts of an agent over its inputs. */
export interface Prompts {
  readonly inputs: readonly Local[];
  readonly system: readonly PromptPart[];
  readonly user: readonly PromptPart[];
  readonly examples: readonly LoweredExample[];
}

/** An example of an agent: its inputs in their order, and what is answered, as the agent would write it. */
export interface LoweredExample {
  readonly args: readonly Value[];
  readonly answer: string;
}

export function lowerPrompts(program: Program, agent: AgentSymbol): Prompts {
  const locals = new Map<Variable, Local>(
    agent.parameters.map((input) => [input, newLocal(input.name, input.type)]),
  );
  const inputs = [...locals.values()];
  const frame = { flow: "", prefix: "", locals, path: [], loops: [], returns: undefined };
  const lowerings = { expression: lowerExpression, block: lowerBlock };
  const builder = new Builder(program, lowerings, new Map(), newBlock("prompt"), frame);
  const section = (name: string) => {
    const found = agent.declaration.sections.find((each) => each.name.name === name);
    return found === undefined ? [] : lowerTemplate(builder, found.template);
  };
  const examples = agent.declaration.examples.map((example) => lowerExample(builder, agent, example));
  return { inputs, system: section("system"), user: section("user"), examples };
}

function lowerExample(b: Builder, { parameters, output }: AgentSymbol, example: Example): LoweredExample {
  const { inputs } = example;
  if (inputs.kind !== "record") throw new Error("an example's inputs are no record");
  const args = parameters.map(({ name }) => {
    const entry = inputs.fields.find((field) => field.name.name === name);
    if (entry === undefined) throw new Error(`an example has no ${name}`);
    return b.lower(entry.value);
  });
  const answer = writtenValue(example.output, answerType(output));
  return { args, answer: typeof answer === "string" ? answer : JSON.stringify(answer) };
}

function lowerTemplate(b: Builder, { parts }: Pick<Template, "parts">): PromptPart[] {
  return parts.map((part) => lowerPart(b, part));
}

function lowerPart(b: Builder, part: TemplatePart): PromptPart {
  switch (part.kind) {
    case "text":
      return part;
    case "hole": {
      const { kind } = b.typeOf(part.value);
      const isText = kind === "text" || kind === "labels";
      return { kind: "insert", value: b.lower(part.value), isText };
    }
    case "for": {
      const element = b.localOf(b.program.facts.bindings.get(part.name)!);
      const list = b.lower(part.list);
      return { kind: "for", element, list, body: lowerTemplate(b, { parts: part.body }) };
    }
    case "if": {
      const body = lowerTemplate(b, { parts: part.body });
      const otherwise = lowerTemplate(b, { parts: part.otherwise });
      return { kind: "if", condition: b.lower(part.condition), body, otherwise };
    }
  }
}

import { Ajv } from "ajv";
import type { FlowModule, Json } from "../../runtime/machine/index.js";
import { CommandFailure, ExitCode } from "./exit.js";

/** What every flow must take that is measured or trained: all rows of a data file have this form. */
const QUESTION = { question: "Who?", paragraphs: [{ idx: 0, title: "Oslo", body: "a city" }] };

/** As docs/data.md tells it. */
const EXPECTED =
  "eval, credit and train need a flow that takes question: text and paragraphs: list<{ idx: int, title: text, body: text }>, and gives { answer: text, support: list<int> }, with answerable: bool where it may decline (see docs/data.md)";

type Schema = Readonly<Record<string, Json>>;

/**
 * Makes sure, before anything is played, that a flow takes what a data file gives, and gives what is rewarded.
 *
 * @throws CommandFailure saying what it takes or gives instead
 */
export function checkQuestionFlow(flow: FlowModule): void {
  const problem = problemOf(flow);
  if (problem === undefined) return;
  throw new CommandFailure(`the flow ${flow.flow} ${problem}; ${EXPECTED}`, ExitCode.diagnostics);
}

/** Whether a flow takes what a data file gives, and gives what is rewarded. */
export function isQuestionFlow(flow: FlowModule): boolean {
  return problemOf(flow) === undefined;
}

function problemOf({ input, output }: FlowModule): string | undefined {
  return problemOfInput(input as Schema) ?? problemOfOutput(output as Schema);
}

function problemOfInput(input: Schema): string | undefined {
  const ajv = new Ajv({ strict: false });
  const validate = ajv.compile(input);
  if (validate(QUESTION)) return undefined;
  const taken = Object.keys((input.properties ?? {}) as Schema);
  const isOther = taken.length !== 2 || Object.keys(QUESTION).some((name) => !taken.includes(name));
  if (isOther) return `takes ${taken.length === 0 ? "nothing" : taken.join(", ")}`;
  return `takes something else: ${ajv.errorsText(validate.errors, { dataVar: "input" })}`;
}

function problemOfOutput(output: Schema): string | undefined {
  const resolved = (schema: Json | undefined): Schema => {
    const { $ref } = (schema ?? {}) as Schema;
    if (typeof $ref !== "string") return (schema ?? {}) as Schema;
    return ((output.$defs ?? {}) as Schema)[$ref.replace("#/$defs/", "")] as Schema;
  };
  const result = resolved(output);
  if (result.type !== "object") return "gives no record";
  const fields = result.properties as Schema;
  const { answer, support, answerable } = fields;
  if (resolved(answer).type !== "string") return "gives no answer that is a text";
  const list = resolved(support);
  // An empty list alone has items that nothing is.
  const isWhole =
    list.type === "array" && ["integer", undefined].includes(resolved(list.items).type as string);
  if (!isWhole) return "gives no support that is a list of int";
  if (answerable === undefined) return undefined;
  const { type, enum: labels } = resolved(answerable);
  const isVerdict = Array.isArray(labels) && labels.every((label) => label === "yes" || label === "no");
  return type === "boolean" || isVerdict
    ? undefined
    : "gives an answerable that is neither bool nor yes | no";
}

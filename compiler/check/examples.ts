import type { Expression } from "../../grammar/index.js";
import type { RecordType } from "../types/type.js";
import { type Context, rootScope } from "./context.js";
import { requireType } from "./require.js";
import { type AgentSymbol, answerType } from "./symbols.js";

/** Holds an agent's examples against its inputs and its output. */
export function checkExamples(context: Context, { declaration, parameters, output }: AgentSymbol): void {
  const scope = rootScope(undefined, "an example");
  const inputs: RecordType = {
    kind: "record",
    fields: new Map(parameters.map(({ name, type }) => [name, type])),
    name: undefined,
  };
  for (const example of declaration.examples) {
    for (const [value, type] of [
      [example.inputs, inputs],
      [example.output, answerType(output)],
    ] as const) {
      const computed = firstComputed(value);
      if (computed === undefined) requireType(context, scope, value, type);
      else context.report("F406", computed.span, {});
    }
  }
}

/** The first part of a value that is not written out. */
function firstComputed(node: Expression): Expression | undefined {
  switch (node.kind) {
    case "error":
    case "text":
    case "number":
    case "bool":
    case "name":
      return undefined;
    case "unary":
      return node.operator === "-" && node.operand.kind === "number" ? undefined : node;
    case "list":
      return node.items.map(firstComputed).find((each) => each !== undefined);
    case "record":
      return node.fields.map(({ value }) => firstComputed(value)).find((each) => each !== undefined);
    default:
      return node;
  }
}

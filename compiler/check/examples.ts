import type { RecordType } from "../types/type.js";
import type { Context } from "./context.js";
import { type AgentSymbol, answerType } from "./symbols.js";
import { requireWritten } from "./written.js";

/** Holds an agent's examples against its inputs and its output. */
export function checkExamples(context: Context, { declaration, parameters, output }: AgentSymbol): void {
  const inputs: RecordType = {
    kind: "record",
    fields: new Map(parameters.map(({ name, type }) => [name, type])),
    name: undefined,
  };
  for (const example of declaration.examples) {
    requireWritten(context, example.inputs, inputs, "an example");
    requireWritten(context, example.output, answerType(output), "an example");
  }
}

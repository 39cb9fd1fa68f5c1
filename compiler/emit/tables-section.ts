import type { AgentSymbol } from "../check/symbols.js";
import type { Type } from "../types/type.js";
import { format, version } from "../version.js";
import type { Plan } from "./plan.js";
import { schemaOf } from "./schema.js";
import { constant } from "./structures.js";
import { data, quote } from "./text.js";

/** What the runtime reads of a module: versions, schemas, agents and sites. */
export function tableStatements(plan: Plan, sourceHash: string): string[] {
  const { flow, agents, sites } = plan;
  const inputType: Type = {
    kind: "record",
    name: undefined,
    fields: new Map(flow.parameters.map(({ name, type }) => [name, type])),
  };
  return [
    constant("format", String(format), String(format), "Version of the contract with the runtime."),
    constant("compiler", "string", quote(version), "Version of the compiler that wrote this file."),
    constant("source", "string", quote(sourceHash), "SHA-256 of the .flow file."),
    constant("flow", "string", quote(flow.name), "The flow's name."),
    constant("input", "Json", data(schemaOf(inputType)), "JSON Schema of the input."),
    constant("output", "Json", data(schemaOf(flow.output)), "JSON Schema of the output."),
    constant("agents", "readonly Agent[]", data(agents.map(agentRow)), "Who is asked."),
    constant("sites", "readonly Site[]", data(sites), "Where in the .flow file agents are asked."),
  ];
}

function agentRow({ name, output }: AgentSymbol): unknown {
  if (output.kind === "labels") return { name, output: { kind: "labels", labels: output.labels } };
  return { name, output };
}

import type { AgentSymbol, Variable } from "../check/symbols.js";
import { moduleFrom } from "../files/paths.js";
import type { Type } from "../types/type.js";
import { format, version } from "../version.js";
import type { Plan } from "./plan.js";
import { schemaOf } from "./schema.js";
import { constant } from "./structures.js";
import { Code, data, quote } from "./text.js";

/** What the runtime reads of a module: versions, schemas, agents and sites. */
export function tableStatements(plan: Plan, sourceHash: string): string[] {
  const { program, flow, agents, sites } = plan;
  return [
    constant("format", String(format), String(format), "Version of the contract with the runtime."),
    constant("compiler", "string", quote(version), "Version of the compiler that wrote this file."),
    constant(
      "source",
      "string",
      quote(sourceHash),
      `SHA-256 of the .flow file${program.sources.all.length > 1 ? " and of all that it imports" : ""}.`,
    ),
    constant("flow", "string", quote(flow.name), "The flow's name."),
    constant("input", "Json", data(schemaOf(recordOf(flow.parameters))), "JSON Schema of the input."),
    constant("output", "Json", data(schemaOf(flow.output)), "JSON Schema of the output."),
    ...agents.flatMap((agent) => schemaStatement(plan, agent)),
    constant("agents", "readonly Agent[]", data(agents.map((each) => agentRow(plan, each))), "Who is asked."),
    constant("sites", "readonly Site[]", data(sites), "Where in the .flow file agents are asked."),
    ...effectStatements(plan),
  ];
}

/** Nothing for a flow without effects. */
function effectStatements({ program, effects, resultNames }: Plan): string[] {
  if (effects.length === 0) return [];
  const rows = effects.map(({ effect: { name, class: kind, declaration, parameters }, sites }, i) => ({
    name,
    class: kind,
    from: moduleFrom(program.sources, declaration.from),
    input: schemaOf(recordOf(parameters)),
    output: new Code(resultNames.get(effects[i]!.effect)!),
    sites,
  }));
  return [
    ...effects.map(({ effect }) => constant(resultNames.get(effect)!, "Json", data(schemaOf(effect.output)))),
    constant("effects", "readonly Effect[]", data(rows), "What the simulator does."),
  ];
}

function recordOf(parameters: readonly Variable[]): Type {
  return {
    kind: "record",
    name: undefined,
    fields: new Map(parameters.map(({ name, type }) => [name, type])),
  };
}

/** Stands alone, since requests carry it too. */
function schemaStatement({ schemaNames }: Plan, agent: AgentSymbol): string[] {
  const { output } = agent;
  if (output.kind !== "record") return [];
  return [constant(schemaNames.get(agent)!, "Json", data(schemaOf(output.type)))];
}

function agentRow({ schemaNames }: Plan, agent: AgentSymbol): unknown {
  const { name, output } = agent;
  const judge = agent.declaration.trained ? {} : { trained: false };
  switch (output.kind) {
    case "labels":
      return { name, output: { kind: "labels", labels: output.labels }, ...judge };
    case "record": {
      const { kind, maxTokens } = output;
      return { name, output: { kind, schema: new Code(schemaNames.get(agent)!), maxTokens }, ...judge };
    }
    default:
      return { name, output, ...judge };
  }
}

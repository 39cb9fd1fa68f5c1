import type { Span } from "../../grammar/index.js";
import type { AgentSymbol, FlowSymbol, Program } from "../check/symbols.js";
import type { Ask, Graph, Local } from "../lower/ir.js";
import { type Liveness, liveness } from "../lower/liveness.js";
import { lower, ordinals } from "../lower/lower.js";
import { type Functions, planFunctions } from "./functions.js";
import { Names, pascal } from "./names.js";
import type { TypeNames } from "./types.js";
import { type Imports, ValuePrinter, type WriteLocal } from "./values.js";

/** One static call of an agent. */
export interface PlannedSite {
  readonly id: string;
  readonly agent: string;
  readonly kind: "generate" | "choose" | "pick";
  readonly line: number;
  readonly column: number;
}

/** A state in which the machine waits. */
export interface PlannedState {
  readonly ask: Ask & { readonly span: Span };
  /** Name of its interface. */
  readonly type: string;
  readonly fields: readonly Local[];
  /** Its choice point's id as an expression over the `state`. */
  readonly point: string;
}

/** Everything that is decided before anything is printed. */
export interface Plan {
  readonly program: Program;
  readonly flow: FlowSymbol;
  readonly graph: Graph;
  readonly liveness: Liveness;
  readonly functions: Functions;
  readonly imports: Imports;
  readonly typeNames: TypeNames;
  readonly states: readonly PlannedState[];
  readonly sites: readonly PlannedSite[];
  /** Agents that the flow can reach, in the order of their declaration. */
  readonly agents: readonly AgentSymbol[];
  readonly askNames: ReadonlyMap<AgentSymbol, string>;
  /** Constants that hold the schemas of agents that give records. */
  readonly schemaNames: ReadonlyMap<AgentSymbol, string>;
  readonly nameOf: WriteLocal;
}

/** What a local must not be called: what the functions around it use, and the fields that every state has. */
const localsKeepOff = [
  "at",
  "scores",
  "state",
  "candidate",
  "index",
  "_",
  "id",
  "reply",
  "point",
  "site",
  "given",
];

/** The functions of `flowc/machine`, which no local may hide. */
const machineFunctions = [
  "contains",
  "same",
  "texts",
  "lists",
  "numbers",
  "int",
  "float",
  "withoutLastBreak",
  "labelReply",
  "pickReply",
  "recordReply",
  "textReply",
  "unexpectedReply",
  "unscored",
];

const typesKeepOff = [
  "State",
  "Step",
  "Input",
  "Output",
  "Done",
  "Agent",
  "FlowModule",
  "Json",
  "Reply",
  "Request",
  "Scores",
  "Site",
];

const functionsKeepOff = [
  ...machineFunctions,
  "at",
  "format",
  "compiler",
  "source",
  "flow",
  "input",
  "output",
  "agents",
  "sites",
  "start",
  "pending",
  "advance",
  "result",
  "machine",
  "point",
  "settle",
];

export function plan(program: Program, flow: FlowSymbol): Plan {
  const graph = lower(program, flow);
  const topLevel = new Names(functionsKeepOff);
  const functions = planFunctions(graph, topLevel);
  const live = liveness(graph);
  const agents = reachedAgents(program, graph);
  const askNames = new Map(agents.map((agent) => [agent, topLevel.take(`ask${pascal(agent.name)}`)]));
  const schemaNames = new Map(
    agents
      .filter(({ output }) => output.kind === "record")
      .map((agent) => [agent, topLevel.take(`schemaOf${pascal(agent.name)}`)]),
  );

  const types = new Names(typesKeepOff);
  const typeNames = new Map([...program.types.keys()].map((name) => [name, types.take(name)]));
  const nameOf = localNames([
    ...localsKeepOff,
    ...machineFunctions,
    ...functionNames(functions),
    ...askNames.values(),
    ...schemaNames.values(),
  ]);
  const imports: Imports = new Set();
  // Names are given in the order of the graph, so that the flow's own variables come before later ones.
  for (const local of graph.parameters) nameOf(local);

  const states = graph.blocks.flatMap((block): PlannedState[] => {
    const { exit } = block;
    if (exit?.kind !== "ask" && exit?.kind !== "pick") return [];
    const fields = live.atExit(block);
    return [{ ask: exit, type: types.take(`At${pascal(exit.at)}`), fields, point: pointOf(exit, nameOf) }];
  });
  states.sort((a, b) => a.ask.span.start - b.ask.span.start);
  const sites = plannedSites(program, states);
  return {
    program,
    flow,
    graph,
    liveness: live,
    functions,
    imports,
    typeNames,
    states,
    sites,
    agents,
    askNames,
    schemaNames,
    nameOf,
  };
}

/** Prints values over the fields of a state; what a value binds itself is no field. */
export function stateValues({ nameOf, imports }: Plan, { fields }: PlannedState): ValuePrinter {
  const held = new Set(fields);
  return new ValuePrinter((local) => (held.has(local) ? `state.${nameOf(local)}` : nameOf(local)), imports);
}

function functionNames(functions: Functions): string[] {
  return functions.blocks.map((block) => functions.nameOf(block)!);
}

function localNames(taken: readonly string[]): WriteLocal {
  const names = new Names(taken);
  const given = new Map<Local, string>();
  return (local) => {
    const known = given.get(local);
    if (known !== undefined) return known;
    const name = names.take(local.hint);
    given.set(local, name);
    return name;
  };
}

function reachedAgents(program: Program, graph: Graph): AgentSymbol[] {
  const reached = new Set(graph.blocks.flatMap(({ exit }) => (exit && "agent" in exit ? [exit.agent] : [])));
  return [...program.agents.values()].filter((agent) => reached.has(agent));
}

/** `"flow/agent#0@" + state.pass1 + ".helper#0"` */
function pointOf({ site, path }: Ask, nameOf: WriteLocal): string {
  const pieces: string[] = [];
  let text = `${site}@`;
  path.forEach((part, index) => {
    if (index > 0) text += ".";
    if (typeof part === "string") text += part;
    else {
      pieces.push(JSON.stringify(text), `state.${nameOf(part)}`);
      text = "";
    }
  });
  if (text !== "") pieces.push(JSON.stringify(text));
  return pieces.join(" + ");
}

/** One per static call, in the order of the text; several states may share one where a sub-flow is called twice. */
function plannedSites(program: Program, states: readonly PlannedState[]): PlannedSite[] {
  const reached = new Map(states.map(({ ask }) => [ask.site, ask]));
  const sites: PlannedSite[] = [];
  for (const [call, ordinal] of ordinals(program)) {
    const callee = program.facts.calls.get(call)!;
    const flow = [...program.flows.values()].find(
      ({ declaration: { span } }) => span.start <= call.span.start && call.span.end <= span.end,
    )!;
    const id = `${flow.name}/${callee.name}#${ordinal}`;
    const ask = reached.get(id);
    if (ask === undefined) continue;
    const kind =
      ask.kind === "pick"
        ? "pick"
        : callee.kind === "agent" && callee.output.kind !== "labels"
          ? "generate"
          : "choose";
    sites.push({ id, agent: callee.name, kind, ...program.source.positionAt(call.span.start) });
  }
  return sites;
}

import type { Span } from "../../grammar/index.js";
import type {
  AgentSymbol,
  EffectSymbol,
  ExternSymbol,
  FlowSymbol,
  Program,
  TypeSymbol,
} from "../check/symbols.js";
import {
  type Ask,
  type Graph,
  isWait,
  type Local,
  type Parallel,
  type Perform,
  type Wait,
} from "../lower/ir.js";
import { type Liveness, liveness } from "../lower/liveness.js";
import { lower, ordinals } from "../lower/lower.js";
import { nameOf as nameOfType, type Type } from "../types/type.js";
import { type Functions, planFunctions } from "./functions.js";
import { type ExternNames, Imports } from "./imports.js";
import { Names, pascal } from "./names.js";
import { printType, type TypeNames } from "./types.js";
import { ValuePrinter, type WriteLocal } from "./values.js";
import {
  effectsKeepOff,
  functionsKeepOff,
  laneWords,
  localsKeepOff,
  machineFunctions,
  mainWords,
  typesKeepOff,
  type Words,
} from "./words.js";

/** One static call of an agent. */
export interface PlannedSite {
  readonly id: string;
  readonly agent: string;
  readonly kind: "generate" | "choose" | "pick";
  /** Of an imported file, from the folder of the .flow file. */
  readonly file?: string;
  readonly line: number;
  readonly column: number;
}

/** A state in which the machine waits. */
export type PlannedState = AskingState | PerformingState | ParallelState;

interface StateBase {
  /** Tells the state from the others of its union. */
  readonly at: string;
  /** Name of its interface. */
  readonly type: string;
  readonly fields: readonly Local[];
}

export interface AskingState extends StateBase {
  readonly kind: "asking";
  readonly ask: Ask & { readonly span: Span };
  /** Its choice point's id as an expression over the `state`. */
  readonly point: string;
}

/** Waits for what the simulator does. */
export interface PerformingState extends StateBase {
  readonly kind: "performing";
  readonly perform: Perform & { readonly span: Span };
  /** The id of the request as an expression over the `state`. */
  readonly point: string;
}

/** Waits for the passes of a `parallel`. */
export interface ParallelState extends StateBase {
  readonly kind: "parallel";
  readonly wait: Parallel & { readonly span: Span };
  readonly lane: Part;
}

/** What all parts of a module share. */
interface Shared {
  readonly program: Program;
  readonly flow: FlowSymbol;
  readonly imports: Imports;
  /** The declared types and what each is called. */
  readonly declared: ReadonlyMap<TypeSymbol, string>;
  readonly typeNames: TypeNames;
  readonly askNames: ReadonlyMap<AgentSymbol, string>;
  /** Functions that render the user prompts of agents with examples. */
  readonly userNames: ReadonlyMap<AgentSymbol, string>;
  /** Constants that hold the schemas of agents that give records. */
  readonly schemaNames: ReadonlyMap<AgentSymbol, string>;
  /** Constants that hold the schemas of what effects give. */
  readonly resultNames: ReadonlyMap<EffectSymbol, string>;
  readonly nameOf: WriteLocal;
}

/** A machine of the module: the flow's own, or that of one pass of a `parallel`. */
export interface Part extends Shared {
  readonly graph: Graph;
  readonly liveness: Liveness;
  readonly functions: Functions;
  /** In the order of the text. */
  readonly states: readonly PlannedState[];
  readonly words: Words;
  readonly isMain: boolean;
  /** What it ends with, as TypeScript. */
  readonly output: string;
  /** Whether it changes the simulator's state, so that beside others it must wait for its turn. */
  readonly performs: boolean;
  /** The parts for whose passes this one waits. */
  readonly lanes: ReadonlyMap<Parallel, Part>;
}

/** Everything that is decided before anything is printed. */
export interface Plan extends Shared {
  readonly main: Part;
  /** The flow's own first, each other after the one that waits for it. */
  readonly parts: readonly Part[];
  readonly sites: readonly PlannedSite[];
  /** Agents that the flow can reach, in the order of their declaration. */
  readonly agents: readonly AgentSymbol[];
  /** Effects that it can reach, in the same order, with the places of their calls. */
  readonly effects: readonly PlannedEffect[];
}

export interface PlannedEffect {
  readonly effect: EffectSymbol;
  readonly sites: readonly Omit<PlannedSite, "agent" | "kind">[];
}

export function plan(program: Program, flow: FlowSymbol): Plan {
  const graph = lower(program, flow);
  const graphs = [graph, ...lanesWithin(graph).map(({ lane }) => lane)];
  const keepOff = program.effects.size === 0 ? { functions: [], types: [] } : effectsKeepOff;
  const topLevel = new Names([...functionsKeepOff, ...keepOff.functions]);
  const functions = new Map(graphs.map((each) => [each, planFunctions(each, topLevel)]));
  const agents = reachedAgents(program, graphs);
  const askNames = new Map(agents.map((agent) => [agent, topLevel.take(`ask${pascal(agent.name)}`)]));
  const schemaNames = new Map(
    agents
      .filter(({ output }) => output.kind === "record")
      .map((agent) => [agent, topLevel.take(`schemaOf${pascal(agent.name)}`)]),
  );
  const effects = reachedEffects(program, graphs);
  const resultNames = new Map(
    effects.map((effect) => [effect, topLevel.take(`resultOf${pascal(effect.name)}`)]),
  );
  const userNames = new Map(
    agents
      .filter(({ declaration }) => declaration.examples.length > 0)
      .map((agent) => [agent, topLevel.take(`userOf${pascal(agent.name)}`)]),
  );

  const types = new Names([...typesKeepOff, ...keepOff.types]);
  const declared = new Map(program.types.map((symbol) => [symbol, types.take(symbol.name)]));
  const typeNames = new Map(
    [...declared].flatMap(([{ type, name }, own]) => (nameOfType(type) === name ? [[type, own]] : [])),
  );
  const imports = new Imports(externNames(program, typeNames, topLevel));
  const words = new Map(
    graphs.map((each, n) => [each, n === 0 ? mainWords : laneWords(`Lane${n}`, types, topLevel)]),
  );
  const nameOf = localNames([
    ...localsKeepOff,
    ...machineFunctions,
    ...keepOff.functions,
    ...[...functions.values()].flatMap(functionNames),
    // What the blocks of a flow call; its own `start` and the like they do not.
    ...[...words.values()].flatMap(({ start, join }) => (start === "start" ? [] : [start, join])),
    ...askNames.values(),
    ...userNames.values(),
    ...schemaNames.values(),
    ...resultNames.values(),
    ...imports.taken,
  ]);
  // Names are given in the order of the graph, so that the flow's own variables come before later ones.
  for (const local of graph.parameters) nameOf(local);

  const shared: Shared = {
    program,
    flow,
    imports,
    declared,
    typeNames,
    askNames,
    userNames,
    schemaNames,
    resultNames,
    nameOf,
  };
  const parts: Part[] = [];
  const addPart = (of: Graph, output: Type): Part => {
    const at = parts.length;
    // Its place is kept, so that a part stands before those that it waits for.
    parts.length++;
    const lanes = new Map(
      waitsOf(of).flatMap((wait) =>
        wait.kind === "parallel" ? [[wait, addPart(wait.lane, elementOf(wait))]] : [],
      ),
    );
    const live = liveness(of);
    const states = plannedStates(of, live, lanes, { types, nameOf });
    const part: Part = {
      ...shared,
      graph: of,
      liveness: live,
      functions: functions.get(of)!,
      states,
      words: words.get(of)!,
      isMain: at === 0,
      performs: performsOf(of) || [...lanes.values()].some((lane) => lane.performs),
      output: at === 0 ? "Output" : printType(output, typeNames),
      lanes,
    };
    parts[at] = part;
    return part;
  };
  const main = addPart(graph, flow.output);
  return { ...shared, main, parts, ...plannedSites(program, parts, effects), agents };
}

function externNames(
  program: Program,
  typeNames: TypeNames,
  names: Names,
): ReadonlyMap<ExternSymbol, ExternNames> {
  return new Map(
    [...program.externs.values()].map((symbol) => {
      const name = names.take(symbol.name);
      const schema = names.take(`resultOf${pascal(symbol.name)}`);
      return [symbol, { name, schema, type: printType(symbol.output, typeNames) }];
    }),
  );
}

function elementOf({ result: { type } }: Parallel): Type {
  if (type.kind !== "list") throw new Error("a parallel gives no list");
  return type.element;
}

/** The exits at which a graph itself waits, in its order. */
function waitsOf({ blocks }: Graph): readonly (Wait & { readonly span: Span })[] {
  return blocks.flatMap(({ exit }) => (isWait(exit) ? [exit] : []));
}

/** The `parallel`s of a graph and those inside of their passes, each after the one around it. */
function lanesWithin(graph: Graph): readonly Parallel[] {
  return waitsOf(graph).flatMap((wait) =>
    wait.kind === "parallel" ? [wait, ...lanesWithin(wait.lane)] : [],
  );
}

function plannedStates(
  graph: Graph,
  live: Liveness,
  lanes: ReadonlyMap<Parallel, Part>,
  { types, nameOf }: { readonly types: Names; readonly nameOf: WriteLocal },
): readonly PlannedState[] {
  const found = graph.blocks.flatMap((block): { span: Span; state: PlannedState }[] => {
    const { exit } = block;
    if (!isWait(exit)) return [];
    const { at, span } = exit;
    const base = { at, type: types.take(`At${pascal(at)}`), fields: live.whileWaiting(block) };
    return [{ span, state: plannedState(exit, base, lanes, nameOf) }];
  });
  return found.sort((a, b) => a.span.start - b.span.start).map(({ state }) => state);
}

function plannedState(
  exit: Wait & { readonly span: Span },
  base: StateBase,
  lanes: ReadonlyMap<Parallel, Part>,
  nameOf: WriteLocal,
): PlannedState {
  switch (exit.kind) {
    case "parallel":
      return { ...base, kind: "parallel", wait: exit, lane: lanes.get(exit)! };
    case "effect":
      return { ...base, kind: "performing", perform: exit, point: pointOf(exit, nameOf) };
    default:
      return { ...base, kind: "asking", ask: exit, point: pointOf(exit, nameOf) };
  }
}

/** Whether one of a graph's own states may change the simulator's state. */
function performsOf(graph: Graph): boolean {
  return waitsOf(graph).some((wait) => wait.kind === "effect" && wait.effect.class !== "pure");
}

/** Prints values over the fields of a state; what a value binds itself is no field. */
export function stateValues({ nameOf, imports }: Part, { fields }: PlannedState): ValuePrinter {
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

function reachedAgents(program: Program, graphs: readonly Graph[]): AgentSymbol[] {
  const waits = graphs.flatMap(waitsOf);
  const reached = new Set(
    waits.flatMap((wait) => (wait.kind === "ask" || wait.kind === "pick" ? [wait.agent] : [])),
  );
  return [...program.agents.values()].filter((agent) => reached.has(agent));
}

function reachedEffects(program: Program, graphs: readonly Graph[]): EffectSymbol[] {
  const waits = graphs.flatMap(waitsOf);
  const reached = new Set(waits.flatMap((wait) => (wait.kind === "effect" ? [wait.effect] : [])));
  return [...program.effects.values()].filter((effect) => reached.has(effect));
}

/** `"flow/agent#0@" + state.pass1 + ".helper#0"` */
function pointOf({ site, path }: Ask | Perform, nameOf: WriteLocal): string {
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
function plannedSites(
  program: Program,
  parts: readonly Part[],
  reached: readonly EffectSymbol[],
): Pick<Plan, "sites" | "effects"> {
  const states = parts.flatMap((part) => part.states);
  const asks = new Map(
    states.flatMap((state) => (state.kind === "asking" ? [[state.ask.site, state.ask]] : [])),
  );
  const performed = new Set(
    states.flatMap((state) => (state.kind === "performing" ? [state.perform.site] : [])),
  );
  const sites: PlannedSite[] = [];
  const effects = reached.map((effect) => ({ effect, sites: [] as PlannedEffect["sites"][number][] }));
  for (const [call, ordinal] of ordinals(program)) {
    const callee = program.facts.calls.get(call)!;
    const flow = [...program.flows.values()].find(
      ({ declaration: { span } }) => span.start <= call.span.start && call.span.end <= span.end,
    )!;
    const id = `${flow.name}/${callee.name}#${ordinal}`;
    const source = program.sources.at(call.span.start);
    const file = source.path === "" ? {} : { file: source.path };
    const place = { ...file, ...source.positionAt(call.span.start) };
    if (performed.has(id)) effects.find(({ effect }) => effect === callee)?.sites.push({ id, ...place });
    const ask = asks.get(id);
    if (ask === undefined) continue;
    const kind =
      ask.kind === "pick"
        ? "pick"
        : callee.kind === "agent" && callee.output.kind !== "labels"
          ? "generate"
          : "choose";
    sites.push({ id, agent: callee.name, kind, ...place });
  }
  return { sites, effects };
}

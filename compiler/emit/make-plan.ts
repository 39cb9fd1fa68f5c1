import type { Span } from "../../grammar/index.js";
import type { ExternSymbol, FlowSymbol, Program } from "../check/symbols.js";
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
import { lower } from "../lower/lower.js";
import { nameOf as nameOfType, type Type } from "../types/type.js";
import { type Functions, planFunctions } from "./functions.js";
import { type ExternNames, Imports } from "./imports.js";
import { Names, pascal } from "./names.js";
import type { Part, Plan, PlannedState, Shared, StateBase } from "./plan.js";
import { plannedSites } from "./plan-sites.js";
import { lanesWithin, reachedAgents, reachedEffects, waitsOf } from "./reached.js";
import { printType, type TypeNames } from "./types.js";
import type { WriteLocal } from "./values.js";
import {
  effectsKeepOff,
  functionsKeepOff,
  laneWords,
  localsKeepOff,
  machineFunctions,
  mainWords,
  typesKeepOff,
} from "./words.js";

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

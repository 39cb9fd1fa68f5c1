import type { FunctionDeclarationStructure } from "ts-morph";
import type { AgentSymbol } from "../check/symbols.js";
import type { Block, Wait } from "../lower/ir.js";
import { type Printing, printBody } from "./blocks.js";
import type { AskingState, ParallelState, Part, PerformingState, Plan, PlannedState } from "./plan.js";
import { labelList } from "./requests-section.js";
import { fn, switchOnState } from "./structures.js";
import { mark, quote } from "./text.js";
import { printType } from "./types.js";

/** What block functions return. */
function stepType({ functions, words }: Part): string {
  return functions.jumpTargets.size === 0 ? words.state : words.step;
}

function printingOf({ functions, liveness, lanes, typeNames, imports, nameOf }: Part): Printing {
  return { functions, liveness, lanes, types: typeNames, imports, nameOf };
}

/** `start`: the first state. */
export function startFunction({ main, flow, nameOf }: Plan): FunctionDeclarationStructure {
  const { graph, liveness } = main;
  const given = new Map(
    graph.parameters.map((local, index) => [local, `given.${flow.parameters[index]!.name}`]),
  );
  const needed = liveness.atEntry(graph.entry);
  const args = needed.map((local) => given.get(local)!);
  const begin = beginCall(main, args);
  const lines =
    begin === undefined
      ? [
          ...needed.map((local, index) => `const ${nameOf(local)} = ${args[index]};`),
          printBody(printingOf(main), graph.entry, needed),
        ]
      : [`return ${begin};`];
  const doc = flow.declaration.doc || "The first state.";
  return fn("start", [["given", "Input"]], "State", lines.join("\n"), { doc, exported: true });
}

/** `startLane1`: the first state of one pass. */
export function startLaneFunction(part: Part): FunctionDeclarationStructure {
  const { graph, liveness, nameOf, typeNames, words } = part;
  const needed = liveness.atEntry(graph.entry);
  const parameters = needed.map((local) => [nameOf(local), printType(local.type, typeNames)] as const);
  const begin = beginCall(part, needed.map(nameOf));
  const body = begin === undefined ? printBody(printingOf(part), graph.entry, needed) : `return ${begin};`;
  return fn(words.start, parameters, words.state, body);
}

/** The call of the entry's own function, if it has one. */
function beginCall({ functions, graph, words }: Part, args: readonly string[]): string | undefined {
  const begin = functions.nameOf(graph.entry);
  return begin && `${words.settle}(${begin}(${args.join(", ")}))`;
}

/** One function per block that is entered from more than one place, or from a reply. */
export function blockFunctions(part: Part): FunctionDeclarationStructure[] {
  return part.functions.blocks.map((block) => blockFunction(part, block));
}

function blockFunction(part: Part, block: Block): FunctionDeclarationStructure {
  const needed = part.liveness.atEntry(block);
  const parameters = needed.map(
    (local) => [part.nameOf(local), printType(local.type, part.typeNames)] as const,
  );
  const body = printBody(printingOf(part), block, needed);
  return fn(part.functions.nameOf(block)!, parameters, stepType(part), body);
}

/** Takes jumps until something is asked or the part ends. */
export function settleFunction(part: Part): FunctionDeclarationStructure[] {
  const { functions, liveness, nameOf, words } = part;
  if (functions.jumpTargets.size === 0) return [];
  const cases = [...functions.jumpTargets].flatMap((block) => {
    const name = functions.nameOf(block)!;
    const args = liveness.atEntry(block).map((local) => `step.${nameOf(local)}`);
    return [`    case ${quote(name)}:`, `      step = ${name}(${args.join(", ")});`, "      break;"];
  });
  const lines = [
    "for (;;) {",
    "  switch (step.at) {",
    ...cases,
    "    default:",
    "      return step;",
    "  }",
    "}",
  ];
  return [fn(words.settle, [["step", words.step]], words.state, lines.join("\n"))];
}

/** `joinLane1`: goes on once all passes have ended. */
export function joinFunctions(part: Part): FunctionDeclarationStructure[] {
  return part.states.flatMap((state) => (state.kind === "parallel" ? [joinFunction(part, state)] : []));
}

function joinFunction(part: Part, { type, wait, lane }: ParallelState): FunctionDeclarationStructure {
  const element = /^[\w.]+$/.test(lane.output) ? lane.output : `(${lane.output})`;
  const lines = [
    `const results: ${element}[] = [];`,
    "for (const lane of state.lanes) {",
    '  if (lane.at !== "done") return state;',
    "  results.push(lane.result);",
    "}",
    `return ${nextCall(part, wait, "results")};`,
  ];
  const doc = "Waits until all passes have ended.";
  return fn(lane.words.join, [["state", type]], stepType(part), lines.join("\n"), { doc });
}

/** `advance`: takes one reply. */
export function advanceFunction(part: Part): FunctionDeclarationStructure {
  const cases = part.states.flatMap((state) => advanceCase(part, state));
  part.imports.machine.add("unexpectedReply");
  const end = ['case "done":', "  throw unexpectedReply(id);"];
  const parameters = [
    ["state", part.words.state],
    ["id", "string"],
    ["reply", "Reply"],
  ] as const;
  const doc = "The state after one reply; replies of one state commute.";
  const options = part.isMain ? { doc, exported: true } : {};
  const lines = switchOnState([...cases, ...end]);
  return fn(part.words.advance, parameters, part.words.state, lines, options);
}

function advanceCase(part: Part, state: PlannedState): string[] {
  switch (state.kind) {
    case "asking":
      return answeredCase(part, state);
    case "performing":
      return performedCase(part, state);
    case "parallel":
      return advanceLaneCase(part, state);
  }
}

function answeredCase(part: Part, { ask }: AskingState): string[] {
  const { imports, nameOf, words } = part;
  const head = `case ${quote(ask.at)}: {`;
  const point = `${words.point}(state)`;
  if (ask.kind === "pick") {
    imports.machine.add("pickReply");
    const list = `state.${nameOf(ask.list)}`;
    return [
      head,
      `  const picking = pickReply(${point}, state.${nameOf(ask.candidates)}, state.scores, id, reply);`,
      "  if (!picking.done) return { ...state, scores: picking.scores };",
      `  return ${settled(part, nextCall(part, ask, `${list}[picking.candidate]!`))};`,
      "}",
    ];
  }
  const next = settled(part, nextCall(part, ask, "answer"));
  return [head, `  const answer = ${readReply(part, ask.agent)};`, `  return ${next};`, "}"];
}

function performedCase(part: Part, { perform }: PerformingState): string[] {
  const { imports, resultNames, typeNames, words } = part;
  imports.machine.add("effectReply");
  const type = printType(perform.effect.output, typeNames);
  const reply = `effectReply<${type}>(${words.point}(state), ${resultNames.get(perform.effect)}, id, reply)`;
  const next = settled(part, nextCall(part, perform, "answer"));
  return [`case ${quote(perform.at)}: {`, `  const answer = ${reply};`, `  return ${next};`, "}"];
}

function readReply({ imports, schemaNames, typeNames, words }: Part, agent: AgentSymbol): string {
  const { output } = agent;
  const point = `${words.point}(state)`;
  switch (output.kind) {
    case "text":
      imports.machine.add("textReply");
      return `textReply(${point}, id, reply)`;
    case "record": {
      imports.machine.add("recordReply");
      const type = printType(output.type, typeNames);
      return `recordReply<${type}>(${point}, ${schemaNames.get(agent)}, id, reply)`;
    }
    default:
      imports.machine.add("labelReply");
      return `labelReply(${point}, ${labelList(agent)}, id, reply)`;
  }
}

/** The index of the pass to which a reply belongs is in the request's id, behind the path to the `parallel`. */
function advanceLaneCase(part: Part, { at, wait, lane }: ParallelState): string[] {
  const { words, performs } = lane;
  const name = performs ? "advanceInOrder" : "advanceLane";
  part.imports.machine.add(name);
  const functions = performs ? `${words.pending}, ${words.advance}` : words.advance;
  const lanes = `${name}(state.lanes, ${functions}, ${wait.path.length}, id, reply)`;
  const next = settled(part, `${words.join}({ ...state, lanes: ${lanes} })`);
  return [`case ${quote(at)}:`, `  return ${next};`];
}

/** The call of what follows an answer. */
function nextCall({ functions, liveness, nameOf }: Part, wait: WaitHere, answer: string): string {
  const args = liveness
    .atEntry(wait.next)
    .map((local) => (local === wait.result ? answer : `state.${nameOf(local)}`));
  return `${mark(wait.span)}${functions.nameOf(wait.next)}(${args.join(", ")})`;
}

type WaitHere = Wait & (AskingState["ask"] | PerformingState["perform"] | ParallelState["wait"]);

function settled({ functions, words }: Part, call: string): string {
  return functions.jumpTargets.size === 0 ? call : `${words.settle}(${call})`;
}

/** `result`: what a final state holds. */
export function resultFunction(): FunctionDeclarationStructure {
  const line = 'return state.at === "done" ? state.result : undefined;';
  const doc = "What the flow returned, once it has ended.";
  return fn("result", [["state", "State"]], "Output | undefined", line, { doc, exported: true });
}

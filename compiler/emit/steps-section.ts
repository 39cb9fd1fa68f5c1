import type { FunctionDeclarationStructure } from "ts-morph";
import type { AgentSymbol } from "../check/symbols.js";
import type { Block } from "../lower/ir.js";
import { type Printing, printBody } from "./blocks.js";
import type { Plan, PlannedState } from "./plan.js";
import { labelList } from "./requests-section.js";
import { fn, switchOnState } from "./structures.js";
import { mark, quote } from "./text.js";
import { printType } from "./types.js";

/** What block functions return. */
function stepType({ functions }: Plan): string {
  return functions.jumpTargets.size === 0 ? "State" : "Step";
}

function printingOf({ functions, liveness, typeNames, imports, nameOf }: Plan): Printing {
  return { functions, liveness, types: typeNames, imports, nameOf };
}

/** `start`: the first state. */
export function startFunction(plan: Plan): FunctionDeclarationStructure {
  const { graph, liveness, nameOf, flow, functions } = plan;
  const given = new Map(
    graph.parameters.map((local, index) => [local, `given.${flow.parameters[index]!.name}`]),
  );
  const needed = liveness.atEntry(graph.entry);
  const begin = functions.nameOf(graph.entry);
  const args = needed.map((local) => given.get(local)!);
  const lines =
    begin === undefined
      ? [
          ...needed.map((local, index) => `const ${nameOf(local)} = ${args[index]};`),
          printBody(printingOf(plan), graph.entry, needed),
        ]
      : [`return settle(${begin}(${args.join(", ")}));`];
  const doc = flow.declaration.doc || "The first state.";
  return fn("start", [["given", "Input"]], "State", lines.join("\n"), { doc, exported: true });
}

/** One function per block that is entered from more than one place, or from a reply. */
export function blockFunctions(plan: Plan): FunctionDeclarationStructure[] {
  return plan.functions.blocks.map((block) => blockFunction(plan, block));
}

function blockFunction(plan: Plan, block: Block): FunctionDeclarationStructure {
  const needed = plan.liveness.atEntry(block);
  const parameters = needed.map(
    (local) => [plan.nameOf(local), printType(local.type, plan.typeNames)] as const,
  );
  const body = printBody(printingOf(plan), block, needed);
  return fn(plan.functions.nameOf(block)!, parameters, stepType(plan), body);
}

/** Takes jumps until something is asked or the flow ends. */
export function settleFunction(plan: Plan): FunctionDeclarationStructure[] {
  const { functions, liveness, nameOf } = plan;
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
  return [fn("settle", [["step", "Step"]], "State", lines.join("\n"))];
}

/** `advance`: takes one reply. */
export function advanceFunction(plan: Plan): FunctionDeclarationStructure {
  const cases = plan.states.flatMap((state) => advanceCase(plan, state));
  plan.imports.add("unexpectedReply");
  const end = ['case "done":', "  throw unexpectedReply(id);"];
  const parameters = [
    ["state", "State"],
    ["id", "string"],
    ["reply", "Reply"],
  ] as const;
  const doc = "The state after one reply; replies of one state commute.";
  return fn("advance", parameters, "State", switchOnState([...cases, ...end]), { doc, exported: true });
}

function advanceCase(plan: Plan, { ask }: PlannedState): string[] {
  const { imports, nameOf } = plan;
  const head = `case ${quote(ask.at)}: {`;
  if (ask.kind === "pick") {
    imports.add("pickReply");
    const list = `state.${nameOf(ask.list)}`;
    return [
      head,
      `  const picking = pickReply(point(state), state.${nameOf(ask.candidates)}, state.scores, id, reply);`,
      "  if (!picking.done) return { ...state, scores: picking.scores };",
      `  return ${resume(plan, ask, `${list}[picking.candidate]!`)};`,
      "}",
    ];
  }
  return [
    head,
    `  const answer = ${readReply(plan, ask.agent)};`,
    `  return ${resume(plan, ask, "answer")};`,
    "}",
  ];
}

function readReply({ imports, schemaNames, typeNames }: Plan, agent: AgentSymbol): string {
  const { output } = agent;
  switch (output.kind) {
    case "text":
      imports.add("textReply");
      return "textReply(point(state), id, reply)";
    case "record": {
      imports.add("recordReply");
      const type = printType(output.type, typeNames);
      return `recordReply<${type}>(point(state), ${schemaNames.get(agent)}, id, reply)`;
    }
    default:
      imports.add("labelReply");
      return `labelReply(point(state), ${labelList(agent)}, id, reply)`;
  }
}

/** The call of what follows an answer. */
function resume(plan: Plan, ask: PlannedState["ask"], answer: string): string {
  const { functions, liveness, nameOf } = plan;
  const args = liveness
    .atEntry(ask.next)
    .map((local) => (local === ask.result ? answer : `state.${nameOf(local)}`));
  const call = `${mark(ask.span)}${functions.nameOf(ask.next)}(${args.join(", ")})`;
  return functions.jumpTargets.size === 0 ? call : `settle(${call})`;
}

/** `result`: what a final state holds. */
export function resultFunction(): FunctionDeclarationStructure {
  const line = 'return state.at === "done" ? state.result : undefined;';
  const doc = "What the flow returned, once it has ended.";
  return fn("result", [["state", "State"]], "Output | undefined", line, { doc, exported: true });
}

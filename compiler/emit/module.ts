import { type StatementStructures, StructureKind } from "ts-morph";
import type { Plan } from "./plan.js";
import { askFunction, pendingFunction, pointFunction } from "./requests-section.js";
import {
  advanceFunction,
  blockFunctions,
  resultFunction,
  settleFunction,
  startFunction,
} from "./steps-section.js";
import { constant, importOf } from "./structures.js";
import { tableStatements } from "./tables-section.js";
import { stateStatements, typeStatements } from "./types-section.js";

/** The statements of the emitted module, as one structure: adding them one by one takes ts-morph fifty times longer. */
export function moduleStructures(plan: Plan, sourceHash: string): (StatementStructures | string)[] {
  const body = [
    ...typeStatements(plan),
    ...stateStatements(plan),
    ...tableStatements(plan, sourceHash),
    ...plan.agents.map((agent) => askFunction(plan, agent)),
    startFunction(plan),
    ...blockFunctions(plan),
    ...settleFunction(plan),
    ...pointFunction(plan),
    pendingFunction(plan),
    advanceFunction(plan),
    resultFunction(),
    ...machineStatements(),
  ];
  const types = ["Agent", "FlowModule", "Json", "Reply", "Request", "Site"];
  if (plan.states.some(({ ask }) => ask.kind === "pick")) types.push("Scores");
  const values = plan.imports.size === 0 ? [] : [importOf([...plan.imports].sort(), false)];
  return [...values, importOf(types.sort(), true), ...body];
}

/** The module as one value, which is what a runtime loads; the compiler of the compiler's output checks the contract. */
function machineStatements(): (StatementStructures | string)[] {
  const members = [
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
  ];
  const value = `{\n${members.map((name) => `  ${name},`).join("\n")}\n}`;
  const machine = constant("machine", "FlowModule<Input, State, Output>", value);
  return [machine, { kind: StructureKind.ExportAssignment, isExportEquals: false, expression: "machine" }];
}

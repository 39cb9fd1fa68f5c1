import { type StatementStructures, StructureKind } from "ts-morph";
import { moduleFrom } from "../files/paths.js";
import type { Part, Plan } from "./plan.js";
import { askFunctions, pendingFunction, pointFunction } from "./requests-section.js";
import { schemaOf } from "./schema.js";
import {
  advanceFunction,
  blockFunctions,
  joinFunctions,
  resultFunction,
  settleFunction,
  startFunction,
  startLaneFunction,
} from "./steps-section.js";
import { constant, importExtern, importOf } from "./structures.js";
import { tableStatements } from "./tables-section.js";
import { data } from "./text.js";
import { stateStatements, typeStatements } from "./types-section.js";
import { moduleMembers } from "./words.js";

/** The statements of the emitted module, as one structure: adding them one by one takes ts-morph fifty times longer. */
export function moduleStructures(
  plan: Plan,
  sourceHash: string,
  modulePath: (from: string) => string,
): (StatementStructures | string)[] {
  const { main, parts } = plan;
  const hasEffects = plan.effects.length > 0;
  const [, ...lanes] = parts;
  const body = [
    ...typeStatements(plan),
    ...lanes.toReversed().flatMap(stateStatements),
    ...stateStatements(main),
    ...tableStatements(plan, sourceHash),
    ...plan.agents.flatMap((agent) => askFunctions(plan, agent)),
    startFunction(plan),
    ...stepFunctions(main),
    ...lanes.flatMap((lane) => [startLaneFunction(lane), ...stepFunctions(lane)]),
    resultFunction(),
    ...machineStatements(hasEffects),
  ];
  const types = ["Agent", "FlowModule", "Json", "Reply", "Site"];
  if (!hasEffects || plan.agents.length > 0) types.push("Request");
  if (hasEffects) types.push("Effect", "Pending");
  const states = parts.flatMap((part) => part.states);
  if (states.some((state) => state.kind === "asking" && state.ask.kind === "pick")) types.push("Scores");
  const { machine, externs } = plan.imports;
  return [
    importOf([...machine, "loaded"].sort(), false),
    importOf(types.sort(), true),
    ...externImports(plan, modulePath),
    ...externs.map(([symbol, { schema }]) => constant(schema, "Json", data(schemaOf(symbol.output)))),
    ...body,
  ];
}

/** One statement per module. */
function externImports(
  { imports, program }: Plan,
  modulePath: (from: string) => string,
): StatementStructures[] {
  const modules = new Map<string, (readonly [string, string])[]>();
  for (const [symbol, { name }] of imports.externs) {
    const path = modulePath(moduleFrom(program.sources, symbol.declaration.from));
    modules.set(path, [...(modules.get(path) ?? []), [symbol.name, name]]);
  }
  return [...modules].map(([path, names]) => importExtern(path, names));
}

function stepFunctions(part: Part): StatementStructures[] {
  return [
    ...blockFunctions(part),
    ...joinFunctions(part),
    ...settleFunction(part),
    ...pointFunction(part),
    pendingFunction(part),
    advanceFunction(part),
  ];
}

/**
 * The module as one value, which is what a runtime loads: the compiler of the compiler's output checks the contract, and
 * loading it the versions.
 */
function machineStatements(hasEffects: boolean): (StatementStructures | string)[] {
  const value = `loaded({\n${moduleMembers(hasEffects)
    .map((name) => `  ${name},`)
    .join("\n")}\n})`;
  // A blank line stands before it anyway, since a function does.
  const machine = constant("machine", "FlowModule<Input, State, Output>", value).trimStart();
  return [machine, { kind: StructureKind.ExportAssignment, isExportEquals: false, expression: "machine" }];
}

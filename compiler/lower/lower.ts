import type { Call } from "../../grammar/index.js";
import type { FlowSymbol, Program, Variable } from "../check/symbols.js";
import { Builder, newBlock, newLocal } from "./builder.js";
import { lowerExpression } from "./expressions.js";
import { type Graph, type Local, reachable } from "./ir.js";
import { lowerBlock } from "./statements.js";
import { threadJumps } from "./thread.js";

/** Lowers one flow of a checked program to its graph; sub-flows are written out where they are called. */
export function lower(program: Program, flow: FlowSymbol): Graph {
  const entry = newBlock("entry");
  const locals = new Map<Variable, Local>(
    flow.parameters.map((parameter) => [parameter, newLocal(parameter.name, parameter.type)]),
  );
  const frame = { flow: flow.name, prefix: "", locals, path: [], loops: [], returns: undefined };
  const lowerings = { expression: lowerExpression, block: lowerBlock };
  const builder = new Builder(program, lowerings, ordinals(program), entry, frame);
  const parameters = [...locals.values()];
  lowerBlock(builder, flow.declaration.body);
  threadJumps(reachable(entry));
  return {
    parameters,
    entry,
    blocks: reachable(entry),
  };
}

/** Counts the calls of each callee in each flow, from 0 in the order of the text. */
export function ordinals(program: Program): ReadonlyMap<Call, number> {
  const found = new Map<Call, number>();
  const calls = [...program.facts.calls].sort(([a], [b]) => a.span.start - b.span.start);
  for (const flow of program.flows.values()) {
    const { start, end } = flow.declaration.span;
    const counts = new Map<string, number>();
    for (const [call, { name }] of calls) {
      if (call.span.start < start || call.span.end > end) continue;
      const ordinal = counts.get(name) ?? 0;
      found.set(call, ordinal);
      counts.set(name, ordinal + 1);
    }
  }
  return found;
}

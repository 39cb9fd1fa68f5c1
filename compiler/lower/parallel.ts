import type { Parallel } from "../../grammar/index.js";
import { type Builder, newBlock, newCounter, newLocal } from "./builder.js";
import { type Counter, type Graph, type Local, reachable, type Value } from "./ir.js";
import { freeLocals } from "./liveness.js";
import { threadJumps } from "./thread.js";
import { local } from "./values.js";

/** A pass is a graph of its own, which ends with what is yielded. The index is part of the path of what it asks. */
export function lowerParallel(b: Builder, node: Parallel, into: Local | undefined): Value {
  const number = b.nextLoop();
  const list = b.held(b.lower(node.list), "list", b.typeOf(node.list), node.list.span);
  const element = b.localOf(b.program.facts.bindings.get(node.name)!);
  const index = newCounter(`index${number}`, node);
  const result = into ?? newLocal("results", b.typeOf(node));
  const { path, prefix } = b.frame;
  const lane = lowerLane(b, node, [element, index]);
  const captured = freeLocals(lane);
  const next = newBlock("after");
  const at = `${prefix}parallel${number}`;
  b.exit({ kind: "parallel", at, path, list, element, index, lane, captured, result, next, span: node.span });
  b.enter(next);
  return local(result);
}

function lowerLane(b: Builder, node: Parallel, parameters: readonly [element: Local, index: Counter]): Graph {
  const { current, frame } = b;
  const entry = newBlock("entry");
  b.enter(entry);
  b.frame = { ...frame, path: [...frame.path, parameters[1]], loops: [], returns: undefined };
  b.lowerings.block(b, node.body);
  b.frame = frame;
  b.enter(current);
  threadJumps(reachable(entry));
  return { parameters, entry, blocks: reachable(entry) };
}

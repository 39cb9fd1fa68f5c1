import {
  type Ask,
  type Block,
  type Graph,
  isCall,
  isWait,
  type Local,
  type Perform,
  successors,
} from "./ir.js";
import { reads } from "./values.js";

/** Which locals a block needs when it is entered, and which a waiting state must hold. */
export interface Liveness {
  /** In the order in which the graph first mentions them, parameters first. */
  atEntry(block: Block): readonly Local[];
  /** What is needed while a block's way out waits: an ask's request and path, and what follows the answer. */
  whileWaiting(block: Block): readonly Local[];
}

export function liveness(graph: Graph): Liveness {
  return livenessWithin(graph, Number.POSITIVE_INFINITY)!;
}

/**
 * The usual backward data flow, repeated until nothing changes.
 * @param most how many locals all blocks may need together; if it is more there is no result, and no time lost
 */
export function livenessWithin(graph: Graph, most: number): Liveness | undefined {
  const entry = new Map<Block, Set<Local>>(graph.blocks.map((block) => [block, new Set()]));
  const order = [...graph.blocks].reverse();
  let total = 0;
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of order) {
      const live = beforeAssigns(block, exitNeeds(block, entry));
      const known = entry.get(block)!;
      if (live.size !== known.size) {
        entry.set(block, live);
        changed = true;
        total += live.size - known.size;
        if (total > most) return undefined;
      }
    }
  }
  const rank = mentionOrder(graph);
  const sorted = (locals: Iterable<Local>) => [...locals].sort((a, b) => rank.get(a)! - rank.get(b)!);
  return {
    atEntry: (block) => sorted(entry.get(block)!),
    whileWaiting: (block) => sorted(waitNeeds(block, entry)),
  };
}

/**
 * What a graph reads and never assigns, which must come from around it. Each local has one value wherever it can be
 * seen before it is assigned, so no flow of data need be followed.
 */
export function freeLocals(graph: Graph): readonly Local[] {
  const read = new Set<Local>();
  const assigned = new Set<Local>(graph.parameters);
  for (const block of graph.blocks) {
    for (const { target, value } of block.assigns) {
      for (const each of reads(value)) read.add(each);
      assigned.add(target);
    }
    for (const each of ownNeeds(block)) read.add(each);
    if (isWait(block.exit)) assigned.add(block.exit.result);
  }
  const rank = mentionOrder(graph);
  const order = (local: Local) => rank.get(local) ?? rank.size;
  return [...read].filter((each) => !assigned.has(each)).sort((a, b) => order(a) - order(b));
}

/** What a block's way out itself reads. */
function ownNeeds({ exit }: Block): Set<Local> {
  switch (exit?.kind) {
    case "parallel":
      return new Set([exit.list, ...exit.captured]);
    case "if":
      return reads(exit.condition);
    case "return":
      return reads(exit.value);
    case "ask":
    case "pick":
    case "effect":
      return requestNeeds(exit);
    default:
      return new Set();
  }
}

/** What a request and its id are made of. */
function requestNeeds(call: Ask | Perform): Set<Local> {
  const needs = new Set(call.args.flatMap((arg) => [...reads(arg)]));
  for (const part of call.path) if (typeof part !== "string") needs.add(part);
  if (call.kind !== "pick") return needs;
  needs.delete(call.element);
  return needs.add(call.list).add(call.candidates);
}

function waitNeeds(block: Block, entry: ReadonlyMap<Block, ReadonlySet<Local>>): Set<Local> {
  const live = new Set(successors(block).flatMap((next) => [...(entry.get(next) ?? [])]));
  const { exit } = block;
  if (!isWait(exit)) throw new Error(`the block ${block.hint} does not wait`);
  live.delete(exit.result);
  // The passes of a `parallel` have taken with them what they need.
  if (isCall(exit)) for (const each of requestNeeds(exit)) live.add(each);
  return live;
}

/** What a block's exit needs. */
function exitNeeds(block: Block, entry: ReadonlyMap<Block, ReadonlySet<Local>>): Set<Local> {
  const live = isWait(block.exit)
    ? waitNeeds(block, entry)
    : new Set(successors(block).flatMap((next) => [...(entry.get(next) ?? [])]));
  for (const each of ownNeeds(block)) live.add(each);
  return live;
}

function beforeAssigns(block: Block, live: Set<Local>): Set<Local> {
  for (const { target, value } of [...block.assigns].reverse()) {
    live.delete(target);
    for (const each of reads(value)) live.add(each);
  }
  return live;
}

function mentionOrder(graph: Graph): Map<Local, number> {
  const rank = new Map<Local, number>();
  const mention = (local: Local) => {
    if (!rank.has(local)) rank.set(local, rank.size);
  };
  graph.parameters.forEach(mention);
  for (const block of graph.blocks) {
    for (const { target, value } of block.assigns) {
      for (const each of reads(value)) mention(each);
      mention(target);
    }
    const { exit } = block;
    if (!isWait(exit)) continue;
    for (const part of exit.path) if (typeof part !== "string") mention(part);
    if (exit.kind === "parallel") exit.captured.forEach(mention);
    mention(exit.result);
  }
  return rank;
}

import { type Block, type Graph, isWait, type Local, successors } from "./ir.js";
import { reads } from "./values.js";

/** Which locals a block needs when it is entered, and which a waiting state must hold. */
export interface Liveness {
  /** In the order in which the graph first mentions them, parameters first. */
  atEntry(block: Block): readonly Local[];
  /** What is needed while a block's way out waits: an ask's request and path, and what follows the answer. */
  whileWaiting(block: Block): readonly Local[];
}

/** The usual backward data flow, repeated until nothing changes. */
export function liveness(graph: Graph): Liveness {
  const entry = new Map<Block, Set<Local>>(graph.blocks.map((block) => [block, new Set()]));
  const order = [...graph.blocks].reverse();
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of order) {
      const live = beforeAssigns(block, exitNeeds(block, entry));
      const known = entry.get(block)!;
      if (live.size !== known.size) {
        entry.set(block, live);
        changed = true;
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

function waitNeeds(block: Block, entry: ReadonlyMap<Block, ReadonlySet<Local>>): Set<Local> {
  const live = new Set(successors(block).flatMap((next) => [...(entry.get(next) ?? [])]));
  const { exit } = block;
  if (!isWait(exit)) throw new Error(`the block ${block.hint} does not wait`);
  live.delete(exit.result);
  // The passes of a `parallel` have taken with them what they need.
  if (exit.kind === "parallel") return live;
  for (const arg of exit.args) for (const each of reads(arg)) live.add(each);
  for (const part of exit.path) if (typeof part !== "string") live.add(part);
  if (exit.kind === "pick") live.delete(exit.element);
  if (exit.kind === "pick") live.add(exit.list).add(exit.candidates);
  return live;
}

/** What a block's exit needs. */
function exitNeeds(block: Block, entry: ReadonlyMap<Block, ReadonlySet<Local>>): Set<Local> {
  const { exit } = block;
  if (isWait(exit)) {
    const live = waitNeeds(block, entry);
    if (exit.kind === "parallel") for (const each of [exit.list, ...exit.captured]) live.add(each);
    return live;
  }
  const live = new Set(successors(block).flatMap((next) => [...(entry.get(next) ?? [])]));
  if (exit?.kind === "if") for (const each of reads(exit.condition)) live.add(each);
  if (exit?.kind === "return") for (const each of reads(exit.value)) live.add(each);
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

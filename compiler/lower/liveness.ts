import { type Block, type Graph, type Local, successors } from "./ir.js";
import { reads } from "./values.js";

/** Which locals a block needs when it is entered, and which a waiting state must hold. */
export interface Liveness {
  /** In the order in which the graph first mentions them, parameters first. */
  atEntry(block: Block): readonly Local[];
  /** What a block's way out needs: for an ask its request, its path and what follows. */
  atExit(block: Block): readonly Local[];
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
    atExit: (block) => sorted(exitNeeds(block, entry)),
  };
}

/** What a block's exit needs. */
function exitNeeds(block: Block, entry: ReadonlyMap<Block, ReadonlySet<Local>>): Set<Local> {
  const live = new Set(successors(block).flatMap((next) => [...(entry.get(next) ?? [])]));
  const { exit } = block;
  if (exit?.kind === "ask" || exit?.kind === "pick") {
    live.delete(exit.result);
    for (const arg of exit.args) for (const each of reads(arg)) live.add(each);
    for (const part of exit.path) if (typeof part !== "string") live.add(part);
    if (exit.kind === "pick") live.delete(exit.element);
    if (exit.kind === "pick") live.add(exit.list).add(exit.candidates);
  } else if (exit?.kind === "if") {
    for (const each of reads(exit.condition)) live.add(each);
  } else if (exit?.kind === "return") {
    for (const each of reads(exit.value)) live.add(each);
  }
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
    if (block.exit?.kind === "ask" || block.exit?.kind === "pick") mention(block.exit.result);
  }
  return rank;
}

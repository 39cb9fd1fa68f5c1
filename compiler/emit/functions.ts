import { type Ask, type Block, type Graph, successors } from "../lower/ir.js";
import { type Names, pascal } from "./names.js";

/** Which blocks of a graph become functions of their own, and what they are called. */
export interface Functions {
  /** The name of a block's function; nothing if the block is written where it is reached from. */
  nameOf(block: Block): string | undefined;
  /** In the order in which they are reached. */
  readonly blocks: readonly Block[];
  /**
   * Whether a way to `target` is taken by returning a jump instead of calling: it goes round a loop in which
   * nothing need be asked, and calls would pile up on the stack.
   */
  jumps(from: Block, target: Block): boolean;
  /** The targets of such jumps. */
  readonly jumpTargets: ReadonlySet<Block>;
}

/**
 * A block is a function if it is entered from a reply or from several places; all others have one way in.
 * The entry is one only where its jumps must be followed; else it stands in `start`.
 */
export function planFunctions(graph: Graph, names: Names): Functions {
  const entries = new Map<Block, number>();
  const resumed = new Map<Block, Ask>();
  for (const block of graph.blocks) {
    for (const next of successors(block)) entries.set(next, (entries.get(next) ?? 0) + 1);
    if (block.exit?.kind === "ask" || block.exit?.kind === "pick") resumed.set(block.exit.next, block.exit);
  }
  const groups = silentCycles(graph);
  const called = new Map<Block, string>();
  for (const block of graph.blocks) {
    const ask = resumed.get(block);
    if (block === graph.entry) {
      if (groups.size > 0) called.set(block, names.take("begin"));
      continue;
    }
    if (ask === undefined && entries.get(block) === 1) continue;
    const isOwn = ask !== undefined && entries.get(block) === 1;
    called.set(block, names.take(isOwn ? `after${pascal(ask.at)}` : block.hint));
  }
  const jumps = (from: Block, target: Block) =>
    called.has(target) && groups.has(target) && groups.get(from) === groups.get(target) && isHead(target);
  const jumpTargets = new Set(
    graph.blocks.flatMap((from) => silentSuccessors(from).filter((target) => jumps(from, target))),
  );
  return { nameOf: (block) => called.get(block), blocks: [...called.keys()], jumps, jumpTargets };
}

/** Loops are entered at their head only. */
function isHead(block: Block): boolean {
  return /^loop\d+$/.test(block.hint);
}

function silentSuccessors(block: Block): readonly Block[] {
  return block.exit?.kind === "ask" || block.exit?.kind === "pick" ? [] : successors(block);
}

/** Blocks that can reach themselves without asking, each with the number of its group (Tarjan's components). */
function silentCycles(graph: Graph): ReadonlyMap<Block, number> {
  const groups = new Map<Block, number>();
  const found = new Map<Block, { index: number; low: number }>();
  const stack: Block[] = [];
  let nextGroup = 0;
  const visit = (block: Block): { index: number; low: number } => {
    const own = { index: found.size, low: found.size };
    found.set(block, own);
    stack.push(block);
    for (const next of silentSuccessors(block)) {
      const known = found.get(next);
      if (known === undefined) own.low = Math.min(own.low, visit(next).low);
      else if (stack.includes(next)) own.low = Math.min(own.low, known.index);
    }
    if (own.low === own.index) {
      const members = stack.splice(stack.indexOf(block));
      const isCycle = members.length > 1 || silentSuccessors(block).includes(block);
      if (isCycle) for (const member of members) groups.set(member, nextGroup);
      nextGroup++;
    }
    return own;
  };
  for (const block of graph.blocks) if (!found.has(block)) visit(block);
  return groups;
}

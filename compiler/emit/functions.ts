import { type Block, type Graph, isCall, isWait, successors, type Wait } from "../lower/ir.js";
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
  const resumed = new Map<Block, Wait>();
  for (const block of graph.blocks) {
    for (const next of successors(block)) entries.set(next, (entries.get(next) ?? 0) + 1);
    if (isWait(block.exit)) resumed.set(block.exit.next, block.exit);
  }
  const cycles = silentCycles(graph);
  const called = new Map<Block, string>();
  for (const block of graph.blocks) {
    const wait = resumed.get(block);
    if (block === graph.entry) {
      if (cycles.size > 0) called.set(block, names.take("begin"));
      continue;
    }
    if (wait === undefined && entries.get(block) === 1) continue;
    const isOwn = wait !== undefined && entries.get(block) === 1;
    called.set(block, names.take(isOwn ? `after${pascal(wait.at)}` : block.hint));
  }
  const jumps = (from: Block, target: Block) => cycles.get(target)?.has(from) === true;
  const jumpTargets = new Set(
    graph.blocks.flatMap((from) => silentSuccessors(from).filter((target) => jumps(from, target))),
  );
  return { nameOf: (block) => called.get(block), blocks: [...called.keys()], jumps, jumpTargets };
}

/** Loops are entered at their head only. */
function isHead(block: Block): boolean {
  return /^loop\d+$/.test(block.hint);
}

/** The passes of a `parallel` may all end without asking, or there may be none. */
function silentSuccessors(block: Block): readonly Block[] {
  return isCall(block.exit) ? [] : successors(block);
}

/** For every loop that can go round without asking: its head, and the blocks on such a way. */
function silentCycles(graph: Graph): ReadonlyMap<Block, ReadonlySet<Block>> {
  const before = new Map<Block, Block[]>();
  for (const block of graph.blocks) {
    for (const next of silentSuccessors(block)) before.set(next, [...(before.get(next) ?? []), block]);
  }
  const cycles = new Map<Block, ReadonlySet<Block>>();
  for (const head of graph.blocks.filter(isHead)) {
    const ahead = reach(head, silentSuccessors);
    const behind = reach(head, (block) => before.get(block) ?? []);
    const around = new Set([...ahead].filter((block) => behind.has(block)));
    if (around.size > 0) cycles.set(head, around);
  }
  return cycles;
}

/** What can be reached in one step or more. */
function reach(from: Block, next: (block: Block) => readonly Block[]): Set<Block> {
  const seen = new Set<Block>();
  const open = [...next(from)];
  for (let block = open.pop(); block !== undefined; block = open.pop()) {
    if (seen.has(block)) continue;
    seen.add(block);
    open.push(...next(block));
  }
  return seen;
}

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

/** Code that would stand within more `if`s than this becomes a function of its own: it could not be read, and no parser goes to any depth. */
const deepest = 12;

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
  // A head whose own passes never come back to it is entered once: the way round is that of a loop outside.
  const cycles = silentCycles(graph, (block) => isHead(block) && (entries.get(block) ?? 0) > 1);
  const called = new Map<Block, string>();
  /** Within how many `if`s a block stands that is written where it is reached from. */
  const depths = new Map<Block, number>();
  const descend = (block: Block) => {
    const { exit } = block;
    const depth = called.has(block) ? 0 : (depths.get(block) ?? 0);
    for (const next of successors(block)) {
      depths.set(next, exit?.kind === "if" && next === exit.whenTrue ? depth + 1 : depth);
    }
  };
  for (const block of graph.blocks) {
    const wait = resumed.get(block);
    if (block === graph.entry) {
      if (cycles.size > 0) called.set(block, names.take("begin"));
      descend(block);
      continue;
    }
    const isDeep = (depths.get(block) ?? 0) > deepest;
    if (wait === undefined && entries.get(block) === 1 && !isDeep) {
      descend(block);
      continue;
    }
    const isOwn = wait !== undefined && entries.get(block) === 1;
    called.set(block, names.take(isOwn ? `after${pascal(wait.at)}` : block.hint));
    descend(block);
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
function silentCycles(
  graph: Graph,
  goesRound: (block: Block) => boolean,
): ReadonlyMap<Block, ReadonlySet<Block>> {
  const cycles = new Map<Block, ReadonlySet<Block>>();
  for (const component of components(graph.blocks, silentSuccessors)) {
    const [first] = component;
    const isCycle = component.size > 1 || silentSuccessors(first!).includes(first!);
    if (isCycle) for (const block of component) if (goesRound(block)) cycles.set(block, component);
  }
  return cycles;
}

/** Blocks that lead to one another, by Tarjan's way: as many steps as there are ways between blocks. */
function components(
  blocks: readonly Block[],
  next: (block: Block) => readonly Block[],
): readonly ReadonlySet<Block>[] {
  const found: Set<Block>[] = [];
  const index = new Map<Block, number>();
  /** The earliest block, by index, that is known to be reached and is in no component yet. */
  const low = new Map<Block, number>();
  const open: Block[] = [];
  const isOpen = new Set<Block>();
  for (const root of blocks) {
    if (index.has(root)) continue;
    const path: { readonly block: Block; readonly ahead: Block[] }[] = [];
    const enter = (block: Block) => {
      low.set(block, index.size);
      index.set(block, index.size);
      open.push(block);
      isOpen.add(block);
      path.push({ block, ahead: [...next(block)] });
    };
    enter(root);
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const { block } = at;
      const to = at.ahead.pop();
      if (to === undefined) {
        path.pop();
        const before = path.at(-1)?.block;
        if (before !== undefined) low.set(before, Math.min(low.get(before)!, low.get(block)!));
        if (low.get(block) === index.get(block)) {
          const component = new Set(open.splice(open.lastIndexOf(block)));
          for (const each of component) isOpen.delete(each);
          found.push(component);
        }
      } else if (!index.has(to)) enter(to);
      else if (isOpen.has(to)) low.set(block, Math.min(low.get(block)!, index.get(to)!));
    }
  }
  return found;
}

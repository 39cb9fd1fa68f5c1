import type { Block, Exit } from "./ir.js";

/** Leads every way out past blocks that only lead on. */
export function threadJumps(blocks: readonly Block[]): void {
  for (const block of blocks) {
    if (block.exit !== undefined) block.exit = threaded(block.exit);
  }
}

function threaded(exit: Exit): Exit {
  switch (exit.kind) {
    case "goto":
      return { ...exit, target: end(exit.target) };
    case "if":
      return { ...exit, whenTrue: end(exit.whenTrue), whenFalse: end(exit.whenFalse) };
    case "ask":
    case "pick":
    case "effect":
    case "parallel":
      return { ...exit, next: end(exit.next) };
    case "return":
      return exit;
  }
}

function end(block: Block): Block {
  const seen = new Set<Block>();
  let at = block;
  while (at.assigns.length === 0 && at.exit?.kind === "goto" && !seen.has(at)) {
    seen.add(at);
    at = at.exit.target;
  }
  return at;
}

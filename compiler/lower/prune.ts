import type { Graph } from "./ir.js";
import { liveness } from "./liveness.js";
import { mayFail, reads } from "./values.js";

/** Takes away assignments that nobody reads and that cannot fail, until there are none. */
export function pruneAssigns(graph: Graph): void {
  for (let changed = true; changed; ) {
    changed = false;
    const { atExit } = liveness(graph);
    for (const block of graph.blocks) {
      const live = new Set(atExit(block));
      for (let index = block.assigns.length - 1; index >= 0; index--) {
        const { target, value } = block.assigns[index]!;
        if (!live.has(target) && !mayFail(value)) {
          block.assigns.splice(index, 1);
          changed = true;
          continue;
        }
        live.delete(target);
        for (const each of reads(value)) live.add(each);
      }
    }
  }
}

import type { GraphNode } from "../graph.js";
import { isCard, lookOf } from "./cards.js";
import type { Point } from "./layout.js";
import { rectangle, text } from "./marks.js";
import { widthOf } from "./measure.js";
import { font } from "./style.js";

const meanings = {
  generate: "a text or a record",
  choose: "one of its labels",
  pick: "the best of a list",
  effect: "done by the simulator",
  judge: "not trained",
} as const;

/** What the kinds of cards mean that a picture has. */
export type Legend = readonly (readonly [kind: keyof typeof meanings, meaning: string])[];

/** Between two entries, and from the beginning of one to its text. */
const GAP = 22;
const INDENT = 24;

export function legendOf(nodes: readonly GraphNode[]): Legend {
  const used = new Set(nodes.filter(isCard).map(lookOf));
  return (Object.entries(meanings) as Legend[number][]).filter(([kind]) => used.has(kind));
}

export function widthOfLegend(legend: Legend): number {
  return legend.reduce((sum, entry) => sum + widthOfEntry(entry) + GAP, -GAP);
}

export function drawLegend(legend: Legend, { x, y }: Point): string[] {
  let left = x;
  return legend.map((entry) => {
    const [kind, meaning] = entry;
    const box = rectangle("box", { x: left, y: y - 10, width: 16, height: 12 }, 3);
    const note = text("note", `${kind}: ${meaning}`, { x: left + INDENT, y });
    left += widthOfEntry(entry) + GAP;
    return `<g class="${kind}">${box}${note}</g>`;
  });
}

function widthOfEntry([kind, meaning]: Legend[number]): number {
  return INDENT + widthOf(`${kind}: ${meaning}`, font.label);
}

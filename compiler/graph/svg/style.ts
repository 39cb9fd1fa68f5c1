/** Font sizes in pixels. */
export const font = { heading: 15, title: 14, small: 12, label: 11.5, kind: 10.5 } as const;

/** Between the letters of a card's kind, in its font size. */
export const SPACING = 0.04;

/** Kinds of boxes, each with a fill and a stroke. */
const boxes = ["plain", "generate", "choose", "pick", "effect", "judge"] as const;

type Palette = Readonly<
  Record<"canvas" | "ink" | "muted" | "line" | "heat", string> &
    Record<"group" | (typeof boxes)[number], readonly [fill: string, stroke: string]>
>;

const light: Palette = {
  canvas: "#ffffff",
  ink: "#0f172a",
  muted: "#475569",
  line: "#64748b",
  heat: "#dc2626",
  group: ["#f8fafc", "#cbd5e1"],
  plain: ["#ffffff", "#94a3b8"],
  generate: ["#eff6ff", "#2563eb"],
  choose: ["#fffbeb", "#b45309"],
  pick: ["#f0fdf4", "#15803d"],
  effect: ["#fdf4ff", "#a21caf"],
  judge: ["#f8fafc", "#64748b"],
};

const dark: Palette = {
  canvas: "#0d1424",
  ink: "#f1f5f9",
  muted: "#a8b3c4",
  line: "#8492a6",
  heat: "#f87171",
  group: ["#141d31", "#3b4a63"],
  plain: ["#0d1424", "#64748b"],
  generate: ["#14254a", "#60a5fa"],
  choose: ["#33240c", "#fbbf24"],
  pick: ["#0c2c1b", "#4ade80"],
  effect: ["#321236", "#e879f9"],
  judge: ["#1b2436", "#94a3b8"],
};

/** What a picture may have, and most have not. */
interface Extras {
  /** Boxes of effects. */
  readonly effects: boolean;
  /** Something measured at its sites. */
  readonly measured: boolean;
}

/** Classes for all that is drawn. Colours follow the reader's scheme. */
export function styleSheet(extras: Extras): string {
  return `text { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: ${font.small}px }
.heading { font-size: ${font.heading}px; font-weight: 600 }
.title { font-size: ${font.title}px; font-weight: 600 }
.kind { font-size: ${font.kind}px; font-weight: 600; letter-spacing: ${SPACING}em }
.label { font-size: ${font.label}px }
.ground { opacity: .85 }
.group-title { paint-order: stroke; stroke-width: 4px; stroke-linejoin: round }
.note { font-size: ${font.label}px }
.box { stroke-width: 1.5 }
.judge .box { stroke-dasharray: 5 4 }
.group { stroke-width: 1.2 }
.group-title { font-weight: 600 }
.flow { stroke-dasharray: 2 4 }
.edge { fill: none; stroke-width: 1.5 }
${colours(light, extras)}
@media (prefers-color-scheme: dark) {
${colours(dark, extras)}
}`;
}

function colours(palette: Palette, { effects, measured }: Extras): string {
  const { canvas, ink, muted, line, heat, group } = palette;
  const used = boxes.filter((kind) => effects || kind !== "effect");
  const rules = used.map((kind) => {
    const [fill, stroke] = palette[kind];
    return `.${kind} .box { fill: ${fill}; stroke: ${stroke} } .${kind} .kind, .${kind} .glyph { fill: ${stroke} }`;
  });
  return `.canvas, .ground { fill: ${canvas} }
text { fill: ${ink} }
.detail, .label, .note, .group-title { fill: ${muted} }
.group-title { stroke: ${group[0]} }
.edge { stroke: ${line} }
.tip, .bar { fill: ${line} }
.group { fill: ${group[0]}; stroke: ${group[1]} }
${rules.join("\n")}${measured ? `\n.caption { fill: ${muted} }\n.heat, .meter { fill: ${heat} }\n.track { fill: ${group[1]} }` : ""}`;
}

import type { Expr, Rule } from "./tree.js";

/** A piece of track: it is entered at the left on its line, and left at the right on the same. */
interface Track {
  readonly width: number;
  /** Room above and below the line. */
  readonly up: number;
  readonly down: number;
  /** @param x where it begins, @param y the height of the line */
  draw(x: number, y: number): string;
}

/** Radius of bends, half the height of a box, and the distances between boxes in a row and between rows. */
const BEND = 9;
const HALF = 12;
const GAP = 16;
const ROW = 9;

/** Width of a character of a box's text. */
const CHARACTER = 7.9;

/** The rules as railroad diagrams one below the other, as an SVG file: who follows the tracks spells what a rule takes. */
export function railroads(title: string, rules: readonly Rule[]): string {
  let y = 14;
  let width = 0;
  const drawn = rules.map(({ name, takes }) => {
    const track = trackOf(takes);
    const line = y + 30 + track.up;
    width = Math.max(width, track.width + 96);
    const picture = [
      `<text class="name" x="16" y="${y + 10}">${escaped(name)}</text>`,
      `<path class="end" d="M20 ${line - 6}v12m4-12v12"/>`,
      rail(24, 48, line),
      track.draw(48, line),
      rail(48 + track.width, 72 + track.width, line),
      `<path class="end" d="M${round(72 + track.width)} ${line - 6}v12m4-12v12"/>`,
    ].join("");
    y = line + track.down + 30;
    return picture;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(width)}" height="${Math.ceil(y)}" viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(y)}" role="img">
<title>${escaped(title)}</title>
<style>
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; text-anchor: middle }
.name { font-weight: 600; text-anchor: start }
path { fill: none; stroke-width: 1.5 }
rect { stroke-width: 1.2 }
.canvas { fill: #ffffff } text { fill: #0f172a } path { stroke: #64748b }
.rule { fill: #eff6ff; stroke: #2563eb } .word { fill: #fffbeb; stroke: #b45309 } .token { fill: #f0fdf4; stroke: #15803d }
@media (prefers-color-scheme: dark) {
.canvas { fill: #0d1424 } text { fill: #f1f5f9 } path { stroke: #8492a6 }
.rule { fill: #14254a; stroke: #60a5fa } .word { fill: #33240c; stroke: #fbbf24 } .token { fill: #0c2c1b; stroke: #4ade80 }
}
</style>
<rect class="canvas" width="100%" height="100%" rx="10"/>
${drawn.join("\n")}
</svg>
`;
}

function trackOf(expr: Expr): Track {
  switch (expr.kind) {
    case "rule":
      return box(expr.name, "rule");
    case "word":
    case "token":
      return box(expr.text, expr.kind);
    case "sequence":
      return row(expr.parts.map(trackOf));
    case "choice":
      return choice(expr.parts.map(trackOf));
    case "optional":
      return bypass(trackOf(expr.part));
    case "many":
      return bypass(loop(trackOf(expr.part), undefined));
    case "some":
      return loop(trackOf(expr.part), expr.separator && trackOf(expr.separator));
  }
}

function box(text: string, kind: "rule" | "word" | "token"): Track {
  const width = [...text].length * CHARACTER + 20;
  return {
    width,
    up: HALF,
    down: HALF,
    draw: (x, y) =>
      `<rect class="${kind}" x="${round(x)}" y="${round(y - HALF)}" width="${round(width)}" height="${2 * HALF}" rx="${kind === "rule" ? 3 : HALF}"/><text x="${round(x + width / 2)}" y="${round(y + 4.5)}">${escaped(text)}</text>`,
  };
}

function row(parts: readonly Track[]): Track {
  const width = parts.reduce((sum, part) => sum + part.width, (parts.length - 1) * GAP);
  return {
    width: Math.max(width, 0),
    up: Math.max(0, ...parts.map(({ up }) => up)),
    down: Math.max(0, ...parts.map(({ down }) => down)),
    draw(x, y) {
      let at = x;
      return parts
        .map((part, index) => {
          const before = index === 0 ? "" : rail(at, at + GAP, y);
          at += index === 0 ? 0 : GAP;
          const drawn = before + part.draw(at, y);
          at += part.width;
          return drawn;
        })
        .join("");
    },
  };
}

/** The first on the line, the others below it. */
function choice(parts: readonly Track[]): Track {
  const inner = Math.max(...parts.map(({ width }) => width));
  const offsets: number[] = [];
  let down = 0;
  parts.forEach((part, index) => {
    offsets.push(index === 0 ? 0 : down + ROW + part.up);
    down = offsets[index]! + part.down;
  });
  return {
    width: inner + 4 * BEND,
    up: parts[0]!.up,
    down,
    draw: (x, y) =>
      parts
        .map((part, index) => {
          const [left, right] = [x + 2 * BEND, x + 2 * BEND + inner];
          const line = y + offsets[index]!;
          const drawn = part.draw(left, line) + rail(left + part.width, right, line);
          if (index === 0) return rail(x, left, y) + drawn + rail(right, right + 2 * BEND, y);
          return branch(x, y, left, line) + drawn + branch(right, line, right + 2 * BEND, y);
        })
        .join(""),
  };
}

/** With a way around it, above. */
function bypass(part: Track): Track {
  const height = part.up + ROW;
  return {
    width: part.width + 4 * BEND,
    up: height,
    down: part.down,
    draw(x, y) {
      const [left, right] = [x + 2 * BEND, x + 2 * BEND + part.width];
      return [
        rail(x, left, y),
        part.draw(left, y),
        rail(right, right + 2 * BEND, y),
        branch(x, y, left, y - height),
        rail(left, right, y - height),
        branch(right, y - height, right + 2 * BEND, y),
      ].join("");
    },
  };
}

/** With a way back below, on which what separates two passes stands. */
function loop(part: Track, separator: Track | undefined): Track {
  const between = separator ?? row([]);
  const inner = Math.max(part.width, between.width);
  const height = part.down + ROW + between.up;
  return {
    width: inner + 2 * BEND,
    up: part.up,
    down: Math.max(height + between.down, part.down + 2 * BEND),
    draw(x, y) {
      const [left, right] = [x + BEND, x + BEND + inner];
      const back = y + Math.max(height, 2 * BEND);
      const middle = left + (inner - between.width) / 2;
      return [
        rail(x, left, y),
        part.draw(left, y),
        rail(left + part.width, right + BEND, y),
        path(
          `M${round(right)} ${round(y)}a${BEND} ${BEND} 0 0 1 ${BEND} ${BEND}V${round(back - BEND)}a${BEND} ${BEND} 0 0 1 -${BEND} ${BEND}`,
        ),
        rail(middle + between.width, right, back),
        between.draw(middle, back),
        rail(left, middle, back),
        path(
          `M${round(left)} ${round(back)}a${BEND} ${BEND} 0 0 1 -${BEND} -${BEND}V${round(y + BEND)}a${BEND} ${BEND} 0 0 1 ${BEND} -${BEND}`,
        ),
      ].join("");
    },
  };
}

/** From one line to another above or below, at the right. */
function branch(x: number, y: number, toX: number, toY: number): string {
  const turn = toY > y ? 1 : -1;
  return path(
    `M${round(x)} ${round(y)}a${BEND} ${BEND} 0 0 ${turn > 0 ? 1 : 0} ${BEND} ${turn * BEND}V${round(toY - turn * BEND)}a${BEND} ${BEND} 0 0 ${turn > 0 ? 0 : 1} ${BEND} ${turn * BEND}H${round(toX)}`,
  );
}

function rail(from: number, to: number, y: number): string {
  return to > from ? path(`M${round(from)} ${round(y)}H${round(to)}`) : "";
}

function path(d: string): string {
  return `<path d="${d}"/>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

import type { Box, Point } from "./layout.js";

/** The pieces that a picture is drawn with. All text from outside goes through `escaped`. */

export function rectangle(style: string, { x, y, width, height }: Box, radius: number): string {
  return `<rect class="${style}" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${radius}"/>`;
}

/** Over what is drawn already. */
export function shade(style: string, { x, y, width, height }: Box, radius: number, opacity: number): string {
  return `<rect class="${style}" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${radius}" opacity="${opacity.toFixed(3)}"/>`;
}

/** Longer than high, with points at its sides. */
export function hexagon(style: string, { x, y, width, height }: Box): string {
  const [right, middle, bottom] = [x + width, y + height / 2, y + height];
  const corners = [
    [x, middle],
    [x + 14, y],
    [right - 14, y],
    [right, middle],
    [right - 14, bottom],
    [x + 14, bottom],
  ];
  return `<polygon class="${style}" points="${corners.map((corner) => corner.map(round).join(" ")).join(" ")}"/>`;
}

export function text(
  style: string,
  content: string,
  { x, y }: Point,
  anchor: "start" | "middle" = "start",
): string {
  const where = anchor === "start" ? "" : ` text-anchor="${anchor}"`;
  return `<text class="${style}" x="${round(x)}" y="${round(y)}"${where}>${escaped(content)}</text>`;
}

/** A smooth line along the points, which ends in an arrow: a uniform cubic B-spline between two short straight ends. */
export function arrow(points: readonly Point[]): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return "";
  const knots = [first, ...points, last];
  const on = (index: number) =>
    at(weighted([knots[index - 1]!, 1], [knots[index]!, 4], [knots[index + 1]!, 1]));
  const curves = points.slice(1).map((_, index) => {
    const [from, to] = [knots[index + 1]!, knots[index + 2]!];
    return `C${at(weighted([from, 2], [to, 1]))} ${at(weighted([from, 1], [to, 2]))} ${on(index + 2)}`;
  });
  return `<path class="edge" d="M${at(first)}L${on(1)}${curves.join("")}L${at(last)}" marker-end="url(#tip)"/>`;
}

function weighted(...parts: readonly (readonly [Point, number])[]): Point {
  const total = parts.reduce((sum, [, weight]) => sum + weight, 0);
  const mean = (of: (point: Point) => number) =>
    parts.reduce((sum, [point, weight]) => sum + of(point) * weight, 0) / total;
  return { x: mean(({ x }) => x), y: mean(({ y }) => y) };
}

/** A sign of 12 by 10 for each kind of card: lines of text, a fork in the road, one of several, a flash. */
export function glyph(kind: "generate" | "choose" | "pick" | "effect", { x, y }: Point): string {
  const shapes = {
    generate: "M0 1h12v1.8H0zM0 4.2h12v1.8H0zM0 7.4h8v1.8H0z",
    choose: "M0 4.1h4L8.6 0l1.2 1.3L5.6 5l4.2 3.7L8.6 10 4 5.9H0z",
    effect: "M7 0 1.5 5.8h3.6L4 10l6.5-6.2H6.6z",
    pick: "M0 1.2h3v2H0zM0 6.8h3v2H0zM5 0h7v10H5zM6.8 1.8v6.4h3.4V1.8z",
  };
  return `<path class="glyph" fill-rule="evenodd" transform="translate(${round(x)} ${round(y)})" d="${shapes[kind]}"/>`;
}

function at({ x, y }: Point): string {
  return `${round(x)} ${round(y)}`;
}

export function round(value: number): string {
  return String(Math.round(value * 10) / 10 + 0);
}

const entities: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

/** As text of XML, without the characters that XML cannot hold. */
export function escaped(content: string): string {
  return content
    .replace(/[&<>"']/g, (each) => entities.get(each)!)
    .replace(/[^\t\n\r\u{20}-\u{7E}\u{A0}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "\u{FFFD}");
}

import { bounded, rangeOf, ticks, tickText } from "./axis.js";
import { type Html, html, type Part } from "./html.js";

/** A value at a place, with an interval if one is known, and what is said of it when it is pointed at. */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly interval?: readonly [low: number, high: number] | undefined;
  readonly about: string;
}

export interface Chart {
  /** What the chart shows, for those who do not see it. */
  readonly label: string;
  readonly kind: "line" | "bars";
  readonly points: readonly Point[];
  /** The end of the x axis, which begins at 0, and what it counts. */
  readonly end: number;
  readonly unit: string;
  /** Places on the x axis that are marked, and what is said of them. */
  readonly marks?: readonly { readonly x: number; readonly about: string }[];
}

/** A drawing's size in its own units, which are pixels where it is as wide as it was drawn. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

const LEFT = 40;
const RIGHT = 10;
const TOP = 10;
const BOTTOM = 34;

/**
 * A chart as SVG: axes with units, a line with its band or bars. Colours come from the page's style, by class; what the
 * parts say when they are pointed at stands in `title` elements, since the page runs no script.
 */
export function drawChart({ label, kind, points, end, unit, marks = [] }: Chart, size: Size): Html {
  const values = points.flatMap(({ y, interval = [y, y] }) => [y, ...interval]);
  const [low, high] = kind === "bars" ? [0, rangeOf([0, 1, ...values])[1]] : rangeOf(values);
  const plot = { right: size.width - RIGHT, bottom: size.height - BOTTOM };
  const x = (value: number) => LEFT + (value / end) * (plot.right - LEFT);
  const y = (value: number) => plot.bottom - ((bounded(value) - low) / (high - low)) * (plot.bottom - TOP);
  const rows = ticks(low, high, Math.max(2, Math.round((plot.bottom - TOP) / 38)));
  const columns = ticks(0, end, Math.max(2, Math.round((plot.right - LEFT) / 80)));
  const grid = rows.map(
    (
      value,
    ) => html`<line class="${value === 0 ? "zero" : "grid"}" x1="${LEFT}" x2="${plot.right}" y1="${at(y(value))}" y2="${at(y(value))}"/>
<text class="tick" x="${LEFT - 7}" y="${at(y(value) + 3.5)}" text-anchor="end">${tickText(value)}</text>`,
  );
  const below = columns.map(
    (value) =>
      html`<text class="tick" x="${at(x(value))}" y="${plot.bottom + 15}" text-anchor="middle">${tickText(value)}</text>`,
  );
  const marked = marks.map(
    (mark) =>
      html`<line class="mark" x1="${at(x(mark.x))}" x2="${at(x(mark.x))}" y1="${TOP}" y2="${plot.bottom}"><title>${mark.about}</title></line>`,
  );
  const drawn = kind === "line" ? line(points, x, y) : bars(points, x, y);
  return html`<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${label}">
${grid}${below}
<text class="tick" x="${at((LEFT + plot.right) / 2)}" y="${size.height - 3}" text-anchor="middle">${unit}</text>
${marked}${drawn}</svg>`;
}

type Place = (value: number) => number;

function line(points: readonly Point[], x: Place, y: Place): Part {
  const path = points.map((point) => `${at(x(point.x))},${at(y(point.y))}`).join(" ");
  const dots = points.map(
    (point) =>
      html`<g class="point"><circle class="dot" cx="${at(x(point.x))}" cy="${at(y(point.y))}" r="2.5"/><circle class="near" cx="${at(x(point.x))}" cy="${at(y(point.y))}" r="9"><title>${point.about}</title></circle></g>`,
  );
  return [...bands(points, x, y), html`<polyline class="line" points="${path}"/>`, ...dots];
}

/** One for each stretch of points that have an interval. */
function bands(points: readonly Point[], x: Place, y: Place): readonly Html[] {
  const stretches: Point[][] = [[]];
  for (const point of points) {
    if (point.interval === undefined) stretches.push([]);
    else stretches.at(-1)!.push(point);
  }
  return stretches
    .filter(({ length }) => length > 1)
    .map((stretch) => {
      const edge = (side: 0 | 1) =>
        stretch.map((point) => `${at(x(point.x))},${at(y(point.interval![side]))}`);
      return html`<polygon class="band" points="${[...edge(1), ...edge(0).reverse()].join(" ")}"/>`;
    });
}

/** Each ends where its x value lies, and begins where the one before ends, at most. */
function bars(points: readonly Point[], x: Place, y: Place): Part {
  const gaps = points.map((point, i) => x(point.x) - x(points[i - 1]?.x ?? 0));
  const width = Math.max(1, Math.min(...gaps) - 1);
  return points.map((point) => {
    const top = Math.min(y(point.y), y(0) - (point.y > 0 ? 1 : 0));
    return html`<rect class="bar" x="${at(x(point.x) - width)}" y="${at(top)}" width="${at(width)}" height="${at(y(0) - top)}"><title>${point.about}</title></rect>`;
  });
}

function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}

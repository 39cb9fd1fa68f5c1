import { rangeOf, ticks, tickText } from "../../cli/report/axis.js";
import { type Html, html } from "../../cli/report/html.js";
import { at, colourClass, drawing, WIDTH } from "./plot-style.js";

export type Points = readonly (readonly [x: number, y: number])[];

/** The runs of one arm: figures over what they took, a line for each seed. */
export interface Curve {
  readonly name: string;
  readonly runs: readonly Points[];
}

/** A plot of its own within a figure: the curves that it is about, and one that they are compared with. */
export interface Panel {
  readonly title: string;
  readonly curves: readonly Curve[];
  readonly other?: Curve;
}

interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Curves in one plot with a legend below: for each name the mean of its runs, and faintly each of them. */
export function drawCurves(label: string, unit: string, curves: readonly Curve[]): string {
  const frame = { left: 44, right: WIDTH - 14, top: 16, bottom: 270 };
  const legend = placed(curves.map(({ name }) => name));
  const below = frame.bottom + 54;
  const keys = legend.map(
    ({ name, x, row }, i) =>
      html`<line class="curve ${colourClass(i)}" x1="${at(x)}" x2="${at(x + 18)}" y1="${below + 18 * row - 4}" y2="${below + 18 * row - 4}"/><text x="${at(x + 24)}" y="${below + 18 * row}">${name}</text>`,
  );
  const height = below + 18 * (legend.at(-1)?.row ?? 0) + 14;
  const axis = html`<text class="soft" x="${(frame.left + frame.right) / 2}" y="${frame.bottom + 34}" text-anchor="middle">${unit}</text>`;
  return drawing(label, height, [...plotted(curves, frame, scaleOf(curves)), axis, ...keys]);
}

const COLUMNS = 2;
const PANEL = { width: WIDTH / COLUMNS, height: 168 };

/** Small plots beside one another with the same axes. */
export function drawPanels(label: string, unit: string, panels: readonly Panel[]): string {
  const all = panels.flatMap(({ curves, other }) => [...curves, ...(other === undefined ? [] : [other])]);
  const scale = scaleOf(all);
  const rows = Math.ceil(panels.length / COLUMNS);
  const drawn = panels.flatMap(({ title, curves, other }, i) => {
    const [x, y] = [(i % COLUMNS) * PANEL.width, Math.floor(i / COLUMNS) * PANEL.height];
    const frame = { left: x + 44, right: x + PANEL.width - 14, top: y + 34, bottom: y + PANEL.height - 22 };
    return [
      html`<text class="head" x="${frame.left}" y="${y + 22}">${title}</text>`,
      ...plotted(curves, frame, scale, other),
    ];
  });
  const end = rows * PANEL.height + 18;
  const axis = html`<text class="soft" x="${WIDTH / 2}" y="${end}" text-anchor="middle">${unit}</text>`;
  return drawing(label, end + 14, [...drawn, axis]);
}

interface Scale {
  readonly end: number;
  readonly low: number;
  readonly high: number;
}

function scaleOf(curves: readonly Curve[]): Scale {
  const points = curves.flatMap(({ runs }) => runs.flat());
  const [low, high] = rangeOf(points.map(([, y]) => y));
  return { end: Math.max(1, ...points.map(([x]) => x)), low, high };
}

function plotted(
  curves: readonly Curve[],
  { left, right, top, bottom }: Frame,
  { end, low, high }: Scale,
  other?: Curve,
): readonly Html[] {
  const x = (value: number) => at(left + (value / end) * (right - left));
  const y = (value: number) => at(bottom - ((value - low) / (high - low)) * (bottom - top));
  const line = (points: Points, style: string) =>
    html`<polyline class="${style}" points="${points.map(([a, b]) => `${x(a)},${y(b)}`).join(" ")}"/>`;
  return [
    ...ticks(low, high, (bottom - top) / 24).map(
      (value) =>
        html`<line class="grid" x1="${left}" x2="${right}" y1="${y(value)}" y2="${y(value)}"/><text class="soft" x="${left - 6}" y="${y(value)}" dy="4" text-anchor="end">${tickText(value)}</text>`,
    ),
    ...ticks(0, end, (right - left) / 70).map(
      (value) =>
        html`<text class="soft" x="${x(value)}" y="${bottom + 16}" text-anchor="middle">${tickText(value)}</text>`,
    ),
    ...(other === undefined ? [] : [line(meanOf(other.runs), "other")]),
    ...curves.flatMap(({ runs }, i) =>
      runs.length < 2 ? [] : runs.map((points) => line(points, `seed ${colourClass(i)}`)),
    ),
    ...curves.map(({ runs }, i) => line(meanOf(runs), `curve ${colourClass(i)}`)),
  ];
}

/** The mean of runs, between whose points lines are drawn, as far as all of them go. */
function meanOf(runs: readonly Points[]): Points {
  const places = [...new Set(runs.flat().map(([x]) => x))].sort((a, b) => a - b);
  const end = Math.min(...runs.map((points) => points.at(-1)![0]));
  return places
    .filter((x) => x <= end)
    .map((x) => [x, runs.reduce((sum, points) => sum + valueAt(points, x), 0) / runs.length]);
}

function valueAt(points: Points, x: number): number {
  const next = points.findIndex(([at]) => at >= x);
  const [right, above] = points[Math.max(0, next)]!;
  const [left, below] = points[Math.max(0, next - 1)]!;
  return right === left ? above : below + ((x - left) / (right - left)) * (above - below);
}

/** Where names stand in a legend, by what their letters take at most. */
function placed(names: readonly string[]): readonly { name: string; x: number; row: number }[] {
  let [x, row] = [20, 0];
  return names.map((name) => {
    const width = 40 + 7 * name.length;
    if (x + width > WIDTH && x > 20) [x, row] = [20, row + 1];
    const place = { name, x, row };
    x += width;
    return place;
  });
}

import { rangeOf, ticks, tickText } from "../../cli/report/axis.js";
import { type Html, html } from "../../cli/report/html.js";

/** One run's figures over what they took. */
export interface Curve {
  /** Curves of one name have one colour. */
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** Eight colours that those tell apart too who see no red or no green (Okabe and Ito 2008). */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999"];
const WIDTH = 760;
const HEIGHT = 380;
const PLOT = { left: 56, right: 560, top: 16, bottom: 336 };

/** Learning curves as an SVG file of its own: a line for each run, a colour for each name. */
export function drawCurves(label: string, unit: string, curves: readonly Curve[]): string {
  const names = [...new Set(curves.map(({ name }) => name))];
  const colourOf = (name: string) => COLOURS[names.indexOf(name) % COLOURS.length]!;
  const points = curves.flatMap((curve) => curve.points);
  const end = Math.max(1, ...points.map(([x]) => x));
  const [low, high] = rangeOf(points.map(([, y]) => y));
  const x = (value: number) => PLOT.left + (value / end) * (PLOT.right - PLOT.left);
  const y = (value: number) => PLOT.bottom - ((value - low) / (high - low)) * (PLOT.bottom - PLOT.top);
  const rows = ticks(low, high, 6).map(
    (
      value,
    ) => html`<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${at(y(value))}" y2="${at(y(value))}" stroke="#ddd"/>
<text x="${PLOT.left - 6}" y="${at(y(value) + 4)}" text-anchor="end">${tickText(value)}</text>`,
  );
  const columns = ticks(0, end, 6).map(
    (value) =>
      html`<text x="${at(x(value))}" y="${PLOT.bottom + 16}" text-anchor="middle">${tickText(value)}</text>`,
  );
  const lines = curves.map(
    ({ name, points }) =>
      html`<polyline fill="none" stroke="${colourOf(name)}" stroke-width="1.5" points="${points
        .map(([a, b]) => `${at(x(a))},${at(y(b))}`)
        .join(" ")}"/>`,
  );
  const legend = names.map(
    (name, i): Html =>
      html`<text x="${PLOT.right + 16}" y="${PLOT.top + 12 + 18 * i}" fill="${colourOf(name)}">${name}</text>`,
  );
  return `${
    html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${rows}${columns}
<text x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${unit}</text>
${lines}${legend}
</svg>`.text
  }\n`;
}

function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}

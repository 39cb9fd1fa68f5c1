import { rangeOf, ticks, tickText } from "../../cli/report/axis.js";
import { html } from "../../cli/report/html.js";
import { at, colourClass, drawing, WIDTH } from "./plot-style.js";

/** A figure with its interval. */
export interface IntervalRow {
  readonly name: string;
  readonly value: number;
  readonly interval: readonly [low: number, high: number];
  /** What it is held against; 0 if it is not said. */
  readonly bound?: number;
}

const ROW = 30;

/** Figures with intervals below one another, on one axis that has zero. */
export function drawIntervals(label: string, unit: string, rows: readonly IntervalRow[]): string {
  const longest = Math.max(...rows.map(({ name }) => name.length));
  const left = Math.min(260, 24 + 6.6 * longest);
  const right = WIDTH - 16;
  const values = rows.flatMap(({ value, interval, bound = 0 }) => [value, bound, ...interval]);
  const [low, high] = rangeOf([0, ...values]);
  const x = (value: number) => at(left + ((value - low) / (high - low)) * (right - left));
  const bottom = 12 + ROW * rows.length;
  const grid = ticks(low, high, (right - left) / 56).map(
    (value) =>
      html`<line class="${value === 0 ? "zero" : "grid"}" x1="${x(value)}" x2="${x(value)}" y1="8" y2="${bottom}"/><text class="soft" x="${x(value)}" y="${bottom + 16}" text-anchor="middle">${tickText(value)}</text>`,
  );
  const drawn = rows.map(({ name, value, interval: [from, to], bound = 0 }, i) => {
    const y = 12 + ROW * (i + 0.5);
    const held =
      bound === 0
        ? undefined
        : html`<line class="other" x1="${x(bound)}" x2="${x(bound)}" y1="${y - 11}" y2="${y + 11}"/>`;
    return html`<text x="${at(left - 10)}" y="${y + 4}" text-anchor="end">${name}</text>${held}<line class="whisker ${colourClass(0)}" x1="${x(from)}" x2="${x(to)}" y1="${y}" y2="${y}"/><circle class="${colourClass(0)}" cx="${x(value)}" cy="${y}" r="4"/>`;
  });
  const axis = html`<text class="soft" x="${at((left + right) / 2)}" y="${bottom + 34}" text-anchor="middle">${unit}</text>`;
  return drawing(label, bottom + 44, [...grid, ...drawn, axis]);
}

import { type Chart, drawChart } from "../chart.js";
import { count, figure, type Html, html, shortened } from "../html.js";
import type { RunSummary, Series } from "../run-summary.js";
import { type Window, windowSize, windowsOf } from "../windows.js";

/** More metrics than these are no page any more. */
const MOST_METRICS = 24;

/** Reward and metrics by episode, with their intervals. */
export function curves(run: RunSummary): Html | undefined {
  const { reward, metrics, references, played, episodesPerRound, monitoring } = run;
  // Logged episodes come in an order of chance, whatever has been learned.
  if (reward.values.length === 0 || run.isLogged) return undefined;
  const end = Math.max(played, reward.at.at(-1)! + 1);
  const size = windowSize(end, episodesPerRound);
  const marks = [...new Set(references.first.map(({ episodes }) => episodes))].map((x) => ({
    x,
    about: `references moved after ${count(x)} episodes`,
  }));
  const chart = (name: string, series: Series): Chart => ({
    label: `${name} by episode, from ${describe(windowsOf(series, size))}`,
    kind: "line",
    points: windowsOf(series, size).map(pointOf),
    end,
    unit: "episodes",
    marks,
  });
  const main = chart("Reward", reward);
  const hasBand = [reward, ...metrics.values()].some((series) =>
    windowsOf(series, size).some(({ interval }) => interval !== undefined),
  );
  const band = hasBand
    ? html`, and the band is their 95&nbsp;% interval (Student’s t)`
    : ", too few of them for an interval";
  const small = [...metrics].slice(0, MOST_METRICS).map(([name, series]) => {
    const last = windowsOf(series, size).at(-1)!;
    return html`<figure><figcaption>${shortened(name, 60)} <span>${figure(last.value)} in the end</span></figcaption>${drawChart(chart(name, series), { width: 330, height: 190 })}</figure>`;
  });
  const moved = marks.length === 0 ? undefined : html` Dashed lines mark where the agents’ references moved.`;
  const unused = monitoring
    ? " They are there to be looked at: nothing was learned from rewards and metrics."
    : "";
  return html`<section id="curves">
<h2>What it earned</h2>
<p class="about">Every episode was played greedily before anything was learned from it, so this is a measure of questions not yet seen in the first pass over the data. Points are means over ${count(size)} episodes${band}.${unused}${moved}</p>
<figure class="hero"><figcaption>Reward</figcaption>
<div class="wide">${drawChart(main, { width: 1040, height: 300 })}</div>
<div class="narrow">${drawChart(main, { width: 340, height: 230 })}</div>
</figure>
<div class="charts">${small}</div>
</section>`;
}

function pointOf({ from, to, value, interval, count: of }: Window) {
  const range =
    interval === undefined ? "" : ` [${figure(interval[0])}, ${figure(interval[1])}], 95 % interval`;
  const about = `episodes ${count(from + 1)} to ${count(to + 1)}: ${figure(value)}${range}, ${count(of)} figures`;
  return { x: (from + to + 1) / 2, y: value, interval, about };
}

function describe(windows: readonly Window[]): string {
  return `${figure(windows[0]!.value)} to ${figure(windows.at(-1)!.value)}`;
}

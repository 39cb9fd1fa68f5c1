import { type Chart, drawChart } from "../chart.js";
import { count, figure, type Html, html, shortened, signed } from "../html.js";
import type { Evaluation, RunSummary } from "../run-summary.js";

/** Standard errors to each side of a mean that make its 95 % interval. */
const NORMAL = 1.96;
const MOST_METRICS = 24;

/** How the flow did on questions from which nothing was learned. */
export function evaluations({ evaluations: all, endedBy, played }: RunSummary): Html | undefined {
  const last = all.at(-1);
  if (last === undefined) return undefined;
  const end = Math.max(1, played, last.episodes);
  const best = all.findLast((each) => each.best);
  const marks = best === undefined ? [] : [{ x: best.episodes, about: `the best evaluation, ${when(best)}` }];
  const chart = (
    name: string,
    of: (each: Evaluation) => Pick<Evaluation, "reward" | "error"> | undefined,
  ): Chart => ({
    label: `${name} on held-out questions by episode`,
    kind: "line",
    points: thinned(all).flatMap((each) => {
      const found = of(each);
      return found?.reward === undefined ? [] : [pointOf(each, found.reward, found.error)];
    }),
    end,
    unit: "episodes",
    marks,
  });
  const main = chart("Reward", (each) => each);
  const names = [...new Set(all.flatMap(({ metrics }) => [...metrics.keys()]))].slice(0, MOST_METRICS);
  const small = names.map((name) => {
    const of = (each: Evaluation) => {
      const reward = each.metrics.get(name);
      return reward === undefined ? undefined : { reward, error: undefined };
    };
    return html`<figure><figcaption>${shortened(name, 60)}</figcaption>${drawChart(chart(name, of), { width: 330, height: 190 })}</figure>`;
  });
  const ended =
    endedBy === "evaluations" ? " The run ended early, since none after the best one was better." : "";
  const marked =
    best?.reward === undefined
      ? ""
      : ` The dashed line marks the best one: reward ${figure(best.reward)} ${when(best)}${against(best.reward, all[0]!.reward)}.`;
  return html`<section id="evaluations">
<h2>Held-out questions</h2>
<p class="about">${count(all.length)} evaluations on ${count(last.tasks)} questions from which nothing is learned, the same each time. The band is the 95&nbsp;% interval of each mean; of a difference between two evaluations it says less, since the questions are the same.${marked}${ended}</p>
<figure class="hero"><figcaption>Reward</figcaption>
<div class="wide">${drawChart(main, { width: 1040, height: 260 })}</div>
<div class="narrow">${drawChart(main, { width: 340, height: 230 })}</div>
</figure>
<div class="charts">${small}</div>
</section>`;
}

/** So many points a curve has at most: those that are left lie evenly, the best and the last among them. */
const MOST_POINTS = 200;

function thinned(all: readonly Evaluation[]): readonly Evaluation[] {
  const step = Math.ceil(all.length / MOST_POINTS);
  const best = all.findLastIndex((each) => each.best);
  return all.filter((_, i) => i % step === 0 || i === best || i === all.length - 1);
}

function when({ rounds }: Pick<Evaluation, "rounds">): string {
  return rounds === 0 ? "before the first round" : `after round ${count(rounds)}`;
}

function against(best: number, first: number | undefined): string {
  return first === undefined ? "" : `, ${signed(best - first)} against the first`;
}

function pointOf({ episodes, rounds, tasks, lost }: Evaluation, reward: number, error: number | undefined) {
  const broke = lost === 0 ? "" : `, ${count(lost)} of which broke`;
  return {
    x: episodes,
    y: reward,
    interval: error === undefined ? undefined : ([reward - NORMAL * error, reward + NORMAL * error] as const),
    about: `${when({ rounds })}: ${figure(reward)} on ${count(tasks)} questions${broke}`,
  };
}

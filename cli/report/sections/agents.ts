import { type Chart, drawChart } from "../chart.js";
import { fieldsOf, textOf } from "../fields.js";
import { count, figure, type Html, html, signed } from "../html.js";
import { isPaired, weighsOutputs } from "../paired.js";
import type { AgentRound, RunSummary } from "../run-summary.js";
import { type AgentWindow, agentWindows, weighted } from "../windows.js";

const SIZE = { width: 330, height: 180 };

/** What each agent learned from, and how far it has come. */
export function agents(run: RunSummary): Html | undefined {
  if (run.agents.size === 0) return undefined;
  const about = weighsOutputs(run)
    ? "Outputs of an agent are weighed by themselves, by how much more or less reward their episodes came to than could be expected, or because they are right. Loss is before the last step of a round. Advantage is by how many nats the adapter has moved them the way they should go, from the reference on."
    : `A pair prefers one output of an agent to another at one place, because ${WHY[sourceOf(run)]}. Loss is the preference loss, weighted by ${WEIGHT[sourceOf(run)]}, before the last step of a round. Advantage is by how many nats the adapter favours the better output more than the reference does.`;
  return html`<section id="agents">
<h2>Agents</h2>
<p class="about">${about}</p>
${[...run.agents].map(([name, rounds]) => agent(name, rounds, run))}
</section>`;
}

type Source = "reward" | "comparator" | "feedback";

const WHY: Readonly<Record<Source, string>> = {
  reward: "the episode went on to a higher reward",
  comparator: "a comparator preferred the episode that it led to",
  feedback: "the episode that it led to was graded higher",
};
const WEIGHT: Readonly<Record<Source, string>> = {
  reward: "the gap in reward",
  comparator: "1 each",
  feedback: "the gap in grades",
};

/** Who said which of two outputs was better. */
function sourceOf({ settings }: RunSummary): Source {
  const kind = textOf(fieldsOf(settings, "preferences"), "kind");
  return kind === "comparator" || kind === "feedback" ? kind : "reward";
}

function agent(name: string, rounds: readonly AgentRound[], run: RunSummary): Html {
  if (rounds.length === 0) {
    return html`<article class="agent"><h3>${name}</h3><p class="about">No pair so far: nothing that was tried in its place made a difference.</p></article>`;
  }
  const windows = agentWindows(rounds, run.played, run.episodesPerRound);
  const curve = (what: string, of: (window: AgentWindow) => number | undefined): Chart => ({
    label: `${what} of ${name} by episode`,
    kind: "line",
    points: windows.flatMap((window) => {
      const value = of(window);
      const about = `up to episode ${count(window.episodes)}: ${value === undefined ? "" : figure(value)}`;
      return value === undefined ? [] : [{ x: window.episodes, y: value, about }];
    }),
    end: run.played,
    unit: "episodes",
  });
  const what = isPaired(rounds) ? "Pairs" : "Outputs";
  const bars: Chart = {
    label: `${what} of ${name} by episode`,
    kind: "bars",
    points: windows.map(({ episodes, pairs }) => ({
      x: episodes,
      y: pairs,
      about: `up to episode ${count(episodes)}: ${count(pairs)} ${what.toLowerCase()}`,
    })),
    end: run.played,
    unit: "episodes",
  };
  return html`<article class="agent"><h3>${name}</h3>
<p class="about">${facts(rounds, sourceOf(run))}</p>
<div class="charts">
<figure><figcaption>${what} <span>${count(total(rounds))} in all</span></figcaption>${drawChart(bars, SIZE)}</figure>
<figure><figcaption>Loss ${lastOf(rounds, ({ loss }) => loss, figure)}</figcaption>${drawChart(
    curve("Loss", ({ loss }) => loss),
    SIZE,
  )}</figure>
<figure><figcaption>Advantage, nats ${lastOf(rounds, ({ advantage }) => advantage, signed)}</figcaption>${drawChart(
    curve("Advantage", ({ advantage }) => advantage),
    SIZE,
  )}</figure>
</div></article>`;
}

function total(rounds: readonly AgentRound[]): number {
  return rounds.reduce((sum, { pairs }) => sum + pairs, 0);
}

function lastOf(
  rounds: readonly AgentRound[],
  of: (round: AgentRound) => number | undefined,
  show: (value: number) => string,
): Html | undefined {
  const value = rounds.map(of).findLast((each) => each !== undefined);
  return value === undefined ? undefined : html`<span>${show(value)} in the last round</span>`;
}

function facts(rounds: readonly AgentRound[], source: Source): string {
  const pairs = total(rounds);
  const paired = isPaired(rounds);
  const won = rounds.reduce((sum, { greedyWon = 0 }) => sum + greedyWon, 0);
  const gap = weighted(rounds, ({ gap }) => gap) ?? 0;
  const accuracy = rounds.findLast((round) => round.accuracy !== undefined)?.accuracy;
  const move = rounds.reduce((most, { largestMove }) => Math.max(most, largestMove), 0);
  const right =
    accuracy === undefined
      ? []
      : paired
        ? [`the better output favoured in ${(100 * accuracy).toFixed(0)} % of its last pairs`]
        : [`${(100 * accuracy).toFixed(0)} % of its last outputs went the way they should`];
  const compared = paired
    ? [
        `the greedy output won ${pairs === 0 ? 0 : ((100 * won) / pairs).toFixed(0)} % of its pairs`,
        ...(source === "comparator"
          ? []
          : [`mean gap in ${source === "reward" ? "reward" : "grades"} ${figure(gap)}`]),
      ]
    : [`mean size of an output’s advantage ${figure(gap)}`];
  return [...compared, ...right, `largest step of a parameter ${move.toPrecision(2)}`].join(" · ");
}

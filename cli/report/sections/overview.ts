import { duration } from "../../progress.js";
import { numberOf } from "../fields.js";
import { count, figure, type Html, html, plain, signed } from "../html.js";
import { weighsOutputs } from "../paired.js";
import type { RunState, RunSummary } from "../run-summary.js";
import { changeOf, windowSize } from "../windows.js";

const STATES: Readonly<Record<RunState, string>> = {
  complete: "complete",
  running: "running",
  interrupted: "interrupted",
};

/** What the run is, where it stands, and the figures that one asks for first. */
export function overview(run: RunSummary, name: string): Html {
  const { state, flow, played, episodes, rounds, alarms, lost } = run;
  const far = played === episodes ? count(episodes) : `${count(played)} of ${count(episodes)}`;
  return html`<header>
<h1>${flow}</h1>
<p><span class="state ${state}">${STATES[state]}</span> <span>${far} episodes in ${count(rounds)} rounds</span> <span class="mono">${name}</span></p>
</header>
${notices(run)}
<dl class="figures">
${reward(run)}
${heldOut(run)}
${learned(run)}
${saved(run)}
${time(run)}
${box("Alarms, lost", `${count(alarms.count)}, ${count(lost.count)}`, "told below")}
</dl>`;
}

function box(title: string, value: string, note: string, className = ""): Html {
  return html`<div class="${className}"><dt>${title}</dt><dd>${value}<small>${note}</small></dd></div>`;
}

function notices({ state, outOfTime, rounds, endedBy, settings }: RunSummary): Html | undefined {
  if (state === "complete") {
    if (endedBy !== "tokens") return undefined;
    return html`<p class="notice">The run is complete: it has spent the ${count(numberOf(settings, "tokens") ?? 0)} tokens that the settings allow.</p>`;
  }
  const what =
    state === "running"
      ? "The run goes on; this is how far it had come when the page was written."
      : outOfTime
        ? "The time that the settings allow is over. flowc train --resume goes on for as long again."
        : "The run was interrupted, or killed. flowc train --resume goes on from its last checkpoint.";
  const none = rounds === 0 ? " No round is over yet, so there is little to show." : "";
  return html`<p class="notice">${what}${none}</p>`;
}

function reward(run: RunSummary): Html {
  const { values } = run.reward;
  const title = run.isLogged ? "Logged reward" : run.monitoring ? "Reward (monitoring)" : "Reward";
  if (values.length === 0)
    return box(title, "–", run.played === 0 ? "no episode yet" : "none is known", "main");
  if (run.isLogged)
    return box(title, figure(meanOf(values)), "of whoever was logged, not of what was learned", "main");
  // The first and the last fifth of a long run, without overlap in a short one.
  const size = Math.min(
    Math.floor(values.length / 2),
    Math.max(windowSize(values.length, run.episodesPerRound), Math.round(values.length / 5)),
  );
  const [first, last] = [values.slice(0, size), values.slice(values.length - size)];
  const change = changeOf(first, last);
  if (change?.interval === undefined)
    return box(title, figure(meanOf(values)), "mean of all episodes", "main");
  const [low, high] = change.interval;
  const range = `[${plain(low)}, ${plain(high)}]`;
  const note = `${signed(change.value)} ${range}: the last ${count(size)} episodes against the first`;
  return box(title, `${figure(meanOf(first))} → ${figure(meanOf(last))}`, note, "main");
}

function heldOut({ evaluations }: RunSummary): Html | undefined {
  const [first] = evaluations;
  const best = evaluations.findLast((each) => each.best);
  if (first?.reward === undefined || best?.reward === undefined) return undefined;
  const value = `${figure(first.reward)} → ${figure(best.reward)}`;
  const when =
    best.rounds === 0 ? "none was better than the first" : `best after round ${count(best.rounds)}`;
  return box("Held out", value, `${when}, ${count(best.tasks)} questions`, "main");
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function learned(run: RunSummary): Html {
  return weighsOutputs(run)
    ? box("Outputs", count(run.pairs), "weighed by themselves")
    : box("Pairs", count(run.pairs), `${count(run.ties)} ties gave none`);
}

/** Undefined where no call was needed, as of logged episodes. */
function saved({ totals }: RunSummary): Html | undefined {
  const made = totals.get("calls") ?? 0;
  const all =
    made +
    ["savedByPrefix", "savedByMemo", "savedByRejoin"].reduce((sum, key) => sum + (totals.get(key) ?? 0), 0);
  if (all === 0) return undefined;
  const share = `${((100 * (all - made)) / all).toFixed(0)} %`;
  return box("Calls saved", share, `${count(made)} made of ${count(all)}`);
}

function time({ times, played }: RunSummary): Html {
  const seconds = ["playSeconds", "deviateSeconds", "learnSeconds"].reduce(
    (sum, name) => sum + (times.get(name) ?? 0),
    0,
  );
  const rate = seconds === 0 ? "not kept" : `${Number((played / seconds).toPrecision(2))} episodes a second`;
  return box("Time", duration(seconds), rate);
}

import { duration } from "../../progress.js";
import { count, type Html, html } from "../html.js";
import type { RunSummary } from "../run-summary.js";

const PARTS = [
  { name: "calls", className: "made", what: "made" },
  { name: "savedByPrefix", className: "prefix", what: "saved: they lie before a fork, which keeps its past" },
  { name: "savedByMemo", className: "memo", what: "saved: asked and answered before" },
  {
    name: "savedByRejoin",
    className: "rejoin",
    what: "saved: after a state from which another rollout had gone on",
  },
] as const;

const WIDTH = 1000;

/** What the search did, what it had not to do, and what it took. */
export function calls({ totals, times, memory, deviations, preferences }: RunSummary): Html | undefined {
  const parts = PARTS.map((part) => ({ ...part, value: totals.get(part.name) ?? 0 }));
  const all = parts.reduce((sum, { value }) => sum + value, 0);
  if (all === 0) return undefined;
  const starts = parts.map((_, i) => parts.slice(0, i).reduce((sum, { value }) => sum + value, 0));
  const share = (value: number) => `${((100 * value) / all).toFixed(1)} %`;
  const rows: readonly (readonly [name: string, value: string])[] = [
    ["Deviations played", count(deviations)],
    ["Prompt tokens", count(totals.get("prompted") ?? 0)],
    ...fromCache(times),
    ["Tokens written", count(totals.get("decoded") ?? 0)],
    ...optional(totals, "effects", "Effects done"),
    ...optional(totals, "savedEffects", "Effects known before"),
    ...optional(preferences, "asked", "Asked of an evaluator"),
    ...optional(preferences, "known", "Known to it before"),
    ...optional(preferences, "disagreed", "Decided by the order"),
    ...optional(preferences, "failed", "It broke on"),
    ...optional(preferences, "calls", "Calls of its judges, among those above"),
    ["Playing", duration(times.get("playSeconds") ?? 0)],
    ["Trying other outputs", duration(times.get("deviateSeconds") ?? 0)],
    ["Learning", duration(times.get("learnSeconds") ?? 0)],
    ...(memory === undefined ? [] : [["Most memory", `${(memory / 1e6).toFixed(0)} MB`] as const]),
  ];
  return html`<section id="calls">
<h2>Calls saved</h2>
<p class="about">${count(all)} calls of agents would be needed if every deviation were played from the start. A call is one prompt that is answered.</p>
<svg class="stack" viewBox="0 0 ${WIDTH} 10" preserveAspectRatio="none" role="img" aria-label="calls made and saved">
${parts.map(
  ({ className, value, what }, i) =>
    html`<rect class="${className}" x="${((WIDTH * starts[i]!) / all).toFixed(2)}" width="${((WIDTH * value) / all).toFixed(2)}" height="10"><title>${count(value)} ${what}</title></rect>`,
)}
</svg>
<ul class="legend">${parts.map(
    ({ className, value, what }) =>
      html`<li><svg viewBox="0 0 10 10"><rect class="${className}" width="10" height="10" rx="2"/></svg>${count(value)} (${share(value)}) ${what}</li>`,
  )}</ul>
<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</section>`;
}

function fromCache(times: ReadonlyMap<string, number>): readonly (readonly [string, string])[] {
  const reused = times.get("reused") ?? 0;
  const prefilled = times.get("prefilled") ?? 0;
  if (reused + prefilled === 0) return [];
  return [
    ["… taken from the model’s cache", `${((100 * reused) / (reused + prefilled)).toFixed(0)} %`],
  ] as const;
}

function optional(
  totals: ReadonlyMap<string, number>,
  name: string,
  title: string,
): readonly (readonly [string, string])[] {
  const value = totals.get(name);
  return value === undefined ? [] : [[title, count(value)]];
}

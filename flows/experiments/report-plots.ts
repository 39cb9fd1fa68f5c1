import type { AdapterGain } from "./alone.js";
import type { Arm, Part } from "./arms.js";
import { type Curve, drawCurves, drawPanels } from "./plot.js";
import { drawIntervals } from "./plot-intervals.js";
import type { Difference, Runs } from "./statistics.js";

/** Names of the figures, which stand beside the page as `images/NAME.svg`. */
export type PlotName = Part | "half-budget" | "claims" | `alone-${string}`;

/** What smaller budgets are compared with, which is as the first core arm but for its tokens. */
const HALF = "half-budget";
const UNIT = "reward of monitoring questions, over model tokens";

/** All figures of a report, as SVG; those that there is nothing for are left out. */
export function plotsOf(
  arms: readonly Arm[],
  runs: ReadonlyMap<string, Runs>,
  differences: readonly Difference[],
  adapters: readonly { readonly name: string; readonly gains: readonly AdapterGain[] }[],
): ReadonlyMap<PlotName, string> {
  const curves = new Map(
    arms.flatMap(({ name }): readonly (readonly [string, Curve])[] => {
      const lines = [...runs.get(name)!.values()].filter(({ curve }) => curve.length > 0);
      if (lines.length === 0) return [];
      const points = lines.map(({ curve }) => curve.map(({ tokens, reward }) => [tokens, reward] as const));
      return [[name, { name, runs: points }]];
    }),
  );
  const core = (part: Part) =>
    Math.max(...arms.filter((arm) => arm.part === part).map(({ tokens }) => tokens));
  const plots = new Map<PlotName, string>();
  for (const part of ["answerable", "full"] as const) {
    const found = arms
      // The same settings with other seeds would be the same curve once more.
      .filter((arm) => arm.part === part && arm.tokens === core(part) && arm.seeds === undefined)
      .flatMap(({ name }) => curves.get(name) ?? []);
    const label = `Mean reward of monitoring questions of the ${part} part, over model tokens`;
    if (found.length > 0) plots.set(part, drawCurves(label, UNIT, found));
  }
  const panels = arms.flatMap(({ name, part, base, tokens }) => {
    const curve = curves.get(name);
    if (curve === undefined || tokens === core(part)) return [];
    const other = name === HALF || base !== "saturated" ? undefined : curves.get(HALF);
    return [{ title: name, curves: [curve], ...(other === undefined ? {} : { other }) }];
  });
  const label = `Mean reward of monitoring questions with half the budget, over model tokens; dashed is ${HALF}`;
  if (panels.length > 0) plots.set("half-budget", drawPanels(label, UNIT, panels));
  for (const { name, gains } of adapters) {
    const rows = gains.flatMap(({ agent = "all", answer }) =>
      answer === undefined ? [] : [{ name: agent, value: answer.mean, interval: answer.interval(0.95) }],
    );
    const about = `Gain in answer F1 by the adapters of ${name}, switched on one at a time`;
    if (rows.length > 0) plots.set(`alone-${name}`, drawIntervals(about, "gain in answer F1", rows));
  }
  const claims = differences.flatMap(({ comparison: { name, above }, found }) =>
    found === null ? [] : [{ name, value: found.diff, interval: found.ci, bound: above }],
  );
  const about = "Differences that claims are about, with corrected intervals";
  if (claims.length > 0) plots.set("claims", drawIntervals(about, "difference", claims));
  return plots;
}

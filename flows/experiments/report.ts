import { count, plain, signed } from "../../cli/report/html.js";
import type { Resampled } from "../../runtime/simulator/index.js";
import { type AdapterGain, adapterGains } from "./alone.js";
import type { Arm, Part } from "./arms.js";
import { told } from "./choose-questions.js";
import type { Comparison, Family } from "./comparisons.js";
import { type PlotName, plotsOf } from "./report-plots.js";
import { type Difference, differencesOf, meanOf, type Runs } from "./statistics.js";
import type { Summary } from "./summary.js";
import { inWords } from "./words.js";

/** What the summaries come to. */
export interface Report {
  /** Tables in Markdown. */
  readonly text: string;
  /** SVG by file name. */
  readonly plots: ReadonlyMap<string, string>;
  readonly results: Results;
}

/** The same figures for programs: `results.json`. */
export interface Results {
  readonly arms: readonly {
    readonly name: string;
    readonly part: Part;
    readonly seeds: readonly number[];
    /** Mean of the runs; null without any, as are all figures. */
    readonly tokens: number | null;
    readonly answer_f1: number | null;
    readonly answer_em: number | null;
    readonly support_f1: number | null;
    /** Of answer F1, 95 %. */
    readonly ci: readonly [number, number] | null;
    /** Of the Full part alone. */
    readonly grouped_answer_f1?: number | null;
    readonly grouped_support_f1?: number | null;
    readonly sufficiency?: number | null;
  }[];
  readonly differences: readonly {
    readonly name: string;
    readonly claim: string;
    readonly metric: string;
    readonly above: number;
    readonly diff: number | null;
    readonly ci: readonly [number, number] | null;
    /** Corrected within its family. */
    readonly p: number | null;
    readonly family: Family;
    readonly holds: boolean | null;
  }[];
}

const PARTS: Readonly<Record<Part, string>> = { answerable: "Answerable", full: "Full" };
const FAMILIES: Readonly<Record<Family, string>> = {
  beforehand: "What was claimed beforehand",
  later: "What was asked once figures had been seen",
  again: "What of it was claimed again, before runs with other seeds",
};
const METRICS = ["answer_f1", "answer_em", "support_f1"] as const;
const GROUPED = "group_answer_sufficiency_f1";
const FULL_METRICS = ["sufficiency", GROUPED, "group_support_sufficiency_f1"] as const;

/** Of arms by name, by metric; undefined of what has no runs. */
type Means = ReadonlyMap<string, ReadonlyMap<string, Resampled | undefined>>;

/** Arms among which a setting was chosen, and the finished runs of them. */
export interface Tuned {
  readonly title: string;
  readonly arms: readonly Arm[];
  readonly summaries: readonly Summary[];
}

/** @param summaries of finished runs of these arms */
export function reportOf(
  arms: readonly Arm[],
  comparisons: readonly Comparison[],
  summaries: readonly Summary[],
  tuned: readonly Tuned[] = [],
): Report {
  const runs = new Map(
    arms.map(({ name }): [string, Runs] => {
      const own = summaries.filter(({ arm }) => arm.name === name).sort((a, b) => a.seed - b.seed);
      return [name, new Map(own.map((summary) => [summary.seed, summary]))];
    }),
  );
  const means: Means = new Map(
    arms.map(({ name, part }) => [
      name,
      new Map(metricsOf(part).map((metric) => [metric, meanOf(runs.get(name)!, metric)])),
    ]),
  );
  const gains = adapterGains(arms, runs);
  const differences = differencesOf(comparisons, runs);
  const parts = (["answerable", "full"] as const).filter((part) => arms.some((arm) => arm.part === part));
  const plots = plotsOf(arms, runs, differences, gains);
  const shown = (name: PlotName, about: string) =>
    plots.has(name) ? [`![${about}](images/${fileOf(name)})`] : [];
  const text = [
    ...parts.flatMap((part) => [
      `### ${PARTS[part]}`,
      armTable(
        arms.filter((arm) => arm.part === part),
        runs,
        means,
      ),
      ...shown(part, "Reward of monitoring questions over model tokens"),
      ...(part === "answerable"
        ? shown("half-budget", "Reward of monitoring questions with half the budget; dashed is half-budget")
        : []),
    ]),
    ...Object.entries(FAMILIES).flatMap(([family, title]) => {
      const own = differences.filter(({ comparison }) => comparison.family === family);
      return own.length === 0 ? [] : [`### ${title}`, differenceTable(own)];
    }),
    ...shown("claims", "Differences with corrected intervals; a dashed mark is a bound other than zero"),
    ...gains.flatMap(({ name, gains }) => [
      `### Adapters of \`${name}\`, switched on one at a time`,
      gainTable(gains),
      ...shown(`alone-${name}`, `Gains in answer F1 by single adapters of ${name}`),
    ]),
    ...toldSections(arms, runs),
    ...tuned.flatMap(tuningSection),
  ].join("\n\n");
  const files = new Map([...plots].map(([name, svg]) => [fileOf(name), svg]));
  return { text, plots: files, results: resultsOf(arms, runs, means, differences) };
}

function fileOf(name: PlotName): string {
  return `experiments-${name}.svg`;
}

function metricsOf(part: Part): readonly string[] {
  return part === "full" ? [...METRICS, ...FULL_METRICS] : METRICS;
}

function armTable(arms: readonly Arm[], runs: ReadonlyMap<string, Runs>, means: Means): string {
  const metrics = metricsOf(arms[0]!.part);
  const names: Readonly<Record<string, string>> = {
    answer_f1: "answer F1",
    answer_em: "answer EM",
    support_f1: "support F1",
    sufficiency: "sufficiency",
    [GROUPED]: "grouped answer F1",
    group_support_sufficiency_f1: "grouped support F1",
  };
  return table(
    ["arm", "what it is", "seeds", "tokens", "judged", ...metrics.map((metric) => names[metric]!)],
    arms.map(({ name, what }) => {
      const own = runs.get(name)!;
      const all = [...own.values()];
      if (all.length === 0) return [`\`${name}\``, what, "missing", "", "", ...metrics.map(() => "")];
      const seeds = all[0]!.arm.settings === null ? "none needed" : [...own.keys()].join(", ");
      return [
        `\`${name}\``,
        what,
        seeds,
        count(mean(all.map(tokensOf))),
        // Whoever goes by preferences judges nothing that is learned from.
        all[0]!.arm.settings?.preferences === undefined
          ? count(mean(all.map(({ judged }) => judged)))
          : "none",
        ...metrics.map((metric) => withInterval(means.get(name)!.get(metric), plain)),
      ];
    }),
  );
}

function differenceTable(differences: readonly Difference[]): string {
  return table(
    ["claim", "difference", "of", "value", "corrected p", "holds"],
    differences.map(({ comparison: { name, claim, metric, above }, found }) => {
      const said = above === 0 ? name : `${name} > ${plain(above)}`;
      if (found === null) return [claim, said, metric, "missing", "", ""];
      const { diff, ci, p, holds } = found;
      return [claim, said, metric, interval(diff, ci, signed), p.toFixed(4), holds ? "yes" : "no"];
    }),
  );
}

/** What each of the arms that a setting was chosen among came to on the monitoring part. */
function tuningSection({ title, arms, summaries }: Tuned): readonly string[] {
  const rows = arms.map(({ name, what }) => {
    const found = summaries.find(({ arm }) => arm.name === name);
    if (found === undefined) return [`\`${name}\``, what, "missing", "", ""];
    const { answer_f1: answer = [], support_f1: support = [] } = found.evaluation.columns;
    const both = mean(answer) + mean(support) / 2;
    return [`\`${name}\``, what, plain(mean(answer)), plain(mean(support)), plain(both)];
  });
  const head = ["arm", "what it is", "answer F1", "support F1", "answer F1 + half of support F1"];
  return [`### ${title}, on the monitoring part`, table(head, rows)];
}

function gainTable(gains: readonly AdapterGain[]): string {
  return table(
    ["adapter", "gain in answer F1", "gain in support F1"],
    gains.map(({ agent, answer, support }) => [
      agent === undefined ? "all" : `\`${agent}\``,
      withInterval(answer, signed),
      withInterval(support, signed),
    ]),
  );
}

/** Episodes before and after, in words. */
function toldSections(arms: readonly Arm[], runs: ReadonlyMap<string, Runs>): readonly string[] {
  return told.flatMap(({ before, after }) => {
    const run = [...(runs.get(after)?.values() ?? [])].find((each) => each.told !== undefined);
    if (run?.told === undefined || run.told.length === 0) return [];
    const { part } = arms.find(({ name }) => name === after)!;
    const metric = part === "full" ? "grouped answer F1" : "answer F1";
    return [
      `### ${PARTS[part]}: episodes before and after, in words`,
      `Of \`${before}\` and of seed ${run.seed} of \`${after}\`: the question whose ${metric} gained most, the one that lost most, and of those with equal answers the one whose support F1 changed most; of equal ones that whose id has the smallest SHA-256.`,
      inWords(run.told),
    ];
  });
}

function resultsOf(
  arms: readonly Arm[],
  runs: ReadonlyMap<string, Runs>,
  means: Means,
  differences: readonly Difference[],
): Results {
  return {
    arms: arms.map(({ name, part }) => {
      const own = runs.get(name)!;
      const all = [...own.values()];
      const [f1, em, support] = METRICS.map((metric) => means.get(name)!.get(metric));
      return {
        name,
        part,
        seeds: [...own.keys()],
        tokens: all.length === 0 ? null : Math.round(mean(all.map(tokensOf))),
        answer_f1: rounded(f1?.mean),
        answer_em: rounded(em?.mean),
        support_f1: rounded(support?.mean),
        ci: f1 === undefined ? null : both(f1.interval(0.95)),
        ...(part === "full" ? fullFigures(means.get(name)!) : {}),
      };
    }),
    differences: differences.map(({ comparison: { name, claim, metric, above, family }, found }) => ({
      name,
      claim,
      metric,
      above,
      diff: rounded(found?.diff),
      ci: found === null ? null : both(found.ci),
      p: rounded(found?.p),
      family,
      holds: found?.holds ?? null,
    })),
  };
}

function fullFigures(means: ReadonlyMap<string, Resampled | undefined>) {
  const of = (metric: string) => rounded(means.get(metric)?.mean);
  return {
    grouped_answer_f1: of(GROUPED),
    grouped_support_f1: of("group_support_sufficiency_f1"),
    sufficiency: of("sufficiency"),
  };
}

function tokensOf({ tokens: { rollouts, learning } }: Summary): number {
  return rollouts + learning;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Number(value.toFixed(4));
}

function both([low, high]: readonly [number, number]): readonly [number, number] {
  return [Number(low.toFixed(4)), Number(high.toFixed(4))];
}

function withInterval(found: Resampled | undefined, shown: (value: number) => string): string {
  return found === undefined ? "" : interval(found.mean, found.interval(0.95), shown);
}

function interval(
  value: number,
  [low, high]: readonly [number, number],
  shown: (value: number) => string,
): string {
  return `${shown(value)} [${plain(low)}, ${plain(high)}]`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

import type { Annotations } from "../../compiler/index.js";
import type { Credit, CreditReport, Estimate, SiteCredit } from "../../runtime/credit/index.js";
import type { TruncationCount } from "../../runtime/policy/prompts.js";

/** What `flowc credit --json` prints. */
export type CreditResult = { readonly flow: string } & CreditReport & {
    /** Episodes that broke, and deviations that did. */
    readonly lost: { readonly episodes: number; readonly deviations: number };
    /** The probability with which a choice point was tried, and what keyed the random numbers. */
    readonly share: number;
    readonly seed: number;
    /** Whether Ctrl-C ended it before all questions were done. */
    readonly interrupted: boolean;
    /** Agents that ran with an adapter. */
    readonly adapters: readonly string[];
    /** Prompts that did not fit into the model's context, and the tokens left out of them. */
    readonly truncated: TruncationCount;
    readonly calls: number;
    /** Calls that were not made: before forks, known ones, and after a known state was met. */
    readonly saved: { readonly prefix: number; readonly memo: number; readonly rejoin: number };
    readonly tokens: { readonly prefilled: number; readonly reused: number; readonly decoded: number };
    readonly seconds: number;
  };

/** A column of the table: what stands above it, and what it says of a row. */
type Column = readonly [title: string, cell: (credit: Credit) => string];

const COLUMNS: readonly Column[] = [
  ["headroom", ({ headroom }) => figure(headroom)],
  ["better", ({ better }) => figure(better)],
  ["worse", ({ worse }) => number(worse)],
  ["change", ({ change }) => signed(change)],
  ["most", ({ largest, tried }) => (tried === 0 ? "-" : largest.toFixed(3))],
  ["points", ({ points, tried }) => (points === tried ? `${points}` : `${tried} of ${points}`)],
  ["others", ({ others }) => `${others}`],
];

/** The figures for people: a table of sites, and one of agents where some agent has several sites. */
export function renderCredit(result: CreditResult): string {
  const { sites, agents, flow: name, all, reward, questions, seconds } = result;
  const whole = ["any of these", all] as const;
  const bySite = sites.map((site) => [site.site, site] as const);
  const byAgent = agents.map((agent) => [agent.agent, agent] as const);
  const hasSeveral = agents.length < sites.length;
  const lines = [
    `${name}: reward ${figure(reward)} over ${questions} questions`,
    "",
    ...table("site", hasSeveral ? bySite : [...bySite, whole]),
    ...(hasSeveral ? ["", ...table("agent", [...byAgent, whole])] : []),
    "",
    `headroom: what the best change of one output adds to an episode's reward; 95 % intervals over questions; ${seconds.toFixed(1)} s`,
  ];
  return `${lines.join("\n")}\n`;
}

function table(title: string, rows: readonly (readonly [name: string, credit: Credit])[]): readonly string[] {
  const cells = [
    [title, ...COLUMNS.map(([name]) => name)],
    ...rows.map(([name, credit]) => [name, ...COLUMNS.map(([, cell]) => cell(credit))]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
}

/** What the picture says at each site: the warmest is the one of the most headroom. */
export function annotationsOf({ sites, reward, questions }: CreditResult): Annotations {
  const most = Math.max(0, ...sites.map(({ headroom }) => headroom?.value ?? 0));
  return {
    caption: `headroom of each site, reward ${figure(reward)} over ${questions} questions`,
    sites: new Map(
      sites.map((site) => {
        const headroom = Math.max(0, site.headroom?.value ?? 0);
        return [site.site, { lines: linesOf(site), level: most === 0 ? 0 : headroom / most }];
      }),
    ),
  };
}

function linesOf({ headroom, better, points, tried }: SiteCredit): readonly string[] {
  if (headroom === null) return [points === 0 ? "no episode came here" : "nothing was tried here"];
  const share = better === null ? "-" : `${(100 * better.value).toFixed(0)} %`;
  return [`headroom ${figure(headroom)}`, `better at ${share} of ${tried} choice points`];
}

function figure(estimate: Estimate | null): string {
  if (estimate === null) return "-";
  const [low, high] = estimate.interval;
  return `${estimate.value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}

function number(estimate: Estimate | null): string {
  return estimate === null ? "-" : estimate.value.toFixed(3);
}

function signed(estimate: Estimate | null): string {
  return estimate === null ? "-" : `${estimate.value > 0 ? "+" : ""}${estimate.value.toFixed(3)}`;
}

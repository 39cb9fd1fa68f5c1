/** What is learned from, with which one flow file each goes. */
export type Part = "answerable" | "full";

/** The models that training begins with, folders of `flows/base`. */
export type Base = "weak" | "half" | "saturated";

/** One way to train, or not to train, that others are compared with. All of it is data: it decides what a run is. */
export interface Arm {
  readonly name: string;
  /** What it is, in words. */
  readonly what: string;
  readonly part: Part;
  readonly base: Base;
  /** What `flowc train` reads as its settings; null for a model that is not trained. */
  readonly settings: Readonly<Record<string, unknown>> | null;
  /** Model tokens that a run may take; 0 for one that is not trained. */
  readonly tokens: number;
  /** Agents that are trained one after another, with equal shares of the tokens; all at once by default. */
  readonly stages?: readonly string[];
  /** Whether the adapters are evaluated one at a time as well. */
  readonly alone?: true;
  /** What it is evaluated on, if not on the part that is reported. */
  readonly evaluated?: "monitor";
  /** Its own seeds, of an arm that runs another's settings again, instead of those that the queue is asked for. */
  readonly seeds?: readonly number[];
}

/** Budget of the arms that the question is about: at most 15 minutes a run on two cores. */
export const CORE_TOKENS = 2_000_000;

/** The task: rewards of answer and support, and a small cost for each paragraph that is collected. */
const task = { reward: { answer_f1: 1, answer_em: 0, support_f1: 0.5, hop_cost: 0.02 } };

const cocob = { kind: "cocob", alpha: 1000, clip: { norm: "inf", max: 1 } };
const adamw = { kind: "adamw", lr: 0.0003, clip: { norm: 2, max: 1 } };
const soft = { kind: "soft", every: 96, mix: 0.5, confidence: 1.645, gate: true };

const common = {
  ...task,
  // Tokens end a run; there are more episodes than they pay for.
  episodes: 1_000_000,
  episodes_per_round: 8,
  steps_per_round: 3,
  beta: 0.5,
  adapter: { rank: 8, alpha: 16 },
  evaluation: { every: 25, tasks: 100 },
};
const alternatives = { generate: 2, choose: "all", pick: 2 };
// Later steps of a round are not of the policy that drew its episodes (docs/algorithms.md), so policy gradients take one.
const gradients = { ...common, steps_per_round: 1, optimizer: cocob };
const deviations = { ...common, alternatives, optimizer: cocob, reference: soft };

// A soft reference goes by rewards.
const unrewarded = { ...deviations, reference: { kind: "off" }, allow_extern: ["./oracle.ts"] };
const preferences = "flows/examples/preferences";

const answerable = { part: "answerable", base: "saturated" } as const;
const full = { part: "full", base: "saturated" } as const;
const core = { ...answerable, tokens: CORE_TOKENS } as const;
const half = { ...answerable, tokens: CORE_TOKENS / 2 } as const;
const untrained = { settings: null, tokens: 0 } as const;

/** Those that are run with the seeds that the queue is asked for. */
const once: readonly Arm[] = [
  { name: "untrained", what: "the base as it is", ...answerable, ...untrained },
  {
    name: "deviations",
    what: "one-step deviations, DPO, COCOB",
    ...core,
    settings: deviations,
    alone: true,
  },
  {
    name: "episode-credit",
    what: "every call of a drawn episode gets the episode's score, against its group's",
    ...core,
    settings: { ...gradients, algorithm: { kind: "episode-credit" } },
  },
  {
    name: "leave-one-out",
    what: "policy gradient over outputs of one exact prefix, against the mean of the others",
    ...core,
    settings: { ...gradients, algorithm: { kind: "leave-one-out" } },
  },
  {
    name: "episode-credit-3",
    what: "as `episode-credit`, three steps a round, of which two are biased",
    ...core,
    settings: { ...common, algorithm: { kind: "episode-credit" }, optimizer: cocob },
  },
  {
    name: "leave-one-out-3",
    what: "as `leave-one-out`, three steps a round, of which two are biased",
    ...core,
    settings: { ...common, algorithm: { kind: "leave-one-out" }, optimizer: cocob },
  },
  {
    name: "deviations-no-gate",
    what: "as `deviations`, the reference moves after every window, better or not",
    ...core,
    settings: { ...deviations, reference: { ...soft, gate: false } },
  },
  {
    name: "deviations-adamw",
    what: "one-step deviations, DPO, AdamW at a rate that was tuned",
    ...core,
    settings: { ...deviations, optimizer: adamw },
  },
  {
    name: "supervised",
    what: "gold steps go on: an upper reference, no rival",
    ...core,
    settings: { ...common, algorithm: { kind: "supervised" }, optimizer: cocob },
  },
  { name: "full-untrained", what: "the base as it is", ...full, ...untrained },
  {
    name: "full-deviations",
    what: "one-step deviations, DPO, COCOB",
    ...full,
    tokens: CORE_TOKENS,
    settings: deviations,
  },
  {
    name: "full-episode-credit",
    what: "every call gets the episode's score",
    ...full,
    tokens: CORE_TOKENS,
    settings: { ...gradients, algorithm: { kind: "episode-credit" } },
  },
  {
    name: "full-episode-credit-3",
    what: "as `full-episode-credit`, three steps a round, of which two are biased",
    ...full,
    tokens: CORE_TOKENS,
    settings: { ...common, algorithm: { kind: "episode-credit" }, optimizer: cocob },
  },
  {
    name: "full-deviations-no-gate",
    what: "as `full-deviations`, the reference moves after every window, better or not",
    ...full,
    tokens: CORE_TOKENS,
    settings: { ...deviations, reference: { ...soft, gate: false } },
  },
  { name: "half-budget", what: "as `deviations`, half the tokens", ...half, settings: deviations },
  {
    name: "fixed-reference",
    what: "without the soft reference",
    ...half,
    settings: { ...deviations, reference: { kind: "off" } },
  },
  {
    name: "record-gate",
    what: "the reference moves after every window that is a record",
    ...half,
    settings: { ...deviations, reference: { ...soft, confidence: 0 } },
  },
  {
    name: "no-gate",
    what: "the reference moves after every window, better or not",
    ...half,
    settings: { ...deviations, reference: { ...soft, gate: false } },
  },
  {
    name: "comparator",
    what: "somebody who knows the answer compares two episodes, no reward",
    ...half,
    settings: {
      ...unrewarded,
      preferences: { kind: "comparator", flow: `${preferences}/oracle-compare.flow` },
    },
  },
  {
    name: "feedback",
    what: "somebody who knows the answer says of each episode how good it is, no reward",
    ...half,
    settings: {
      ...unrewarded,
      preferences: { kind: "feedback", flow: `${preferences}/oracle-feedback.flow` },
    },
  },
  {
    name: "self-feedback",
    what: "the base says of each episode what it makes of its documents; nobody knows the answer",
    ...half,
    settings: {
      ...deviations,
      reference: { kind: "off" },
      preferences: { kind: "feedback", flow: `${preferences}/self-feedback.flow` },
    },
  },
  {
    name: "single-sample",
    what: "one outcome of each input, no groups",
    ...half,
    settings: { ...gradients, algorithm: { kind: "single-sample" } },
  },
  {
    name: "single-sample-3",
    what: "as `single-sample`, three steps a round, of which two are biased",
    ...half,
    settings: { ...common, algorithm: { kind: "single-sample" }, optimizer: cocob },
  },
  {
    name: "one-at-a-time",
    what: "agents are trained one after another, a fifth of the tokens each",
    ...half,
    settings: deviations,
    stages: ["relevant", "enough", "query", "draft", "final"],
  },
  ...(["weak", "half"] as const).flatMap((base): readonly Arm[] => [
    { name: `${base}-untrained`, what: `the ${base} base as it is`, part: "answerable", base, ...untrained },
    { name: `${base}-deviations`, what: `from the ${base} base`, ...half, base, settings: deviations },
  ]),
];

/** Seeds that no arm had been run with when the claims about them were written down. */
const FRESH = [3, 4, 5, 6];

/** Arms that a claim made once figures had been seen is about, run again for that claim. */
const again: readonly Arm[] = ["deviations-no-gate", "deviations", "leave-one-out-3", "episode-credit-3"].map(
  (name) => {
    const { alone: _, ...arm } = once.find((arm) => arm.name === name)!;
    return { ...arm, name: `${name}-again`, what: `\`${name}\` with seeds of its own`, seeds: FRESH };
  },
);

/** All arms, those first that the question cannot do without. */
export const arms: readonly Arm[] = [...once, ...again];

/** Among which AdamW's rate was chosen, with one seed and half the budget, by the monitoring part. */
export const tuning: readonly Arm[] = [0.0001, 0.0003, 0.001, 0.003].map((lr) => ({
  name: `adamw-${lr}`,
  what: `one-step deviations, DPO, AdamW at ${lr}`,
  ...half,
  settings: { ...deviations, optimizer: { ...adamw, lr } },
  evaluated: "monitor",
}));

/** What a part is made of, as paths from the checkout: its flow, what is learned from, monitored on and reported. */
interface Files {
  readonly flow: string;
  /**
   * Which the flow is of those that this file has held, where there were several: what a run is lies in its text, which a run's
   * identity does not hold.
   */
  readonly version?: number;
  readonly train: string;
  readonly monitor: string;
  readonly report: string;
}

export const files: Readonly<Record<Part, Files>> = {
  answerable: {
    flow: "flows/musique-answerable.flow",
    train: "flows/data/train-apart.jsonl.gz",
    monitor: "flows/data/monitor-apart.jsonl.gz",
    report: "flows/data/report-apart.jsonl.gz",
  },
  full: {
    flow: "flows/musique-full.flow",
    // The second has a sufficiency agent of its own.
    version: 2,
    train: "flows/data/full-train-apart.jsonl.gz",
    monitor: "flows/data/full-monitor-apart.jsonl.gz",
    report: "flows/data/full-report-apart.jsonl.gz",
  },
};

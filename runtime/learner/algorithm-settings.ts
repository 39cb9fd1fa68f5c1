/** Where the training signal comes from, as settings spell it; `docs/algorithms.md` tells them apart. */
export type AlgorithmSettings =
  | DeviationsSettings
  | SupervisedSettings
  | EpisodeCreditSettings
  | LeaveOneOutSettings
  | SingleSampleSettings;

export interface DeviationsSettings {
  readonly kind: "deviations";
}

export interface SupervisedSettings {
  readonly kind: "supervised";
  /** Whether agents learn at the states to which gold outputs lead, or to which their own do. */
  readonly states: "gold" | "own";
}

export interface EpisodeCreditSettings {
  readonly kind: "episode-credit";
  /** Episodes drawn of each task. */
  readonly group: number;
  /** Whether credit is divided by the standard deviation of the group's rewards. */
  readonly standardize: boolean;
  readonly kl: boolean;
}

export interface LeaveOneOutSettings {
  readonly kind: "leave-one-out";
  /** Outputs drawn at each choice point. */
  readonly group: number;
  /** Whether the episodes, and what goes on from their choice points, are drawn or greedy. */
  readonly rollouts: "drawn" | "greedy";
  readonly kl: boolean;
}

export interface SingleSampleSettings {
  readonly kind: "single-sample";
  readonly loss: "reinforce" | "kto";
  /** What a reward counts in a site's baseline after another round. */
  readonly decay: number;
  /** Whether a site has a baseline for each kind of task. */
  readonly by_stratum: boolean;
  readonly kl: boolean;
  /** Of logged episodes: where the ratio of an output's probabilities, now and when it was drawn, is cut off. */
  readonly ratio_cap: number;
}

export const ALGORITHM_DEFAULTS = {
  deviations: { kind: "deviations" },
  supervised: { kind: "supervised", states: "gold" },
  "episode-credit": { kind: "episode-credit", group: 4, standardize: false, kl: false },
  "leave-one-out": { kind: "leave-one-out", group: 4, rollouts: "drawn", kl: false },
  "single-sample": {
    kind: "single-sample",
    loss: "reinforce",
    decay: 0.9,
    by_stratum: false,
    kl: false,
    ratio_cap: 2,
  },
} as const satisfies { readonly [K in AlgorithmSettings["kind"]]: AlgorithmSettings & { kind: K } };

export const algorithmSchema = {
  type: "object",
  additionalProperties: false,
  required: ["kind"],
  description: "Where the training signal comes from; deviations if nothing is said.",
  properties: {
    kind: { enum: ["deviations", "supervised", "episode-credit", "leave-one-out", "single-sample"] },
    states: {
      enum: ["gold", "own"],
      description: "supervised: agents learn where gold outputs lead, or where their own do.",
    },
    group: {
      type: "integer",
      minimum: 2,
      maximum: 1000,
      description: "episode-credit: episodes drawn of a task; leave-one-out: outputs of a choice point.",
    },
    standardize: {
      type: "boolean",
      description: "episode-credit: divide credit by the standard deviation of the group's rewards.",
    },
    rollouts: {
      enum: ["drawn", "greedy"],
      description: "leave-one-out: what outputs are put into, and how it goes on from them.",
    },
    loss: { enum: ["reinforce", "kto"], description: "single-sample" },
    decay: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 1,
      description: "single-sample: what a reward counts in a site's baseline after another round.",
    },
    by_stratum: {
      type: "boolean",
      description: "single-sample: a baseline for each site and kind of task.",
    },
    ratio_cap: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 1e9,
      description:
        "single-sample of logged episodes: where the ratio of an output's probabilities, now and when it was drawn, is cut off.",
    },
    kl: {
      type: "boolean",
      description: "Policy gradients: a penalty on leaving the reference, with factor beta.",
    },
  },
} as const;

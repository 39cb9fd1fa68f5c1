import type { AdamWOptions } from "./adamw.js";
import type { ProdigyOptions } from "./prodigy.js";

/** How an agent's gradient is bounded before the optimizer sees it. */
export type Clip =
  | "none"
  /** The whole gradient is scaled down to this norm. */
  | { readonly norm: "inf" | 2; readonly max: number }
  /** Every coordinate is cut to this size. */
  | { readonly value: number };

export interface CocobSettings {
  readonly kind: "cocob";
  readonly alpha: number;
  readonly clip: Clip;
}

export interface AdamWSettings extends AdamWOptions {
  readonly kind: "adamw";
  readonly clip: Clip;
}

export interface ProdigySettings extends ProdigyOptions {
  readonly kind: "prodigy";
  readonly clip: Clip;
}

export type OptimizerSettings = CocobSettings | AdamWSettings | ProdigySettings;

export const OPTIMIZER_DEFAULTS = {
  cocob: { kind: "cocob", alpha: 1000, clip: { norm: "inf", max: 1 } },
  adamw: {
    kind: "adamw",
    lr: 3e-3,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weight_decay: 0,
    clip: { norm: 2, max: 1 },
  },
  prodigy: {
    kind: "prodigy",
    // The paper has 1e-6, from which adapters take hundreds of steps to where they begin to change anything.
    d0: 1e-4,
    d_coef: 1,
    bias_correction: true,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weight_decay: 0,
    clip: { norm: 2, max: 1 },
  },
} as const satisfies Record<string, OptimizerSettings>;

export const optimizerSchema = {
  type: "object",
  additionalProperties: false,
  default: {},
  properties: {
    kind: { enum: ["cocob", "adamw", "prodigy"], default: "cocob" },
    alpha: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 1e9,
      description: "cocob: 1/alpha is the first bet.",
    },
    lr: { type: "number", exclusiveMinimum: 0, maximum: 100, description: "adamw: the learning rate." },
    d0: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 100,
      description: "prodigy: the first estimate of the distance to a solution.",
    },
    d_coef: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 1000,
      description: "prodigy: factor on later estimates.",
    },
    bias_correction: {
      type: "boolean",
      description: "prodigy: whether early steps are corrected for averages that began at 0.",
    },
    beta1: { type: "number", minimum: 0, exclusiveMaximum: 1, description: "adamw, prodigy" },
    beta2: { type: "number", minimum: 0, exclusiveMaximum: 1, description: "adamw, prodigy" },
    epsilon: { type: "number", exclusiveMinimum: 0, maximum: 1, description: "adamw, prodigy" },
    weight_decay: {
      type: "number",
      minimum: 0,
      maximum: 1,
      description: "adamw, prodigy: decoupled decay.",
    },
    clip: {
      description:
        "An agent's whole gradient is scaled so that its norm is at most `max`, or every coordinate is cut to `value`; `none` leaves it.",
      anyOf: [
        { const: "none" },
        {
          type: "object",
          additionalProperties: false,
          // One object of two forms, so that no key of the one is unknown to the other.
          oneOf: [{ required: ["norm", "max"] }, { required: ["value"] }],
          not: { required: ["norm", "value"] },
          properties: {
            norm: { enum: ["inf", 2] },
            max: { type: "number", exclusiveMinimum: 0, maximum: 1e9 },
            value: { type: "number", exclusiveMinimum: 0, maximum: 1e9 },
          },
        },
      ],
    },
  },
} as const;

import { algorithmSchema } from "./algorithm-settings.js";
import { optimizerSchema } from "./optimizer/settings.js";
import { preferencesSchema } from "./preferences/settings.js";

const count = (value: number, minimum = 1, maximum = 1_000_000_000) =>
  ({ type: "integer", minimum, maximum, default: value }) as const;

const positive = (value: number) =>
  ({ type: "number", exclusiveMinimum: 0, maximum: 1e9, default: value }) as const;

const share = (value: number) =>
  ({ type: "number", exclusiveMinimum: 0, maximum: 1, default: value }) as const;

const weight = (value: number) =>
  ({ type: "number", minimum: -1000, maximum: 1000, default: value }) as const;

const limit = (value: number | "all") =>
  ({ anyOf: [{ type: "integer", minimum: 0, maximum: 10_000 }, { const: "all" }], default: value }) as const;

/** JSON Schema (draft 7) of a training's settings file. Every value has a default; unknown keys are errors. */
export const settingsSchema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  $id: "flowc-train-settings",
  title: "Settings of flowc train",
  type: "object",
  additionalProperties: false,
  properties: {
    seed: { ...count(0, 0, 2 ** 31 - 1), description: "Keys every random number of the run." },
    episodes: { ...count(480), description: "Episodes to train for." },
    minutes: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 1e6,
      description: "The run ends at the first round boundary after so many minutes.",
    },
    tokens: {
      type: "integer",
      minimum: 1,
      maximum: 1e15,
      description:
        "The run ends at the first round boundary after so many tokens went through the model, in rollouts and in learning.",
    },
    episodes_per_round: { ...count(8, 1, 100_000), description: "Episodes played with the same adapters." },
    steps_per_round: {
      ...count(3, 1, 1000),
      description: "Optimizer steps over the round's pairs, per agent.",
    },
    strata: {
      default: "all",
      description: "Which kinds of tasks are played in which proportions; of MuSiQue, by the number of hops.",
      anyOf: [
        { enum: ["all", "even", "held-out"] },
        {
          type: "object",
          minProperties: 1,
          maxProperties: 100,
          additionalProperties: { type: "number", minimum: 0, maximum: 1e9 },
        },
      ],
    },
    evaluation: {
      type: "object",
      additionalProperties: false,
      default: {},
      description: "On held-out tasks, if some are given.",
      properties: {
        every: { ...count(10, 1, 1_000_000), description: "Rounds between evaluations." },
        tasks: {
          default: "all",
          description: "So many of the held-out tasks, the same each time.",
          anyOf: [{ type: "integer", minimum: 1, maximum: 1_000_000 }, { const: "all" }],
        },
        patience: {
          type: "integer",
          minimum: 1,
          maximum: 1_000_000,
          description: "The run ends after so many evaluations running without a best one.",
        },
      },
    },
    algorithm: algorithmSchema,
    alternatives: {
      type: "object",
      additionalProperties: false,
      default: {},
      description: "How many other outputs are tried at a choice point, at most.",
      properties: {
        generate: {
          default: 2,
          anyOf: [
            { type: "integer", minimum: 0, maximum: 1000 },
            {
              type: "object",
              additionalProperties: false,
              required: ["count"],
              properties: {
                count: { type: "integer", minimum: 0, maximum: 1000 },
                method: { enum: ["sample", "diverse-beam", "top-n"] },
                draws: { type: "integer", minimum: 1, maximum: 1000 },
                diversity: { type: "number", minimum: 0, maximum: 1000 },
              },
            },
          ],
        },
        choose: limit(2),
        pick: limit(2),
        draws: { ...count(4, 1, 1000), description: "Texts drawn per generate site to find distinct ones." },
        share: {
          ...share(1),
          description: "Probability with which a choice point is tried; recorded in its pairs.",
        },
        adaptive: {
          type: "boolean",
          default: false,
          description: "Try sites more often at which other outputs have made a difference.",
        },
        tokens_per_episode: {
          type: "integer",
          minimum: 1,
          maximum: 1_000_000_000,
          description: "Model tokens that the deviations of an episode may be expected to take.",
        },
      },
    },
    temperature: { ...positive(1), description: "Of drawn texts." },
    top_k: { ...count(0, 0, 1_000_000), description: "Most probable tokens of drawn texts; 0 keeps all." },
    top_p: { ...share(1), description: "Nucleus of drawn texts; 1 keeps everything." },
    preferences: preferencesSchema,
    pairs: {
      enum: ["best", "all"],
      default: "best",
      description: "The greedy output against its best alternative, or against all that change the reward.",
    },
    beta: { ...positive(0.5), description: "Sharpness of the preference loss." },
    loss: {
      type: "object",
      additionalProperties: false,
      default: {},
      properties: {
        length_normalized: {
          type: "boolean",
          default: false,
          description: "Compare texts and records by their mean log-probability per token, not the sum.",
        },
        label_smoothing: {
          type: "number",
          minimum: 0,
          exclusiveMaximum: 0.5,
          default: 0,
          description: "Probability that a preference is held to be the other way round.",
        },
        gap_cap: {
          type: "number",
          exclusiveMinimum: 0,
          maximum: 1e9,
          description: "A preference weighs no more than this, however large its reward gap.",
        },
      },
    },
    optimizer: optimizerSchema,
    adapter: {
      type: "object",
      additionalProperties: false,
      default: {},
      properties: {
        rank: count(8, 1, 1024),
        alpha: positive(16),
        rslora: {
          type: "boolean",
          default: true,
          description: "Scale by alpha / sqrt(rank) instead of alpha / rank.",
        },
        targets: {
          type: "array",
          minItems: 1,
          uniqueItems: true,
          items: { enum: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] },
          default: ["q_proj", "v_proj"],
        },
      },
    },
    reference: {
      type: "object",
      additionalProperties: false,
      default: {},
      description:
        "The policy that the loss compares with: the base model, what training began with, or one that follows the trained one.",
      properties: {
        kind: { enum: ["off", "frozen", "soft"], default: "off" },
        every: { ...count(96), description: "soft: episodes in a window." },
        mix: { ...share(0.5), description: "soft: how far it moves towards the trained adapter." },
        confidence: {
          type: "number",
          minimum: 0,
          maximum: 10,
          default: 1.645,
          description:
            "soft, with a gate: standard errors by which a window must beat the best one before it.",
        },
        gate: {
          type: "boolean",
          default: false,
          description: "soft: whether a window must be better for the reference to move.",
        },
      },
    },
    reward: {
      type: "object",
      additionalProperties: false,
      default: {},
      description: "Weights of the metrics in the reward; one must be above 0.",
      properties: {
        answer_f1: weight(0.8),
        answer_em: weight(0),
        support_f1: weight(0.2),
        hop_cost: {
          type: "number",
          minimum: 0,
          maximum: 1000,
          description: "Taken from the reward for each paragraph that a result names as support.",
        },
      },
    },
    alarms: {
      type: "object",
      additionalProperties: false,
      default: {},
      properties: {
        largest_move: { ...positive(0.1), description: "Warn when one step moves a parameter further." },
        wealth: {
          ...positive(10),
          description: "cocob: warn when betting has won more than so many times its stake on a parameter.",
        },
        no_gradient: {
          ...count(3, 1, 1_000_000),
          description: "Warn when so many updates of an agent running have no gradient.",
        },
        not_finite: {
          enum: ["skip", "stop"],
          default: "skip",
          description:
            "Where a loss is not finite its step is skipped, and the run goes on, or ends after the round.",
        },
      },
    },
    checkpoint_every: { ...count(5, 1, 1_000_000), description: "Rounds between checkpoints." },
    keep_checkpoints: { ...count(2, 1, 10_000), description: "The newest ones that are kept." },
    live_rollouts: { ...count(64, 1, 100_000), description: "Rollouts advanced together at most." },
    recheck: {
      type: "number",
      minimum: 0,
      maximum: 1,
      default: 0.05,
      description:
        "Share of episodes and deviations whose effects are done a second time, to see that they do the same.",
    },
    effect_seconds: {
      ...positive(600),
      description: "Seconds after which an effect that has given nothing breaks its episode.",
    },
    long_prompts: {
      default: "left-of-user",
      description: "What is done with prompts beyond the model's context.",
      anyOf: [
        { enum: ["left-of-user", "error"] },
        {
          type: "object",
          additionalProperties: false,
          properties: {
            default: { enum: ["left-of-user", "error"] },
            agents: { type: "object", additionalProperties: { enum: ["left-of-user", "error"] } },
          },
        },
      ],
    },
    allow_extern: {
      type: "array",
      maxItems: 100,
      uniqueItems: true,
      items: { type: "string", minLength: 1, maxLength: 1000 },
      default: [],
      description: "Modules whose code may be run, as the flow names them. No effect on results.",
    },
    workers: {
      type: "integer",
      minimum: 1,
      maximum: 256,
      description:
        "Worker threads of the model; default one per core on wasm and cpu, none on other backends. No effect on results.",
    },
  },
} as const;

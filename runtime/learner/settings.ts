import type { LongPrompts } from "../policy/truncation.js";
import type { TextMethod } from "../search/index.js";
import type { AlgorithmSettings } from "./algorithm-settings.js";
import type { OptimizerSettings } from "./optimizer/settings.js";
import type { PreferenceSettings } from "./preferences/settings.js";
import type { Strata } from "./strata.js";

/** How many other texts are tried, and how they are found; a number alone stands for its count. */
export interface GenerateAlternatives {
  readonly count: number;
  /** Default `sample`. */
  readonly method?: TextMethod;
  /** Default `alternatives.draws`. */
  readonly draws?: number;
  /** Default 1. */
  readonly diversity?: number;
}

/** Settings of a training, as its YAML file spells them; `settings-schema.ts` says what each means. */
export interface Settings {
  readonly seed: number;
  readonly episodes: number;
  /** Ends the run at the first round boundary after so many minutes; no limit by default. */
  readonly minutes?: number;
  /** Ends the run, complete, at the first round boundary after so many tokens went through the model; no limit by default. */
  readonly tokens?: number;
  readonly episodes_per_round: number;
  readonly steps_per_round: number;
  /** Which kinds of tasks are played in which proportions. */
  readonly strata: Strata;
  /** On held-out tasks, if there are some. */
  readonly evaluation: {
    /** Rounds. */
    readonly every: number;
    readonly tasks: number | "all";
    /** Evaluations running without a best one, after which the run ends; never by default. */
    readonly patience?: number;
  };
  /** Where the training signal comes from; preferences from deviations by default. */
  readonly algorithm?: AlgorithmSettings;
  readonly alternatives: {
    readonly generate: number | GenerateAlternatives;
    readonly choose: number | "all";
    readonly pick: number | "all";
    readonly draws: number;
    /** Whether sites where other outputs have made a difference are tried more often than others; default no. */
    readonly adaptive?: boolean;
    /** Model tokens that the deviations of an episode may be expected to take; no limit by default. */
    readonly tokens_per_episode?: number;
    readonly share: number;
  };
  readonly temperature: number;
  readonly top_k: number;
  readonly top_p: number;
  readonly preferences: PreferenceSettings;
  readonly pairs: "best" | "all";
  readonly beta: number;
  readonly loss: {
    /** Of texts and records; labels and picks are chosen by whole log-probabilities. */
    readonly length_normalized: boolean;
    readonly label_smoothing: number;
    /** No cap by default. */
    readonly gap_cap?: number;
  };
  readonly optimizer: OptimizerSettings;
  readonly adapter: {
    readonly rank: number;
    readonly alpha: number;
    readonly rslora: boolean;
    readonly targets: readonly string[];
  };
  readonly reference: {
    readonly kind: "off" | "frozen" | "soft";
    readonly every: number;
    readonly mix: number;
    readonly confidence: number;
    /** Whether a window must be better than those before, for a soft reference to move; default no. */
    readonly gate?: boolean;
  };
  readonly reward: {
    readonly answer_f1: number;
    readonly answer_em: number;
    readonly support_f1: number;
    /** Of each paragraph that a result names as support; none by default. */
    readonly hop_cost?: number;
  };
  readonly alarms: {
    readonly largest_move: number;
    /** Of coin betting. */
    readonly wealth: number;
    /** Updates running without one. */
    readonly no_gradient: number;
    /** What becomes of a run whose loss was not finite; the step is skipped. */
    readonly not_finite: "skip" | "stop";
  };
  readonly checkpoint_every: number;
  readonly keep_checkpoints: number;
  readonly live_rollouts: number;
  /** Share of episodes and deviations whose effects are done a second time. */
  readonly recheck: number;
  /** Seconds after which an effect that has given nothing breaks its episode. */
  readonly effect_seconds: number;
  /** What is done with prompts beyond the model's context. */
  readonly long_prompts: LongPrompts;
  readonly allow_extern: readonly string[];
  readonly workers: number;
}

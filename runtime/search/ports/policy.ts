import type { Reply, Request } from "../../machine/index.js";

/** Each token drawn from the model's distribution. The random numbers are keyed, so an output is reproducible. */
export interface SampleDecoding {
  readonly kind: "sample";
  readonly temperature: number;
  /** The most probable tokens that are kept, before the nucleus is taken; all by default. */
  readonly topK?: number;
  /** Nucleus: the smallest set of tokens whose probability reaches this; 1 keeps all. */
  readonly topP: number;
  /** The random key: (run seed, epoch, task, choice point, purpose, sample index), joined. */
  readonly key: string;
}

/**
 * One of the outputs that a beam search finds. Queries that differ in their index alone are answered by one search.
 * Of fewer outputs than the index says the last one counts.
 */
export interface BeamDecoding {
  readonly kind: "beam";
  /** Groups that avoid one another's tokens; 1 is plain beam search. */
  readonly groups: number;
  /** Beams of each group. */
  readonly beams: number;
  /** What a token costs a group, in nats, for each beam of earlier groups that takes it in the same step. */
  readonly diversity: number;
  /** From 0: the best of each group in the order of the groups, then every second best, and so on. */
  readonly index: number;
}

/** How an output is found. Greedy asks for the most probable token each time. */
export type Decoding = { readonly kind: "greedy" } | SampleDecoding | BeamDecoding;

export interface Query {
  readonly request: Request;
  readonly decoding: Decoding;
  /** Queries of one task share prompts; a policy with several workers may keep them together. No effect on results. */
  readonly affinity?: string;
}

/** Model tokens that an answer cost. */
export interface TokenCount {
  /** Prompt tokens run through the model. */
  readonly prefilled: number;
  /** Prompt tokens taken from a cache instead. */
  readonly reused: number;
  /** Output tokens run through the model. */
  readonly decoded: number;
}

export interface Answer {
  readonly reply: Reply;
  /** Output token ids including the end token if it came (generate only): what a learner must score. */
  readonly ids?: readonly number[];
  /** Log-probability of each of these tokens under the model at temperature 1, in nats, float64 (generate only). */
  readonly tokenLogProbs?: readonly number[];
  /** Summed log-probability of the output, in nats, float64; for a score, the log-odds. */
  readonly logProb: number;
  /** Log-probability of every label as a whole, end token included, in the request's order (choose and score). */
  readonly labelLogProbs?: readonly number[];
  readonly tokens: TokenCount;
}

/** Whatever answers requests: a language model, a table, a test double. */
export interface Policy {
  /**
   * Answers in the order of the queries. Each answer is a function of its query and the agent's version alone, unless
   * `deterministic` says otherwise, and never of the batch around it.
   */
  answer(queries: readonly Query[]): Promise<readonly Answer[]>;
  /** Names the adapter's contents: changes exactly when that agent's outputs may change. Part of memo keys. */
  version(agent: string): string;
  /**
   * False of a policy that may answer the same query otherwise the next time, as a service does that is asked over a network.
   * What is known of it is never taken for what it would say: every query is asked, and no rollout takes another's ending.
   * Default true.
   */
  readonly deterministic?: boolean;
}

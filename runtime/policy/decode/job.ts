import type { Decoding, TokenCount } from "../../search/ports/policy.js";
import type { TokenForm } from "../form/token-form.js";
import type { PreparedAdapter } from "../model/prepared.js";

/** An adapter, ready for inference, and the name of its contents. */
export interface AdapterHandle {
  readonly version: string;
  /** Undefined for the base model alone. */
  readonly prepared: PreparedAdapter | undefined;
}

/** Continue a prompt. */
export interface GenerateJob {
  readonly kind: "generate";
  readonly adapter: AdapterHandle;
  /** At least one token. */
  readonly prompt: readonly number[];
  readonly maxTokens: number;
  /** Tokens that end the output; they are part of it. */
  readonly endTokens: readonly number[];
  readonly decoding: Decoding;
  /** What the output must look like; undefined for any text. */
  readonly form?: TokenForm | undefined;
}

/** The log-probabilities of completions of one prompt. */
export interface ScoreJob {
  readonly kind: "score";
  readonly adapter: AdapterHandle;
  /** At least one token. */
  readonly prompt: readonly number[];
  readonly completions: readonly (readonly number[])[];
}

export type Job = GenerateJob | ScoreJob;

/** One output. */
export interface Sequence {
  /** The end token is the last one, if it came. */
  readonly ids: readonly number[];
  /** log p of each token under the model at temperature 1, float64. */
  readonly logProbs: readonly number[];
}

export interface Generated extends Sequence {
  readonly kind: "generate";
  /** Of a beam search: everything that it found, the output itself among it. */
  readonly found?: readonly Sequence[];
  readonly tokens: TokenCount;
}

export interface Scored {
  readonly kind: "score";
  /** Per completion, log p of each of its tokens, float64. */
  readonly logProbs: readonly (readonly number[])[];
  readonly tokens: TokenCount;
}

/** What a job gives; the kind is the job's. */
export type JobResult = Generated | Scored;

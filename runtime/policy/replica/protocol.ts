import type { Decoding } from "../../search/ports/policy.js";
import type { Adapter } from "../adapter/adapter.js";
import type { Checkpoint } from "../checkpoint.js";
import type { ExecutorOptions } from "../decode/executor.js";
import type { JobResult } from "../decode/job.js";
import type { BackendName } from "../engine/backend.js";
import type { TokenForm } from "../form/token-form.js";
import type { Activations } from "../model/completion-gradient.js";
import type { GradientBatch } from "../model/gradient-batches.js";

/** What a replica is made of. */
export interface ReplicaSettings {
  readonly checkpoint: Checkpoint;
  readonly backend: BackendName;
  readonly executor: ExecutorOptions;
  /** How gradients are computed; `recompute` takes less memory. */
  readonly activations: Activations;
}

/** A job as plain data: its adapter is named by version (`BASE_VERSION`: none). */
export type JobData =
  | {
      readonly kind: "generate";
      readonly version: string;
      readonly prompt: readonly number[];
      readonly maxTokens: number;
      readonly endTokens: readonly number[];
      readonly decoding: Decoding;
      /** The name of a form that was made known. */
      readonly form?: string;
    }
  | {
      readonly kind: "score";
      readonly version: string;
      readonly prompt: readonly number[];
      readonly completions: readonly (readonly number[])[];
    };

/** The gradient of a weighted sum of completions' log-probabilities in the adapter of a version. */
export interface GradientData extends GradientBatch {
  readonly version: string;
}

/**
 * One copy of the model with a backend of its own, in this thread or in another. Calls are worked off in order.
 * All of it is plain data, and every result is a function of the call and the named adapters alone.
 */
export interface Replica {
  /** Makes an adapter known under its version. */
  addAdapter(version: string, adapter: Adapter): Promise<void>;
  /** Forgets an adapter and what was kept for it. */
  dropAdapter(version: string): Promise<void>;
  /** Makes the form of records known under its name. */
  addForm(name: string, form: TokenForm): Promise<void>;
  run(jobs: readonly JobData[]): Promise<readonly JobResult[]>;
  gradient(data: GradientData): Promise<ReadonlyMap<string, Float32Array>>;
  close(): Promise<void>;
}

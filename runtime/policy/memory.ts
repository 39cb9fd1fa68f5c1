import type { BackendName } from "./engine/backend.js";
import { WASM_HEAP } from "./engine/wasm-heap.js";
import type { Activations } from "./model/completion-gradient.js";
import type { ModelConfig } from "./model/config.js";
import { parameterCount } from "./model/names.js";

/** What a model takes in memory, in bytes: estimated from its configuration alone, before anything is loaded. */
export interface MemoryEstimate {
  readonly parameters: number;
  /** The checkpoint in float32, once, whatever the number of workers. */
  readonly checkpoint: number;
  /** Each worker's own copy, laid out for its backend; the embedding is in it twice where it is the head too. */
  readonly replica: number;
  /** Keys and values of each worker; a single prompt that needs more has more. */
  readonly cache: number;
  /** What each worker needs while it computes: when it lays out its copy, in a forward pass, or for a gradient. */
  readonly working: number;
  readonly workers: number;
  /** Everything together, with what the process takes without a model; an upper bound more often than not. */
  readonly total: number;
  /** What one worker's backend holds of it at most. */
  readonly perWorker: number;
}

export interface MemoryQuestion {
  /** As for `LanguageModel`: 0 is one copy in the process's own thread. */
  readonly workers: number;
  /** How the gradients of adapters are computed; undefined if none are trained. */
  readonly training: Activations | undefined;
}

/** Bytes of a float32: what every weight is held in, whatever it was stored as. */
const FLOAT = 4;
/** A process that has loaded this program, and what each thread adds to it. */
const PROCESS = 150e6;
const THREAD = 60e6;
/** What keys and values may take, and how many tokens they are of at least and at most. */
const CACHE = 2 ** 28;
const CACHE_TOKENS = [1 << 13, 1 << 15] as const;
/** Rows of a pass of the executor at most. */
const PASS_ROWS = 1024;
/** Rows of a pass after which logits are wanted: most of a prompt's are not, all of a completion's are. */
const WANTED_ROWS = 256;
/** Rows of a pass whose gradient is taken. */
const GRADIENT_ROWS = 768;
/** What a backend has taken and not filled: heaps grow in steps, and with holes. */
const SLACK = 1.15;

/** Tokens whose keys and values a worker holds, where no single prompt needs more. */
export function cacheTokens(config: ModelConfig): number {
  const [least, most] = CACHE_TOKENS;
  return Math.min(most, Math.max(least, Math.floor(CACHE / tokenBytes(config))));
}

/** What one token's keys and values take. */
function tokenBytes({ layers, keyValueHeads, headDim }: ModelConfig): number {
  return layers * 2 * keyValueHeads * headDim * FLOAT;
}

/** How much memory a model of this configuration takes. */
export function estimateMemory(config: ModelConfig, { workers, training }: MemoryQuestion): MemoryEstimate {
  const { hiddenSize: d, intermediateSize: ffn, vocabSize, layers, tiedHead } = config;
  const queries = config.heads * config.headDim;
  const keys = config.keyValueHeads * config.headDim;
  const parameters = parameterCount(config);
  const checkpoint = parameters * FLOAT;
  const replica = checkpoint + (tiedHead ? vocabSize * d * FLOAT : 0);
  const cache = cacheTokens(config) * tokenBytes(config);
  // Logits are read into plain memory beside the backend's own.
  const logits = (rows: number) => 2 * rows * vocabSize * FLOAT;
  const forward = PASS_ROWS * (4 * d + 2 * queries + 2 * keys + 3 * ffn) * FLOAT + logits(WANTED_ROWS);
  // A layer keeps what its gradient needs, or its input; a differentiable copy of the weights stays from the first one on.
  const layer = 8 * d + 4 * queries + 4 * keys + 5 * ffn;
  const kept = GRADIENT_ROWS * (training === "recompute" ? layer + layers * d : layers * layer) * FLOAT;
  const gradient = checkpoint + kept + logits(PASS_ROWS) + logits(GRADIENT_ROWS);
  const computing = training === undefined ? forward : forward + gradient;
  // Beside the copy stand a table while it is laid out, or plain layers that become one, and these side by side.
  const layout = Math.max(vocabSize * d, 2 * d * Math.max(2 * ffn, queries + 2 * keys)) * FLOAT;
  // What reading leaves behind a process gives back late; keys and values leave holes on a backend as they grow.
  const working = Math.max(checkpoint, computing);
  const perWorker = SLACK * (replica + 2 * cache + Math.max(layout, computing));
  const copies = Math.max(1, workers);
  const total = PROCESS + checkpoint + workers * THREAD + copies * SLACK * (replica + cache + working);
  return { parameters, checkpoint, replica, cache, working, workers, total, perWorker };
}

/**
 * Why a model will not fit, with the figures; undefined if it will. What a GPU has is not known before it is asked, so
 * there only the checkpoint counts, which stays in the machine's own memory.
 *
 * @param available bytes that are free on this machine
 */
export function memoryProblem(
  { parameters, checkpoint, total, perWorker, workers }: MemoryEstimate,
  available: number,
  backend: BackendName,
): string | undefined {
  const model = `the model has ${(parameters / 1e6).toFixed(1)} million parameters`;
  if (backend === "cuda" || backend === "webgpu") {
    if (checkpoint + PROCESS <= available) return undefined;
    return `${model}, which take ${memorySize(checkpoint)} in float32 before they are on the GPU, where ${memorySize(available)} are free`;
  }
  if ((backend === "wasm" || backend === "auto") && perWorker > WASM_HEAP) {
    return `${model} and takes some ${memorySize(perWorker)} on its backend, where wasm can hold ${memorySize(WASM_HEAP)}: base weights are held in float32, whatever they are stored in`;
  }
  if (total <= available) return undefined;
  const fewer = workers > 1 ? ", which fewer --workers make smaller" : "";
  const threads = workers === 0 ? "" : ` with ${workers === 1 ? "1 worker" : `${workers} workers`}`;
  return `${model} and takes some ${memorySize(total)}${threads}${fewer}, where ${memorySize(available)} are free: base weights are held in float32`;
}

/** How a model is to be used so that it fits, or why it does not fit in any of the ways. */
export type Fit = { readonly training: Activations | undefined } | { readonly problem: string };

/**
 * The first way to use a model in which it fits into memory.
 *
 * @param ways of computing gradients, the most wanted first; `[undefined]` where none are computed
 */
export function firstFit(
  config: ModelConfig,
  { workers, ways }: { readonly workers: number; readonly ways: readonly (Activations | undefined)[] },
  available: number,
  backend: BackendName,
): Fit {
  let problem = "";
  for (const training of ways) {
    const found = memoryProblem(estimateMemory(config, { workers, training }), available, backend);
    if (found === undefined) return { training };
    problem = found;
  }
  return { problem };
}

/** Bytes in units of 2^30, or of 2^20 below one of these. */
export function memorySize(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)} MB` : `${(bytes / 2 ** 30).toFixed(1)} GB`;
}

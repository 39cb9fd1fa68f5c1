import { createHash } from "node:crypto";
import { Uniforms } from "../../machine/random.js";
import type { ModelConfig } from "../model/config.js";
import { type Linear, linearShape, linearsOf, moduleName, productsOf } from "../model/names.js";

/** A low-rank adapter in memory (Hu et al. 2021): each target layer's output gets scale · B A x added. */
export interface Adapter {
  readonly rank: number;
  readonly alpha: number;
  /** Rank-stabilised: scale = alpha / sqrt(rank) (Kalajdzievski 2023); otherwise alpha / rank. */
  readonly rslora: boolean;
  readonly targets: readonly Linear[];
  /**
   * `<module>.lora_A.weight` `[rank, in]` and `<module>.lora_B.weight` `[out, rank]` for every target of every layer,
   * row by row, e.g. `model.layers.0.self_attn.q_proj.lora_A.weight`. An optimizer may write into the values.
   */
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

export interface AdapterOptions {
  readonly rank?: number;
  readonly alpha?: number;
  readonly rslora?: boolean;
  readonly targets?: readonly Linear[];
  /** Names the random numbers of A, e.g. the run's seed and the agent. */
  readonly key: string;
}

/**
 * An adapter that changes nothing yet: A uniform in ±1/sqrt(in) (Kaiming with a = sqrt 5, as PEFT does), B zero.
 * By default of rank 8 and alpha 16, rank-stabilised, on `defaultTargets`.
 */
export function newAdapter(config: ModelConfig, options: AdapterOptions): Adapter {
  const { rank = 8, alpha = 16, rslora = true, targets = defaultTargets(config), key } = options;
  const tensors = new Map<string, Float32Array>();
  for (const [name, [rows, columns]] of adapterShapes(config, rank, targets)) {
    const values = new Float32Array(rows * columns);
    if (name.endsWith(A)) {
      const uniforms = new Uniforms(JSON.stringify([key, name]));
      const bound = 1 / Math.sqrt(columns);
      for (let i = 0; i < values.length; i++) values[i] = bound * (2 * uniforms.next() - 1);
    }
    tensors.set(name, values);
  }
  return { rank, alpha, rslora, targets: inOrder(config, targets), tensors };
}

/** Queries and values (Hu et al. 2021, section 7.1), which some families store with the keys in one layer. */
export function defaultTargets(config: ModelConfig): readonly Linear[] {
  return config.fused ? productsOf(config).qkv : ["self_attn.q_proj", "self_attn.v_proj"];
}

const A = ".lora_A.weight";
const B = ".lora_B.weight";

/** Names and shapes of an adapter's tensors, layer by layer. */
export function adapterShapes(
  config: ModelConfig,
  rank: number,
  targets: readonly Linear[],
): ReadonlyMap<string, readonly [number, number]> {
  const shapes = new Map<string, readonly [number, number]>();
  for (let layer = 0; layer < config.layers; layer++) {
    for (const linear of inOrder(config, targets)) {
      const [out, width] = linearShape(config, linear);
      shapes.set(`${moduleName(layer, linear)}${A}`, [rank, width]);
      shapes.set(`${moduleName(layer, linear)}${B}`, [out, rank]);
    }
  }
  return shapes;
}

/** What B A x is multiplied by. */
export function adapterScale({ rank, alpha, rslora }: Adapter): number {
  return rslora ? alpha / Math.sqrt(rank) : alpha / rank;
}

/** The version of the base model without an adapter. */
export const BASE_VERSION = "base";

/** Names an adapter's contents: equal versions give equal outputs. */
export function adapterVersion(adapter: Adapter): string {
  const hash = createHash("sha256").update(JSON.stringify([adapter.rank, adapterScale(adapter)]));
  for (const [name, values] of adapter.tensors) {
    hash
      .update(JSON.stringify(name))
      .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return `lora:${hash.digest("hex")}`;
}

function inOrder(config: ModelConfig, targets: readonly Linear[]): readonly Linear[] {
  return linearsOf(config).filter((linear) => targets.includes(linear));
}

import { createHash } from "node:crypto";
import { Uniforms } from "../../machine/random.js";
import type { ModelConfig } from "../model/config.js";
import { type Linear, linearShape, modulesOf, productsOf } from "../model/names.js";

/** How one linear layer is adapted. */
export interface LowRankSize {
  readonly rank: number;
  readonly alpha: number;
}

/** A low-rank adapter in memory (Hu et al. 2021): each adapted layer's output gets scale · B A x added. */
export interface Adapter {
  /** Rank-stabilised: scale = alpha / sqrt(rank) (Kalajdzievski 2023); otherwise alpha / rank. */
  readonly rslora: boolean;
  /** The adapted linear layers by the names of their modules, in the order of the forward pass. */
  readonly modules: ReadonlyMap<string, LowRankSize>;
  /**
   * `<module>.lora_A.weight` `[rank, in]` and `<module>.lora_B.weight` `[out, rank]` for every adapted module,
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
 * By default of rank 8 and alpha 16, rank-stabilised, on `defaultTargets` of every layer.
 */
export function newAdapter(config: ModelConfig, options: AdapterOptions): Adapter {
  const { rank = 8, alpha = 16, rslora = true, targets = defaultTargets(config), key } = options;
  const chosen = [...modulesOf(config)].filter(([, linear]) => targets.includes(linear));
  const modules = new Map(chosen.map(([module]) => [module, { rank, alpha }]));
  const tensors = new Map<string, Float32Array>();
  for (const [name, [rows, columns]] of adapterShapes(config, modules)) {
    const values = new Float32Array(rows * columns);
    if (name.endsWith(LORA_A)) {
      const uniforms = new Uniforms(JSON.stringify([key, name]));
      const bound = 1 / Math.sqrt(columns);
      for (let i = 0; i < values.length; i++) values[i] = bound * (2 * uniforms.next() - 1);
    }
    tensors.set(name, values);
  }
  return { rslora, modules, tensors };
}

/** Queries and values (Hu et al. 2021, section 7.1), which some families store with the keys in one layer. */
function defaultTargets(config: ModelConfig): readonly Linear[] {
  return config.fused ? productsOf(config).qkv : ["self_attn.q_proj", "self_attn.v_proj"];
}

/** What follows a module's name in the names of its two factors. */
export const LORA_A = ".lora_A.weight";
export const LORA_B = ".lora_B.weight";

/** Names and shapes of an adapter's tensors, module by module. */
export function adapterShapes(
  config: ModelConfig,
  modules: Adapter["modules"],
): ReadonlyMap<string, readonly [number, number]> {
  const shapes = new Map<string, readonly [number, number]>();
  for (const [module, linear] of modulesOf(config)) {
    const size = modules.get(module);
    if (size === undefined) continue;
    const [out, width] = linearShape(config, linear);
    shapes.set(module + LORA_A, [size.rank, width]);
    shapes.set(module + LORA_B, [out, size.rank]);
  }
  return shapes;
}

/** What B A x is multiplied by in one of the adapter's modules. */
export function adapterScale({ rslora, modules }: Adapter, module: string): number {
  const { rank, alpha } = modules.get(module)!;
  return rslora ? alpha / Math.sqrt(rank) : alpha / rank;
}

/** The version of the base model without an adapter. */
export const BASE_VERSION = "base";

/** Names an adapter's contents: equal versions give equal outputs. */
export function adapterVersion(adapter: Adapter): string {
  const scales = [...adapter.modules].map(([module, { rank }]) => [
    module,
    rank,
    adapterScale(adapter, module),
  ]);
  const hash = createHash("sha256").update(JSON.stringify(scales));
  for (const [name, values] of adapter.tensors) {
    hash
      .update(JSON.stringify(name))
      .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return `lora:${hash.digest("hex")}`;
}

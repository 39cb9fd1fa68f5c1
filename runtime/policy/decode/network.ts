import type * as tf from "@tensorflow/tfjs";
import type { ModelConfig } from "../model/config.js";
import { addLowRank, addRmsNorm, multiply, splitQkv, swiGluPair } from "../model/inference-operations.js";
import { attend, embed, type RotaryTables, rmsNorm } from "../model/operations.js";
import type { Packing } from "../model/packing.js";
import type { PreparedAdapter, PreparedModel, ProductName } from "../model/prepared.js";
import type { KeyValuePool } from "./pool.js";

/** Consecutive rows of a packed batch that share an adapter (undefined: the base model). */
export interface AdapterRows {
  readonly start: number;
  readonly rows: number;
  readonly adapter: PreparedAdapter | undefined;
}

/**
 * One forward pass over packed rows: stores their keys and values in the pool, and returns the final hidden states
 * `[N, d]`. A row may see slots that other rows of the same pass fill. Call it inside `tf.tidy`.
 */
export function forward(
  config: ModelConfig,
  model: PreparedModel,
  tables: RotaryTables,
  pool: KeyValuePool,
  packing: Packing,
  groups: readonly AdapterRows[],
): tf.Tensor2D {
  const { heads, keyValueHeads, normEpsilon } = config;
  let x = embed(model.embedding, packing.ids) as tf.Tensor2D;
  let y: tf.Tensor2D | undefined;
  for (const [index, layer] of model.layers.entries()) {
    const project = (name: ProductName, input: tf.Tensor2D): tf.Tensor2D => {
      const { weight, bias } = layer.products[name];
      const base = bias === undefined ? multiply(input, weight) : multiply(input, weight, bias);
      const additions = groups.map(({ start, rows, adapter }) => ({
        start,
        rows,
        additions: adapter?.[index]?.[name] ?? [],
      }));
      return addLowRank(base, input, additions);
    };
    y ??= rmsNorm(x, layer.inputNorm, normEpsilon);
    const split = splitQkv(project("qkv", y), pool.layer(index), packing, tables, heads, keyValueHeads);
    pool.replace(index, split.cache);
    const { keys, values } = split.cache;
    const mixed = attend(split.queries, keys, values, packing, heads, keyValueHeads);
    [x, y] = addRmsNorm(x, project("output", mixed), layer.postNorm, normEpsilon);
    const inner = swiGluPair(project("gateUp", y));
    const next = model.layers[index + 1]?.inputNorm ?? model.finalNorm;
    [x, y] = addRmsNorm(x, project("down", inner), next, normEpsilon);
  }
  return y!;
}

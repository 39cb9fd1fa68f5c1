import * as tf from "@tensorflow/tfjs-core";
import type { ModelConfig } from "../model/config.js";
import { addLowRank, addRmsNorm, multiply, splitQkv, swiGluPair } from "../model/inference-operations.js";
import type { ProductName } from "../model/names.js";
import { attend, embed, type RotaryTables, rmsNorm, rmsNormHeads } from "../model/operations.js";
import { type Packing, selectRows } from "../model/packing.js";
import type { PreparedAdapter, PreparedLayer, PreparedModel } from "../model/prepared.js";
import type { KeyValuePool } from "./pool.js";

/** Consecutive rows of a packed batch that share an adapter (undefined: the base model). */
export interface AdapterRows {
  readonly start: number;
  readonly rows: number;
  readonly adapter: PreparedAdapter | undefined;
}

/**
 * One forward pass over packed rows: stores the keys and values of all of them in the pool. A row may see slots that
 * other rows of the same pass fill. Call it inside `tf.tidy`.
 *
 * @param wanted rows whose hidden states are wanted: for the others, the last layer ends with keys and values
 * @returns their final hidden states `[wanted, d]`
 */
export function forward(
  config: ModelConfig,
  model: PreparedModel,
  tables: RotaryTables,
  pool: KeyValuePool,
  packing: Packing,
  groups: readonly AdapterRows[],
  wanted: Int32Array,
): tf.Tensor2D {
  const { heads, keyValueHeads, normEpsilon } = config;
  let at = packing;
  let adapters = groups;
  let x = embed(model.embedding, packing.ids) as tf.Tensor2D;
  let y = rmsNorm(x, model.layers[0]!.inputNorm, normEpsilon);
  for (const [index, layer] of model.layers.entries()) {
    const project = (name: ProductName, input: tf.Tensor2D): tf.Tensor2D => {
      const { weight, bias } = layer.products[name];
      const base = bias === undefined ? multiply(input, weight) : multiply(input, weight, bias);
      const additions = adapters.map(({ start, rows, adapter }) => ({
        start,
        rows,
        additions: adapter?.[index]?.[name] ?? [],
      }));
      return addLowRank(base, input, additions);
    };
    const last = index === model.layers.length - 1;
    const before = [x, y];
    // What a layer makes on the way is freed with it: of all layers together it would be many times the weights.
    [x, y] = tf.tidy(() => {
      const qkv = normHeads(project("qkv", y), config, layer);
      const split = splitQkv(qkv, pool.layer(index), packing, tables, heads, keyValueHeads);
      pool.replace(index, split.cache);
      let { queries } = split;
      let residual = x;
      if (last) {
        if (wanted.length === 0) return [tf.zeros([0, 1]), tf.zeros([0, config.hiddenSize])];
        const rows = tf.tensor1d(wanted, "int32");
        at = selectRows(packing, wanted);
        adapters = selectGroups(groups, wanted);
        residual = embed(x, rows) as tf.Tensor2D;
        queries = embed(queries, rows) as tf.Tensor2D;
      }
      const mixed = attend(queries, split.cache.keys, split.cache.values, at, heads, keyValueHeads);
      const [sum, z] = addRmsNorm(residual, project("output", mixed), layer.postNorm, normEpsilon);
      const inner = swiGluPair(project("gateUp", z));
      const next = model.layers[index + 1]?.inputNorm ?? model.finalNorm;
      return addRmsNorm(sum, project("down", inner), next, normEpsilon);
    });
    tf.dispose(before);
  }
  return y;
}

/** Queries and keys normalised head by head, in families that do so; they stand side by side with the values. */
function normHeads(qkv: tf.Tensor2D, config: ModelConfig, { headNorms }: PreparedLayer): tf.Tensor2D {
  if (headNorms === undefined) return qkv;
  const { heads, keyValueHeads: groups, headDim, normEpsilon } = config;
  const [q, k, v] = tf.split(qkv, [heads * headDim, groups * headDim, groups * headDim], 1) as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  return tf.concat(
    [rmsNormHeads(q, headNorms.query, normEpsilon), rmsNormHeads(k, headNorms.key, normEpsilon), v],
    1,
  );
}

/** The groups of some rows, in ascending order. */
function selectGroups(groups: readonly AdapterRows[], rows: Int32Array): AdapterRows[] {
  let next = 0;
  return groups.map(({ start, rows: count, adapter }) => {
    const first = next;
    while (next < rows.length && rows[next]! < start + count) next++;
    return { start: first, rows: next - first, adapter };
  });
}

import * as tf from "@tensorflow/tfjs-core";
import type { ModelConfig } from "./config.js";
import { EMBEDDING, FINAL_NORM, HEAD, type Linear, layerName, moduleName } from "./names.js";
import { attend, embed, linear, rmsNorm, rmsNormHeads, rotate, swiGlu } from "./operations.js";
import { type Packing, pack, selectRows, separateSpans } from "./packing.js";
import { RotaryCache } from "./rotary-cache.js";

/** A checkpoint's tensors by their Hugging Face names; `tf.Variable`s where they are trained. */
export type Weights = ReadonlyMap<string, tf.Tensor>;

/**
 * A low-rank adapter (Hu et al. 2021): each linear layer it holds adds scale · x Aᵀ Bᵀ. Tensors are named
 * `<module>.lora_A.weight` `[r, in]` and `<module>.lora_B.weight` `[out, r]`, e.g.
 * `model.layers.0.self_attn.q_proj.lora_A.weight`.
 */
export interface Lora {
  /** By module: alpha / r, or alpha / sqrt(r) for rsLoRA. */
  readonly scales: ReadonlyMap<string, number>;
  readonly tensors: ReadonlyMap<string, tf.Tensor>;
}

/**
 * A decoder for training and for scoring whole texts: one differentiable pass, no cache.
 *
 * What its methods return belongs to the caller's `tf.tidy` or gradient scope; `dispose` frees its own tables.
 */
export class Decoder {
  private readonly rotary: RotaryCache;

  constructor(readonly config: ModelConfig) {
    this.rotary = new RotaryCache(config);
  }

  /**
   * Hidden states after the final norm, `[B, T, d]`.
   *
   * @param ids int32 `[B, T]`, every row starting at position 0; rows are padded on the right, and since attention is
   *   causal the padding reaches no state before it (its own states mean nothing).
   * @throws RangeError if T exceeds the model's context.
   */
  hidden(weights: Weights, ids: tf.Tensor2D, lora?: Lora): tf.Tensor3D {
    const [batch, length] = ids.shape;
    return tf.tidy(() => {
      const spans = separateSpans(new Array<number>(batch).fill(length));
      const packing = pack(spans, ids.dataSync() as Int32Array);
      return tf.reshape(this.rows(weights, packing, lora), [batch, length, this.config.hiddenSize]);
    });
  }

  /**
   * Hidden states after the final norm, `[N, d]`, of packed texts whose slots are the rows themselves.
   *
   * @param wanted rows whose states are wanted, in that order; default all. Others cost nothing in the last layer beyond
   *   their keys and values.
   * @param regime that of all the texts, see `ropeRegime`
   * @throws RangeError if a text exceeds the model's context.
   */
  rows(weights: Weights, packing: Packing, lora?: Lora, wanted?: Int32Array, regime = 0): tf.Tensor2D {
    return tf.tidy(() => {
      let x = this.embed(weights, packing);
      for (let layer = 0; layer < this.config.layers; layer++) {
        x = this.layer(weights, packing, x, layer, { lora, wanted, regime });
      }
      return this.norm(weights, x);
    });
  }

  /** What the first layer is given, `[N, d]`. */
  embed(weights: Weights, { ids }: Packing): tf.Tensor2D {
    return embed(get(weights, EMBEDDING) as tf.Tensor2D, ids) as tf.Tensor2D;
  }

  /** What a layer makes of the states that the one before it gives, `[N, d]`; the last layer of the wanted rows alone. */
  layer(
    weights: Weights,
    packing: Packing,
    x: tf.Tensor2D,
    layer: number,
    { lora, wanted, regime }: LayerOptions,
  ): tf.Tensor2D {
    const { config } = this;
    const tables = this.rotary.tables(packing.longest, regime);
    const name = layerName(layer);
    return tf.tidy(() => {
      const norm = (which: string, rows: tf.Tensor2D): tf.Tensor2D =>
        rmsNorm(rows, get(weights, `${name}.${which}.weight`) as tf.Tensor1D, config.normEpsilon);
      const project: Project = (linear, input) => adapted(weights, moduleName(layer, linear), input, lora);
      const before = norm("input_layernorm", x);
      const last = layer === config.layers - 1 && wanted !== undefined;
      const at = last ? selectRows(packing, wanted) : packing;
      const pick = (rows: tf.Tensor2D): tf.Tensor2D =>
        last ? (embed(rows, tf.tensor1d(wanted, "int32")) as tf.Tensor2D) : rows;
      const [queries, keys, v] = projectQkv(config, project, before, pick);
      const ofHeads = (kind: "q" | "k", rows: tf.Tensor2D): tf.Tensor2D => {
        if (!config.queryKeyNorm) return rows;
        const weight = get(weights, `${name}.self_attn.${kind}_norm.weight`);
        return rmsNormHeads(rows, weight as tf.Tensor1D, config.normEpsilon);
      };
      const q = rotate(ofHeads("q", queries), at.positions, tables);
      const k = rotate(ofHeads("k", keys), packing.positions, tables);
      const mixed = attend(q, k, v, at, config.heads, config.keyValueHeads);
      const attended = tf.add(pick(x), project("self_attn.o_proj", mixed)) as tf.Tensor2D;
      const after = norm("post_attention_layernorm", attended);
      return tf.add(attended, project("mlp.down_proj", gated(config, project, after)));
    });
  }

  /** The final norm of what the last layer gives. */
  norm(weights: Weights, x: tf.Tensor2D): tf.Tensor2D {
    return rmsNorm(x, get(weights, FINAL_NORM) as tf.Tensor1D, this.config.normEpsilon);
  }

  /** Logits `[N, V]` of hidden states `[N, d]`: pass only the rows that are needed. */
  logits(weights: Weights, hidden: tf.Tensor2D): tf.Tensor2D {
    const table = get(weights, this.config.tiedHead ? EMBEDDING : HEAD);
    return linear(hidden, table as tf.Tensor2D);
  }

  /** Frees the tables of the position embedding. */
  dispose(): void {
    this.rotary.dispose();
  }
}

/** What a layer is computed with, besides its weights. */
export interface LayerOptions {
  readonly lora: Lora | undefined;
  /** As for `rows`. */
  readonly wanted: Int32Array | undefined;
  readonly regime: number;
}

/** One linear layer of the decoder layer that is being computed. */
type Project = (name: Linear, input: tf.Tensor2D) => tf.Tensor2D;

/** Queries of the picked rows, keys and values of all. */
function projectQkv(
  { fused, heads, keyValueHeads, headDim }: ModelConfig,
  project: Project,
  x: tf.Tensor2D,
  pick: (rows: tf.Tensor2D) => tf.Tensor2D,
): [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D] {
  if (!fused) {
    return [
      project("self_attn.q_proj", pick(x)),
      project("self_attn.k_proj", x),
      project("self_attn.v_proj", x),
    ];
  }
  const widths = [heads * headDim, keyValueHeads * headDim, keyValueHeads * headDim];
  const [q, k, v] = tf.split(project("self_attn.qkv_proj", x), widths, 1) as tf.Tensor2D[];
  return [pick(q!), k!, v!];
}

/** silu(gate) · up of the rows. */
function gated({ fused }: ModelConfig, project: Project, x: tf.Tensor2D): tf.Tensor2D {
  if (!fused) return swiGlu(project("mlp.gate_proj", x), project("mlp.up_proj", x));
  const [gate, up] = tf.split(project("mlp.gate_up_proj", x), 2, 1) as tf.Tensor2D[];
  return swiGlu(gate!, up!);
}

/** One linear layer with its adapter, if it has one. */
function adapted(weights: Weights, module: string, x: tf.Tensor2D, lora: Lora | undefined): tf.Tensor2D {
  const bias = weights.get(`${module}.bias`);
  const weight = get(weights, `${module}.weight`) as tf.Tensor2D;
  const base = bias === undefined ? linear(x, weight) : linear(x, weight, bias);
  const a = lora?.tensors.get(`${module}.lora_A.weight`);
  const b = lora?.tensors.get(`${module}.lora_B.weight`);
  if (lora === undefined || a === undefined || b === undefined) return base;
  const low = tf.mul(linear(x, a as tf.Tensor2D), lora.scales.get(module)!) as tf.Tensor2D;
  return tf.add(base, linear(low, b as tf.Tensor2D));
}

function get(weights: Weights, name: string): tf.Tensor {
  const tensor = weights.get(name);
  if (tensor === undefined) throw new Error(`the model has no weight named ${name}`);
  return tensor;
}

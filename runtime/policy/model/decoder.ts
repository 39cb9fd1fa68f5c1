import * as tf from "@tensorflow/tfjs";
import type { ModelConfig } from "./config.js";
import { EMBEDDING, FINAL_NORM, HEAD, type Linear, moduleName } from "./names.js";
import { embed, linear, rmsNorm, rotate, swiGlu } from "./operations.js";
import { rotaryTables } from "./rope.js";

/** A checkpoint's tensors by their Hugging Face names; `tf.Variable`s where they are trained. */
export type Weights = ReadonlyMap<string, tf.Tensor>;

/**
 * A low-rank adapter (Hu et al. 2021): each linear layer it holds adds scale · x Aᵀ Bᵀ. Tensors are named
 * `<module>.lora_A.weight` `[r, in]` and `<module>.lora_B.weight` `[out, r]`, e.g.
 * `model.layers.0.self_attn.q_proj.lora_A.weight`.
 */
export interface Lora {
  /** alpha / r, or alpha / sqrt(r) for rsLoRA. */
  readonly scale: number;
  readonly tensors: ReadonlyMap<string, tf.Tensor>;
}

/** Added to the scores that a query may not see: exp underflows to exactly 0 after the softmax's shift. */
const MASKED = -1e9;

/**
 * A decoder for training and for scoring whole sequences: one differentiable pass, no cache.
 *
 * Everything it creates belongs to the caller's `tf.tidy` (or gradient scope), but for its tables, which `dispose` frees.
 */
export class Decoder {
  private cos: tf.Tensor2D;
  private sin: tf.Tensor2D;

  constructor(readonly config: ModelConfig) {
    [this.cos, this.sin] = this.tables(128);
  }

  /**
   * Hidden states after the final norm, `[B, T, d]`.
   *
   * @param ids int32 `[B, T]`, every row starting at position 0; rows are padded on the right, and since attention is
   *   causal the padding reaches no state before it (its own states mean nothing).
   * @throws RangeError if T exceeds the model's context.
   */
  hidden(weights: Weights, ids: tf.Tensor2D, lora?: Lora): tf.Tensor3D {
    const { config } = this;
    const [batch, length] = ids.shape;
    if (length > config.contextLength) {
      throw new RangeError(`${length} tokens exceed the model's context of ${config.contextLength}`);
    }
    this.reach(length);
    return tf.tidy(() => {
      const mask = causalMask(length);
      let x = embed(get(weights, EMBEDDING) as tf.Tensor2D, ids).reshape([batch * length, config.hiddenSize]);
      for (let layer = 0; layer < config.layers; layer++) {
        const norm = (name: string, input: tf.Tensor): tf.Tensor2D =>
          rmsNorm(
            input,
            get(weights, `model.layers.${layer}.${name}.weight`),
            config.normEpsilon,
          ) as tf.Tensor2D;
        const project = (name: Linear, input: tf.Tensor2D): tf.Tensor2D =>
          adapted(weights, moduleName(layer, name), input, lora);
        const attended = this.attention(norm("input_layernorm", x), project, batch, length, mask);
        x = tf.add(x, attended);
        const y = norm("post_attention_layernorm", x);
        const inner = swiGlu(project("mlp.gate_proj", y), project("mlp.up_proj", y)) as tf.Tensor2D;
        x = tf.add(x, project("mlp.down_proj", inner));
      }
      return rmsNorm(x, get(weights, FINAL_NORM), config.normEpsilon).reshape([
        batch,
        length,
        config.hiddenSize,
      ]);
    });
  }

  /** Logits `[N, V]` of hidden states `[N, d]`: pass only the rows that are needed. */
  logits(weights: Weights, hidden: tf.Tensor2D): tf.Tensor2D {
    const table = get(weights, this.config.tiedHead ? EMBEDDING : HEAD);
    return linear(hidden, table as tf.Tensor2D);
  }

  /** Frees the tables of the position embedding. */
  dispose(): void {
    tf.dispose([this.cos, this.sin]);
  }

  private attention(
    x: tf.Tensor2D,
    project: (name: Linear, input: tf.Tensor2D) => tf.Tensor2D,
    batch: number,
    length: number,
    mask: tf.Tensor2D,
  ): tf.Tensor2D {
    const { heads, keyValueHeads: groups, headDim } = this.config;
    const share = heads / groups;
    const split = (y: tf.Tensor2D, count: number): tf.Tensor4D => y.reshape([batch, length, count, headDim]);
    const headsFirst = (y: tf.Tensor4D): tf.Tensor4D => tf.transpose(y, [0, 2, 1, 3]);
    const q = headsFirst(rotate(split(project("self_attn.q_proj", x), heads), this.cos, this.sin));
    const k = headsFirst(rotate(split(project("self_attn.k_proj", x), groups), this.cos, this.sin));
    const v = headsFirst(split(project("self_attn.v_proj", x), groups));
    // The query heads that share a key head are rows of one product.
    const byGroup = (y: tf.Tensor4D, rows: number): tf.Tensor3D => y.reshape([batch * groups, rows, headDim]);
    const scaled = tf.mul(byGroup(q, share * length), headDim ** -0.5);
    const scores = tf.matMul(scaled as tf.Tensor3D, byGroup(k, length), false, true);
    const seen = tf.add(scores.reshape([batch * heads, length, length]), mask);
    const weights = tf.softmax(seen).reshape([batch * groups, share * length, length]) as tf.Tensor3D;
    const mixed = tf.matMul(weights, byGroup(v, length)).reshape([batch, heads, length, headDim]);
    const joined = tf.transpose(mixed, [0, 2, 1, 3]).reshape([batch * length, heads * headDim]);
    return project("self_attn.o_proj", joined as tf.Tensor2D);
  }

  /** Grows the tables of the position embedding to at least `length` positions. */
  private reach(length: number): void {
    if (length <= this.cos.shape[0]) return;
    const old = [this.cos, this.sin];
    [this.cos, this.sin] = this.tables(Math.max(length, 2 * this.cos.shape[0]));
    tf.dispose(old);
  }

  private tables(length: number): [tf.Tensor2D, tf.Tensor2D] {
    const { headDim, ropeTheta } = this.config;
    const { cos, sin } = rotaryTables(length, headDim, ropeTheta);
    const keep = (values: Float32Array): tf.Tensor2D => tf.keep(tf.tensor2d(values, [length, headDim / 2]));
    return [keep(cos), keep(sin)];
  }
}

/** One linear layer with its adapter, if it has one. */
function adapted(weights: Weights, module: string, x: tf.Tensor2D, lora: Lora | undefined): tf.Tensor2D {
  const base = linear(x, get(weights, `${module}.weight`) as tf.Tensor2D, weights.get(`${module}.bias`));
  const a = lora?.tensors.get(`${module}.lora_A.weight`);
  const b = lora?.tensors.get(`${module}.lora_B.weight`);
  if (lora === undefined || a === undefined || b === undefined) return base;
  const low = tf.mul(linear(x, a as tf.Tensor2D), lora.scale) as tf.Tensor2D;
  return tf.add(base, linear(low, b as tf.Tensor2D));
}

function causalMask(length: number): tf.Tensor2D {
  const values = new Float32Array(length * length);
  for (let row = 0; row < length; row++) values.fill(MASKED, row * length + row + 1, (row + 1) * length);
  return tf.tensor2d(values, [length, length]);
}

function get(weights: Weights, name: string): tf.Tensor {
  const tensor = weights.get(name);
  if (tensor === undefined) throw new Error(`the model has no weight named ${name}`);
  return tensor;
}

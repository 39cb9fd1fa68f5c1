import * as tf from "@tensorflow/tfjs";

/**
 * The decoder's own operations, each with its gradient. Where the current backend has a kernel of this project for
 * one, that runs; otherwise stock operations compose it. Both give the same numbers up to float32 rounding.
 */

function hasKernel(name: string): boolean {
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}

function run(name: string, inputs: Record<string, tf.Tensor>, attrs: tf.NamedAttrMap = {}): tf.Tensor {
  return tf.engine().runKernel(name, inputs, attrs) as unknown as tf.Tensor;
}

/**
 * Rotary position embedding in the layout of Hugging Face's Llama: element i is rotated with element i + half.
 *
 * @param x `[B, T, H, headDim]`, row t at position t.
 * @param cos cosines `[P, headDim / 2]`, P >= T; `sin` alike.
 */
export function rotate(x: tf.Tensor4D, cos: tf.Tensor2D, sin: tf.Tensor2D): tf.Tensor4D {
  const rotation = tf.customGrad((input) => ({
    value: rotateBy(input as tf.Tensor4D, cos, sin, false),
    gradFunc: (dy: tf.Tensor) => [rotateBy(dy as tf.Tensor4D, cos, sin, true)],
  }));
  return rotation(x) as tf.Tensor4D;
}

function rotateBy(x: tf.Tensor4D, cos: tf.Tensor2D, sin: tf.Tensor2D, inverse: boolean): tf.Tensor4D {
  if (hasKernel("FlowcRotary")) return run("FlowcRotary", { x, cos, sin }, { inverse }) as tf.Tensor4D;
  return tf.tidy(() => {
    const [, length, , dim] = x.shape;
    const half = dim / 2;
    const c = tf.slice(cos, [0, 0], [length, half]).reshape([1, length, 1, half]);
    const s = tf.slice(sin, [0, 0], [length, half]).reshape([1, length, 1, half]);
    const [u, v] = tf.split(x, 2, 3) as [tf.Tensor, tf.Tensor];
    const uc = tf.mul(u, c);
    const us = tf.mul(u, s);
    const vc = tf.mul(v, c);
    const vs = tf.mul(v, s);
    const halves = inverse ? [tf.add(uc, vs), tf.sub(vc, us)] : [tf.sub(uc, vs), tf.add(vc, us)];
    return tf.concat(halves, 3) as tf.Tensor4D;
  });
}

/** Rows of `table` `[V, d]` at `ids` (int32, any shape): `[...ids, d]`. */
export function embed(table: tf.Tensor2D, ids: tf.Tensor): tf.Tensor {
  const [rows, width] = table.shape;
  const lookup = tf.customGrad((...args) => {
    const [weights, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    save([ids]);
    const gradFunc = (dy: tf.Tensor, [at]: tf.Tensor[]): tf.Tensor =>
      tf.unsortedSegmentSum(dy.reshape([-1, width]), at!.reshape([-1]) as tf.Tensor1D, rows);
    const value = hasKernel("FlowcEmbed")
      ? run("FlowcEmbed", { table: weights, ids })
      : tf.gather(weights, ids);
    return { value, gradFunc: gradFunc as (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor };
  });
  return lookup(table);
}

/** x / sqrt(mean(x²) + epsilon) · weight over the last axis (Zhang and Sennrich 2019). */
export function rmsNorm(x: tf.Tensor, weight: tf.Tensor, epsilon: number): tf.Tensor {
  return tf.tidy(() => {
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));
    return tf.mul(tf.mul(x, scale), weight);
  });
}

/** silu(gate) · up (Shazeer 2020). */
export function swiGlu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.mul(tf.mul(gate, tf.sigmoid(gate)), up));
}

/** x `[N, in]` times the transpose of weight `[out, in]`, plus bias `[out]`. */
export function linear(x: tf.Tensor2D, weight: tf.Tensor2D, bias?: tf.Tensor | undefined): tf.Tensor2D {
  const y = tf.matMul(x, weight, false, true) as tf.Tensor2D;
  return bias === undefined ? y : (tf.add(y, bias) as tf.Tensor2D);
}

/**
 * Log-probabilities of target tokens, `[N]`: log softmax of logits `[N, V]` at targets `[N]` (int32). The loss of
 * training; sum them in float64 where their value matters.
 */
export function tokenLogProbs(logits: tf.Tensor2D, targets: tf.Tensor1D): tf.Tensor1D {
  const gather = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    const value = hasKernel("FlowcTokenLogProbs")
      ? run("FlowcTokenLogProbs", { logits: x, targets })
      : tf.tidy(() => tf.sum(tf.mul(tf.logSoftmax(x), oneHot(x, targets)), 1));
    // Whatever a gradient needs must be saved: a tensor made inside the gradient's scope is gone by then.
    save([x, targets, value]);
    return { value, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tokenLogProbsGrad(dy, saved) };
  });
  return gather(logits) as tf.Tensor1D;
}

function tokenLogProbsGrad(dy: tf.Tensor, saved: readonly tf.Tensor[]): tf.Tensor {
  const [logits, targets, logProbs] = saved as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D];
  if (hasKernel("FlowcTokenLogProbsGrad")) {
    return run("FlowcTokenLogProbsGrad", { logits, targets, logProbs, dy });
  }
  return tf.tidy(() => tf.mul(tf.sub(oneHot(logits, targets), tf.softmax(logits)), dy.reshape([-1, 1])));
}

function oneHot(logits: tf.Tensor2D, targets: tf.Tensor1D): tf.Tensor2D {
  return tf.oneHot(targets, logits.shape[1]) as tf.Tensor2D;
}

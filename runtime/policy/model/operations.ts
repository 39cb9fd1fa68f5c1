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
  const lookup = tf.customGrad((weights) => ({
    value: hasKernel("FlowcEmbed")
      ? run("FlowcEmbed", { table: weights as tf.Tensor, ids })
      : tf.gather(weights as tf.Tensor, ids.toInt()),
    gradFunc: (dy: tf.Tensor) => [
      tf.unsortedSegmentSum(
        dy.reshape([-1, table.shape[1]]),
        ids.reshape([-1]).toInt() as tf.Tensor1D,
        table.shape[0],
      ),
    ],
  }));
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

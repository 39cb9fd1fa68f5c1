import * as tf from "@tensorflow/tfjs";
import type { ModelConfig } from "./config.js";
import type { RotaryTables } from "./operations.js";

/** The tables of `rotaryTables` as tensors that outlive any scope; the caller disposes them. */
export function makeTables(config: ModelConfig, length: number): RotaryTables {
  const { cos, sin } = rotaryTables(length, config.headDim, config.ropeTheta);
  const keep = (values: Float32Array): tf.Tensor2D =>
    tf.keep(tf.tensor2d(values, [length, config.headDim / 2]));
  return { cos: keep(cos), sin: keep(sin) };
}

/**
 * Cosines and sines of the rotary position embedding for positions 0 to `length` - 1, each `[length, headDim / 2]`
 * row by row: angle(position, i) = position / theta^(2 i / headDim). Angles are float32 like Hugging Face's, whose
 * layout this is: element i of a head is rotated with element i + headDim / 2.
 */
export function rotaryTables(
  length: number,
  headDim: number,
  theta: number,
): { readonly cos: Float32Array; readonly sin: Float32Array } {
  const half = headDim / 2;
  const frequencies = Float32Array.from({ length: half }, (_, i) => theta ** ((-2 * i) / headDim));
  const cos = new Float32Array(length * half);
  const sin = new Float32Array(length * half);
  for (let position = 0; position < length; position++) {
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(position * frequencies[i]!);
      cos[position * half + i] = Math.cos(angle);
      sin[position * half + i] = Math.sin(angle);
    }
  }
  return { cos, sin };
}

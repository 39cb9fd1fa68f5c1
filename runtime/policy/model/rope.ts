import * as tf from "@tensorflow/tfjs-core";
import type { ModelConfig } from "./config.js";
import type { RotaryTables } from "./operations.js";
import type { Rope } from "./rope-config.js";

/** The tables of `rotaryTables` as tensors that outlive any scope; the caller disposes them. */
export function makeTables(config: ModelConfig, length: number, regime: number): RotaryTables {
  const { headDim, rope } = config;
  const { cos, sin } = rotaryTables(length, rope, regime);
  const keep = (values: Float32Array): tf.Tensor2D =>
    tf.keep(tf.tensor2d(values, [length, rope.dimensions / 2]));
  return { headDim, cos: keep(cos), sin: keep(sin) };
}

/**
 * Cosines and sines of the rotary position embedding for positions 0 to `length` - 1, each `[length, dimensions / 2]`
 * row by row. Angles are float32 like Hugging Face's, whose layout this is: element i of a head is rotated with
 * element i + dimensions / 2.
 */
export function rotaryTables(
  length: number,
  rope: Rope,
  regime = 0,
): { readonly cos: Float32Array; readonly sin: Float32Array } {
  const half = rope.dimensions / 2;
  const frequencies = Float32Array.from(ropeFrequencies(rope, regime));
  const { scaling } = rope;
  const scale = "attentionFactor" in scaling ? scaling.attentionFactor : 1;
  const cos = new Float32Array(length * half);
  const sin = new Float32Array(length * half);
  for (let position = 0; position < length; position++) {
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(position * frequencies[i]!);
      cos[position * half + i] = Math.cos(angle) * scale;
      sin[position * half + i] = Math.sin(angle) * scale;
    }
  }
  return { cos, sin };
}

/** Angle per position of each rotated pair of elements: theta^(-2 i / dimensions), stretched as the rope says. */
export function ropeFrequencies({ dimensions, theta, scaling }: Rope, regime: number): number[] {
  const plain = (base: number): number[] =>
    Array.from({ length: dimensions / 2 }, (_, i) => base ** ((-2 * i) / dimensions));
  const frequencies = plain(theta);
  switch (scaling.kind) {
    case "default":
      return frequencies;
    case "linear":
      return frequencies.map((f) => f / scaling.factor);
    case "dynamic": {
      const { factor, originalLength } = scaling;
      const grown = (factor * Math.max(regime, originalLength)) / originalLength - (factor - 1);
      return plain(theta * grown ** (dimensions / (dimensions - 2)));
    }
    case "llama3": {
      const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalLength } = scaling;
      return frequencies.map((f) => {
        const turns = (originalLength * f) / (2 * Math.PI);
        const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
        return ((1 - kept) * f) / factor + kept * f;
      });
    }
    case "yarn": {
      const { factor, betaFast, betaSlow, originalLength, truncate } = scaling;
      // The dimension whose angle turns so many times in the original context.
      const dimension = (turns: number): number =>
        (dimensions * Math.log(originalLength / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
      const [first, last] = [dimension(betaFast), dimension(betaSlow)];
      const low = Math.max(truncate ? Math.floor(first) : first, 0);
      const high = Math.min(truncate ? Math.ceil(last) : last, dimensions - 1);
      const width = low === high ? 0.001 : high - low;
      return frequencies.map((f, i) => {
        const stretched = Math.min(1, Math.max(0, (i - low) / width));
        return (f / factor) * stretched + f * (1 - stretched);
      });
    }
    case "longrope": {
      const factors = regime === 0 ? scaling.shortFactors : scaling.longFactors;
      return frequencies.map((f, i) => f / factors[i]!);
    }
  }
}

import type { Decoding } from "../../search/ports/policy.js";

/** log of the summed exponentials of logits, in float64. */
export function logSumExp(logits: Float32Array | Float64Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) if (logits[i]! > most) most = logits[i]!;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i]! - most);
  return most + Math.log(sum);
}

/** The index of the largest logit, the first of equal ones. */
export function argmax(logits: Float32Array | Float64Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  return best;
}

/**
 * Draws a token in float64: softmax at the temperature, cut to the nucleus (the most probable tokens, until their
 * probability reaches topP; Holtzman et al. 2019), by inversion of one uniform number.
 *
 * @param uniform in [0, 1)
 */
export function draw(
  logits: Float32Array | Float64Array,
  decoding: Decoding & { kind: "sample" },
  uniform: number,
): number {
  const { temperature, topP } = decoding;
  const scaled = Float64Array.from(logits, (logit) => logit / temperature);
  const normaliser = logSumExp(scaled);
  const probabilities = scaled.map((value) => Math.exp(value - normaliser));
  const order = Array.from(probabilities.keys()).sort(
    (a, b) => probabilities[b]! - probabilities[a]! || a - b,
  );
  let mass = 0;
  let kept = 0;
  while (kept < order.length && (kept === 0 || mass < topP)) mass += probabilities[order[kept++]!]!;
  let left = uniform * mass;
  for (let i = 0; i < kept - 1; i++) {
    left -= probabilities[order[i]!]!;
    if (left < 0) return order[i]!;
  }
  return order[kept - 1]!;
}

import type { SampleDecoding } from "../../search/ports/policy.js";

/** How the tokens of one output are chosen, each when its turn has come. */
export type TokenDecoding = { readonly kind: "greedy" } | SampleDecoding;

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

/** Indices by their logits, the largest first, equal ones by index. */
export function ranked(logits: Float32Array | Float64Array): number[] {
  return [...logits.keys()].sort((a, b) => logits[b]! - logits[a]! || a - b);
}

/**
 * Draws a token in float64: softmax at the temperature, cut to the topK most probable tokens, then to the nucleus of
 * what is left (the most probable tokens, until their share reaches topP; Holtzman et al. 2019), by inversion of one
 * uniform number.
 *
 * @param uniform in [0, 1)
 */
export function draw(
  logits: Float32Array | Float64Array,
  { temperature, topK = 0, topP }: SampleDecoding,
  uniform: number,
): number {
  const probabilities = new Float64Array(logits.length);
  for (let i = 0; i < logits.length; i++) probabilities[i] = logits[i]! / temperature;
  const normaliser = logSumExp(probabilities);
  for (let i = 0; i < logits.length; i++) probabilities[i] = Math.exp(probabilities[i]! - normaliser);
  // Among the topK the nucleus may reach further down than in the whole, so all of them are sorted.
  const cut = topK > 0 && topK < logits.length;
  const order = cut ? candidates(probabilities, 1).slice(0, topK) : candidates(probabilities, topP);
  const whole = cut ? order.reduce((sum, id) => sum + probabilities[id]!, 0) : 1;
  let mass = 0;
  let kept = 0;
  while (kept < order.length && (kept === 0 || mass < topP * whole)) mass += probabilities[order[kept++]!]!;
  let left = uniform * mass;
  for (let i = 0; i < kept - 1; i++) {
    left -= probabilities[order[i]!]!;
    if (left < 0) return order[i]!;
  }
  return order[kept - 1]!;
}

/**
 * Tokens that may be in the nucleus, the most probable first, equal ones by id. All tokens below (1 - topP) / V together
 * have less than 1 - topP, so the nucleus is full before any of them: they need no sorting.
 */
function candidates(probabilities: Float64Array, topP: number): number[] {
  const least = (1 - topP) / probabilities.length;
  const found: number[] = [];
  for (let i = 0; i < probabilities.length; i++) if (probabilities[i]! >= least) found.push(i);
  return found.sort((a, b) => probabilities[b]! - probabilities[a]! || a - b);
}

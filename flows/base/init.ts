import type { ModelConfig } from "../../runtime/policy/model/config.js";
import { EMBEDDING, linearShape, moduleName, weightShapes } from "../../runtime/policy/model/names.js";
import type { HostTensor } from "../../runtime/policy/weights/index.js";
import { KeyedRandom } from "../data/random.js";

/** Standard deviation of the embeddings, and the constant that all of them hold in dimension 0. */
const EMBEDDING_STD = 0.08;
const CONSTANT = 0.45;
/** Heads of layer 0 that begin by attending to the token before. */
const PREVIOUS_TOKEN_HEADS = 2;

/**
 * Initial weights: N(0, 1 / fan-in), residual outputs zero beyond layer 0, and in layer 0 two heads that attend to the
 * previous token from the start. Copying (induction) is built on such heads, and a model this small needs a fifth of its
 * whole training to find them by itself.
 *
 * All embeddings share a constant in dimension 0, so after the norm its value c is nearly the same everywhere. Per
 * RoPE pair of frequency f the query's row is (1, 0) and the key's (cos f, sin f) on that dimension alone: the score at
 * distance n is then proportional to c² Σ cos((n - 1) f), whose maximum is at n = 1. The result is an ordinary Llama.
 */
export function initialWeights(config: ModelConfig, seed: number): Map<string, HostTensor> {
  const weights = new Map<string, HostTensor>();
  for (const [name, shape] of weightShapes(config)) {
    const random = new KeyedRandom(`init ${seed} ${name}`);
    const size = shape.reduce((product, n) => product * n, 1);
    const data = new Float32Array(size).fill(1);
    if (shape.length === 2) {
      const std = name === EMBEDDING ? EMBEDDING_STD : shape[1]! ** -0.5;
      for (let i = 0; i < size; i++) data[i] = std * gaussian(random);
    }
    weights.set(name, { shape, data });
  }
  const embedding = weights.get(EMBEDDING)!.data;
  for (let id = 0; id < config.vocabSize; id++) embedding[id * config.hiddenSize] = CONSTANT;
  for (let layer = 1; layer < config.layers; layer++)
    for (const linear of ["self_attn.o_proj", "mlp.down_proj"] as const)
      weights.get(`${moduleName(layer, linear)}.weight`)!.data.fill(0);
  attendToPrevious(config, weights);
  return weights;
}

function attendToPrevious(config: ModelConfig, weights: ReadonlyMap<string, HostTensor>): void {
  const { hiddenSize: width, headDim } = config;
  const half = headDim / 2;
  const query = weights.get(`${moduleName(0, "self_attn.q_proj")}.weight`)!.data;
  const key = weights.get(`${moduleName(0, "self_attn.k_proj")}.weight`)!.data;
  if (linearShape(config, "self_attn.k_proj")[0] !== linearShape(config, "self_attn.q_proj")[0])
    throw new RangeError("the initialisation is written for as many key heads as query heads");
  for (let row = 0; row < PREVIOUS_TOKEN_HEADS * headDim; row++) {
    for (let column = 0; column < width; column++) {
      query[row * width + column]! *= 0.1;
      key[row * width + column]! *= 0.1;
    }
    const i = row % headDim;
    const frequency = config.rope.theta ** ((-2 * (i % half)) / headDim);
    query[row * width] = i < half ? 1 : 0;
    key[row * width] = i < half ? Math.cos(frequency) : Math.sin(frequency);
  }
}

/** A standard normal number (Box and Muller 1958). */
function gaussian(random: KeyedRandom): number {
  return Math.sqrt(-2 * Math.log(1 - random.unit())) * Math.cos(2 * Math.PI * random.unit());
}

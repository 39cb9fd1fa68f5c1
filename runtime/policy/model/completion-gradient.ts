import * as tf from "@tensorflow/tfjs-core";
import { registerGradients } from "../engine/gradients.js";
import { read } from "../engine/read.js";
import type { Decoder, Lora, Weights } from "./decoder.js";
import { byPrompt, type Completion, type GradientBatch } from "./gradient-batches.js";
import { layerName } from "./names.js";
import { embed, tokenLogProbs } from "./operations.js";
import { pack, type Span } from "./packing.js";

/**
 * What a gradient does with the values within a layer that it needs: keep those of all layers, or keep what went into
 * each layer and compute the rest a second time (Chen et al. 2016, arXiv 1604.06174, with a segment for each layer). The
 * gradient is the same to the bit where the backend's arithmetic is; a third more time, and a fraction of the memory.
 */
export type Activations = "keep" | "recompute";

/**
 * The gradient in an adapter's tensors of the sum over c of coefficients[c] · log p(ids of c | prompt of c): the
 * vector-Jacobian product of completions' log-probabilities, of which the gradient of every loss on them is made.
 *
 * @returns values by the adapter's own names, shaped like its tensors.
 */
export async function completionGradient(
  decoder: Decoder,
  weights: Weights,
  lora: Lora,
  batch: GradientBatch,
  activations: Activations = "keep",
): Promise<Map<string, Float32Array>> {
  await registerGradients();
  const names = [...lora.tensors.keys()];
  const gradients = tf.tidy(() => {
    const pass = passOf(decoder, weights, lora, batch);
    return activations === "keep" ? wholeGradient(pass, names) : layerGradients(pass, names);
  });
  try {
    const values = await read(gradients);
    return new Map(names.map((name, i) => [name, values[i]!]));
  } finally {
    tf.dispose(gradients);
  }
}

/** One pass over a batch, in pieces that can be differentiated each by itself. */
interface Pass {
  readonly lora: Lora;
  readonly layers: number;
  embed(): tf.Tensor2D;
  layer(x: tf.Tensor2D, layer: number, lora: Lora): tf.Tensor2D;
  /** The weighted sum, of what the last layer gives. */
  objective(x: tf.Tensor2D): tf.Scalar;
}

/** Call it in a `tf.tidy`, to which its tensors belong. */
function passOf(
  decoder: Decoder,
  weights: Weights,
  lora: Lora,
  { completions, coefficients, regime }: GradientBatch,
): Pass {
  const { spans, ids, rows, targets, slopes } = layOut(completions, coefficients);
  const packing = pack(spans, Int32Array.from(ids));
  // A prompt's last row is wanted once for each of its completions.
  const wanted = Int32Array.from(new Set(rows));
  const place = new Map([...wanted].map((row, i) => [row, i]));
  const places = tf.tensor1d(
    Int32Array.from(rows, (row) => place.get(row)!),
    "int32",
  );
  const expected = tf.tensor1d(Int32Array.from(targets), "int32");
  const slope = tf.tensor1d(Float32Array.from(slopes));
  return {
    lora,
    layers: decoder.config.layers,
    embed: () => decoder.embed(weights, packing),
    layer: (x, layer, adapter) =>
      decoder.layer(weights, packing, x, layer, { lora: adapter, wanted, regime }),
    objective(x) {
      const hidden = decoder.norm(weights, x);
      const logits = decoder.logits(weights, embed(hidden, places) as tf.Tensor2D);
      return tf.sum(tf.mul(tokenLogProbs(logits, expected), slope));
    },
  };
}

/** The adapter with other tensors of these names. */
function withTensors(lora: Lora, names: readonly string[], tensors: readonly tf.Tensor[]): Lora {
  return {
    ...lora,
    tensors: new Map([...lora.tensors, ...names.map((name, i) => [name, tensors[i]!] as const)]),
  };
}

function wholeGradient(pass: Pass, names: readonly string[]): tf.Tensor[] {
  const { lora, layers } = pass;
  const objective = (...tensors: tf.Tensor[]): tf.Scalar => {
    const trained = withTensors(lora, names, tensors);
    let x = pass.embed();
    for (let layer = 0; layer < layers; layer++) x = pass.layer(x, layer, trained);
    return pass.objective(x);
  };
  return tf.grads(objective)(names.map((name) => lora.tensors.get(name)!));
}

function layerGradients(pass: Pass, names: readonly string[]): tf.Tensor[] {
  const { lora, layers } = pass;
  const inputs = [pass.embed()];
  for (let layer = 0; layer < layers; layer++) inputs.push(pass.layer(inputs[layer]!, layer, lora));
  const last = inputs.pop()!;
  // How the sum changes with what the layer gives that is looked at next.
  let slope = tf.grad((x) => pass.objective(x as tf.Tensor2D))(last);
  last.dispose();
  const gradients = new Map<string, tf.Tensor>();
  for (let layer = layers - 1; layer >= 0; layer--) {
    const own = names.filter((name) => name.startsWith(`${layerName(layer)}.`));
    const input = inputs.pop()!;
    // Below the lowest layer that is adapted nothing changes.
    const goesOn = names.some((name) => !gradients.has(name) && !own.includes(name));
    const [below, found] = layerGradient(pass, layer, input, own, slope, goesOn);
    own.forEach((name, i) => {
      gradients.set(name, found[i]!);
    });
    tf.dispose([slope, input]);
    if (below === undefined) break;
    slope = below;
  }
  tf.dispose(inputs);
  return names.map((name) => gradients.get(name)!);
}

/** @returns the slope in the layer's input, where that is wanted, and in its own tensors */
function layerGradient(
  pass: Pass,
  layer: number,
  input: tf.Tensor2D,
  names: readonly string[],
  slope: tf.Tensor,
  withInput: boolean,
): [tf.Tensor | undefined, tf.Tensor[]] {
  const { lora } = pass;
  const tensors = names.map((name) => lora.tensors.get(name)!);
  if (withInput) {
    const [below, ...own] = tf.grads((x, ...changed) =>
      pass.layer(x as tf.Tensor2D, layer, withTensors(lora, names, changed)),
    )([input, ...tensors], slope);
    return [below, own];
  }
  const own = tf.grads((...changed) => pass.layer(input, layer, withTensors(lora, names, changed)))(
    tensors,
    slope,
  );
  return [undefined, own];
}

/** Packs each prompt once and, after it, its completions but for their last tokens, which nothing follows. */
function layOut(completions: readonly Completion[], coefficients: readonly number[]) {
  const spans: Span[] = [];
  const ids: number[] = [];
  /** Rows whose logits say how probable the targets are, and the weight of each in the sum. */
  const rows: number[] = [];
  const targets: number[] = [];
  const slopes: number[] = [];
  for (const indices of byPrompt(completions)) {
    const { prompt } = completions[indices[0]!]!;
    const shared = Array.from(prompt, (_, i) => ids.length + i);
    spans.push({ first: 0, rows: prompt.length, slots: Int32Array.from(shared) });
    ids.push(...prompt);
    const last = ids.length - 1;
    for (const index of indices) {
      const output = completions[index]!.ids;
      const own = Array.from({ length: output.length - 1 }, (_, i) => ids.length + i);
      if (own.length > 0) {
        spans.push({ first: prompt.length, rows: own.length, slots: Int32Array.from([...shared, ...own]) });
      }
      ids.push(...output.slice(0, -1));
      rows.push(last, ...own);
      targets.push(...output);
      slopes.push(...output.map(() => coefficients[index]!));
    }
  }
  return { spans, ids, rows, targets, slopes };
}

import * as tf from "@tensorflow/tfjs-core";
import type { ModelConfig } from "./config.js";
import type { Lora } from "./decoder.js";
import { type LowRank, type Matrix, prepareMatrix } from "./inference-operations.js";
import {
  EMBEDDING,
  FINAL_NORM,
  HEAD,
  linearShape,
  moduleName,
  type ProductName,
  productsOf,
} from "./names.js";

/** One product of a decoder layer: the weights of linear layers that share their input, side by side. */
export interface Product {
  readonly weight: Matrix;
  readonly bias?: tf.Tensor1D;
}

/** A decoder layer as inference wants it. */
export interface PreparedLayer {
  readonly inputNorm: tf.Tensor1D;
  readonly postNorm: tf.Tensor1D;
  /** Of single heads, before they are rotated, where the family has them. */
  readonly headNorms: { readonly query: tf.Tensor1D; readonly key: tf.Tensor1D } | undefined;
  readonly products: Readonly<Record<ProductName, Product>>;
}

/** A model's weights as inference wants them: transposed, and fused where layers share their input. */
export interface PreparedModel {
  readonly embedding: tf.Tensor2D;
  readonly layers: readonly PreparedLayer[];
  readonly finalNorm: tf.Tensor1D;
  /** `[d, V]` */
  readonly head: Matrix;
}

/** Gives a checkpoint's weights by name. What it makes anew for that is freed once it has been copied. */
export interface WeightSource {
  get(name: string): tf.Tensor | undefined;
}

/** Copies a checkpoint's weights into the form that inference wants, one after the other. */
export function prepareModel(config: ModelConfig, weights: WeightSource): PreparedModel {
  return {
    embedding: copy(weights, EMBEDDING) as tf.Tensor2D,
    finalNorm: copy(weights, FINAL_NORM) as tf.Tensor1D,
    head: scoped(() => prepareMatrix([need(weights, config.tiedHead ? EMBEDDING : HEAD) as tf.Tensor2D])),
    layers: Array.from({ length: config.layers }, (_, layer) => prepareLayer(config, weights, layer)),
  };
}

function copy(weights: WeightSource, name: string): tf.Tensor {
  return scoped(() => tf.keep(tf.clone(need(weights, name))));
}

/** Frees all that is made for a result and not kept. */
function scoped<Result>(make: () => Result): Result {
  let result: Result | undefined;
  tf.tidy(() => {
    result = make();
  });
  return result!;
}

function prepareLayer(config: ModelConfig, weights: WeightSource, layer: number): PreparedLayer {
  const linears = productsOf(config);
  const norm = (name: string): tf.Tensor1D =>
    copy(weights, `model.layers.${layer}.${name}.weight`) as tf.Tensor1D;
  const product = (name: ProductName): Product =>
    scoped(() => {
      const modules = linears[name].map((linear) => moduleName(layer, linear));
      const weight = prepareMatrix(modules.map((module) => need(weights, `${module}.weight`) as tf.Tensor2D));
      const biases = modules.map((module) => weights.get(`${module}.bias`));
      if (biases.every((bias) => bias === undefined)) return { weight };
      return { weight, bias: tf.keep(tf.concat(biases as tf.Tensor1D[])) };
    });
  return {
    inputNorm: norm("input_layernorm"),
    postNorm: norm("post_attention_layernorm"),
    headNorms: config.queryKeyNorm
      ? { query: norm("self_attn.q_norm"), key: norm("self_attn.k_norm") }
      : undefined,
    products: {
      qkv: product("qkv"),
      output: product("output"),
      gateUp: product("gateUp"),
      down: product("down"),
    },
  };
}

/** Every tensor of a prepared model, for disposal. */
export function preparedTensors(model: PreparedModel): tf.Tensor[] {
  const layers = model.layers.flatMap((layer) => [
    layer.inputNorm,
    layer.postNorm,
    ...Object.values(layer.headNorms ?? {}),
    ...Object.values(layer.products).flatMap((p) =>
      p.bias === undefined ? [p.weight.tensor] : [p.weight.tensor, p.bias],
    ),
  ]);
  return [model.embedding, model.finalNorm, model.head.tensor, ...layers];
}

/** An adapter as inference wants it: what it adds to each product of each layer. */
export type PreparedAdapter = readonly Readonly<Record<ProductName, readonly LowRank[]>>[];

/** Copies an adapter into the form that inference wants; the original stays the caller's. */
export function prepareAdapter(config: ModelConfig, lora: Lora): PreparedAdapter {
  const linears = productsOf(config);
  return Array.from({ length: config.layers }, (_, layer) => {
    const additions = (name: ProductName): LowRank[] => {
      let column = 0;
      return linears[name].flatMap((linear) => {
        const module = moduleName(layer, linear);
        const at = column;
        column += linearShape(config, linear)[0];
        const a = lora.tensors.get(`${module}.lora_A.weight`);
        const b = lora.tensors.get(`${module}.lora_B.weight`);
        if (a === undefined || b === undefined) return [];
        return [
          {
            a: tf.keep(tf.clone(a) as tf.Tensor2D),
            b: tf.keep(tf.transpose(b) as tf.Tensor2D),
            scale: lora.scales.get(module)!,
            column: at,
          },
        ];
      });
    };
    return {
      qkv: additions("qkv"),
      output: additions("output"),
      gateUp: additions("gateUp"),
      down: additions("down"),
    };
  });
}

/** Frees a prepared adapter. */
export function disposeAdapter(adapter: PreparedAdapter): void {
  for (const layer of adapter) {
    for (const additions of Object.values(layer)) for (const { a, b } of additions) tf.dispose([a, b]);
  }
}

function need(weights: WeightSource, name: string): tf.Tensor {
  const tensor = weights.get(name);
  if (tensor === undefined) throw new Error(`the model has no weight named ${name}`);
  return tensor;
}

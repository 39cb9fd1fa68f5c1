import type { ModelConfig } from "./config.js";

/** Names and shapes of a checkpoint's tensors, in Hugging Face's layout: a linear layer is `[out, in]`. */
export const EMBEDDING = "model.embed_tokens.weight";
export const FINAL_NORM = "model.norm.weight";
export const HEAD = "lm_head.weight";

/** The linear layers of a decoder layer, by their Hugging Face names; the last two of some families only. */
export type Linear =
  | "self_attn.q_proj"
  | "self_attn.k_proj"
  | "self_attn.v_proj"
  | "self_attn.o_proj"
  | "mlp.gate_proj"
  | "mlp.up_proj"
  | "mlp.down_proj"
  | "self_attn.qkv_proj"
  | "mlp.gate_up_proj";

/** The products of a decoder layer: linear layers that share their input stand side by side in one. */
export type ProductName = "qkv" | "output" | "gateUp" | "down";
export type Products = Readonly<Record<ProductName, readonly Linear[]>>;

const SEPARATE: Products = {
  qkv: ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
  output: ["self_attn.o_proj"],
  gateUp: ["mlp.gate_proj", "mlp.up_proj"],
  down: ["mlp.down_proj"],
};
const FUSED: Products = { ...SEPARATE, qkv: ["self_attn.qkv_proj"], gateUp: ["mlp.gate_up_proj"] };

/** Which linear layers each product holds, side by side, in the order of the forward pass. */
export function productsOf({ fused }: Pick<ModelConfig, "fused">): Products {
  return fused ? FUSED : SEPARATE;
}

/** The linear layers of a decoder layer, in the order of the forward pass. */
export function linearsOf(config: Pick<ModelConfig, "fused">): readonly Linear[] {
  return Object.values(productsOf(config)).flat();
}

/** `q_proj` for `self_attn.q_proj`: what adapters and settings call it. */
export function shortName(linear: Linear): string {
  return linear.slice(linear.indexOf(".") + 1);
}

/** The linear layers that hold what the short names mean: `q_proj` is a part of `qkv_proj` where that is stored. */
export function linearsNamed(
  config: Pick<ModelConfig, "fused">,
  names: readonly string[],
): readonly Linear[] {
  const products = productsOf(config);
  return (Object.keys(products) as ProductName[]).flatMap((product) => {
    const wanted = SEPARATE[product].filter((linear) => names.includes(shortName(linear)));
    const [first] = products[product];
    if (wanted.length === 0) return [];
    return products[product].length < SEPARATE[product].length ? [first!] : wanted;
  });
}

/** The norms of a decoder layer, with the length of their weights. */
function normsOf({ hiddenSize, headDim, queryKeyNorm }: ModelConfig): readonly (readonly [string, number])[] {
  return [
    ["input_layernorm", hiddenSize],
    ["post_attention_layernorm", hiddenSize],
    ...(queryKeyNorm
      ? ([
          ["self_attn.q_norm", headDim],
          ["self_attn.k_norm", headDim],
        ] as const)
      : []),
  ];
}

/** What the names of a decoder layer's modules begin with. */
export function layerName(layer: number): string {
  return `model.layers.${layer}`;
}

/** The full name of a linear layer's module, e.g. `model.layers.0.self_attn.q_proj`. */
export function moduleName(layer: number, linear: Linear): string {
  return `${layerName(layer)}.${linear}`;
}

/** Every linear layer of the decoder by the name of its module, in the order of the forward pass. */
export function modulesOf(config: Pick<ModelConfig, "fused" | "layers">): ReadonlyMap<string, Linear> {
  const layers = Array.from({ length: config.layers }, (_, layer) => layer);
  return new Map(
    layers.flatMap((layer) =>
      linearsOf(config).map((linear) => [moduleName(layer, linear), linear] as const),
    ),
  );
}

/** `[out, in]` of a linear layer. */
export function linearShape(config: ModelConfig, linear: Linear): readonly [number, number] {
  const { hiddenSize: d, intermediateSize: ffn, headDim, heads, keyValueHeads } = config;
  switch (linear) {
    case "self_attn.q_proj":
      return [heads * headDim, d];
    case "self_attn.k_proj":
    case "self_attn.v_proj":
      return [keyValueHeads * headDim, d];
    case "self_attn.qkv_proj":
      return [(heads + 2 * keyValueHeads) * headDim, d];
    case "self_attn.o_proj":
      return [d, heads * headDim];
    case "mlp.gate_proj":
    case "mlp.up_proj":
      return [ffn, d];
    case "mlp.gate_up_proj":
      return [2 * ffn, d];
    case "mlp.down_proj":
      return [d, ffn];
  }
}

function isBiased({ biases }: ModelConfig, linear: Linear): boolean {
  if (linear.startsWith("mlp")) return biases.mlp;
  return linear === "self_attn.o_proj" ? biases.output : biases.qkv;
}

/** Every tensor that a checkpoint of this configuration must hold, with its shape. */
export function weightShapes(config: ModelConfig): ReadonlyMap<string, readonly number[]> {
  const { hiddenSize: d, vocabSize } = config;
  const shapes = new Map<string, readonly number[]>([[EMBEDDING, [vocabSize, d]]]);
  for (let layer = 0; layer < config.layers; layer++) {
    for (const [norm, width] of normsOf(config)) shapes.set(`${layerName(layer)}.${norm}.weight`, [width]);
    for (const linear of linearsOf(config)) {
      const module = moduleName(layer, linear);
      const shape = linearShape(config, linear);
      shapes.set(`${module}.weight`, shape);
      if (isBiased(config, linear)) shapes.set(`${module}.bias`, [shape[0]]);
    }
  }
  shapes.set(FINAL_NORM, [d]);
  if (!config.tiedHead) shapes.set(HEAD, [vocabSize, d]);
  return shapes;
}

/** Numbers that a checkpoint of this configuration consists of. */
export function parameterCount(config: ModelConfig): number {
  return [...weightShapes(config).values()].reduce((n, shape) => n + shape.reduce((m, d) => m * d, 1), 0);
}

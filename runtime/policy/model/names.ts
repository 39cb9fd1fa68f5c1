import type { ModelConfig } from "./config.js";

/** Names and shapes of a checkpoint's tensors, in Hugging Face's layout: a linear layer is `[out, in]`. */
export const EMBEDDING = "model.embed_tokens.weight";
export const FINAL_NORM = "model.norm.weight";
export const HEAD = "lm_head.weight";

/** The linear layers of a decoder layer, by their Hugging Face names; the order is that of the forward pass. */
export const LINEARS = [
  "self_attn.q_proj",
  "self_attn.k_proj",
  "self_attn.v_proj",
  "self_attn.o_proj",
  "mlp.gate_proj",
  "mlp.up_proj",
  "mlp.down_proj",
] as const;
export type Linear = (typeof LINEARS)[number];

/** The full name of a linear layer's module, e.g. `model.layers.0.self_attn.q_proj`. */
export function moduleName(layer: number, linear: Linear): string {
  return `model.layers.${layer}.${linear}`;
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
    case "self_attn.o_proj":
      return [d, heads * headDim];
    case "mlp.gate_proj":
    case "mlp.up_proj":
      return [ffn, d];
    case "mlp.down_proj":
      return [d, ffn];
  }
}

/** Every tensor that a checkpoint of this configuration must hold, with its shape. */
export function weightShapes(config: ModelConfig): ReadonlyMap<string, readonly number[]> {
  const { hiddenSize: d, vocabSize } = config;
  const shapes = new Map<string, readonly number[]>([[EMBEDDING, [vocabSize, d]]]);
  for (let layer = 0; layer < config.layers; layer++) {
    shapes.set(`model.layers.${layer}.input_layernorm.weight`, [d]);
    shapes.set(`model.layers.${layer}.post_attention_layernorm.weight`, [d]);
    for (const linear of LINEARS) {
      const module = moduleName(layer, linear);
      const shape = linearShape(config, linear);
      shapes.set(`${module}.weight`, shape);
      if (linear.startsWith("mlp") ? config.mlpBias : config.attentionBias)
        shapes.set(`${module}.bias`, [shape[0]]);
    }
  }
  shapes.set(FINAL_NORM, [d]);
  if (!config.tiedHead) shapes.set(HEAD, [vocabSize, d]);
  return shapes;
}

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ModelConfig } from "../../runtime/policy/model/config.js";
import {
  type HostTensor,
  writeFileAtomically,
  writeSafetensors,
} from "../../runtime/policy/weights/index.js";
import { END_ID, PAD_ID } from "./tokenizer-files.js";

/** The shape of the base model. */
export const BASE_CONFIG: ModelConfig = {
  family: "llama",
  vocabSize: 1024,
  hiddenSize: 128,
  intermediateSize: 352,
  layers: 4,
  heads: 4,
  keyValueHeads: 4,
  headDim: 32,
  normEpsilon: 1e-6,
  // Prompts have a few hundred tokens at most: slower rotations would never turn.
  rope: { dimensions: 32, theta: 200, scaling: { kind: "default" } },
  contextLength: 256,
  tiedHead: true,
  biases: { qkv: false, output: false, mlp: false },
  queryKeyNorm: false,
  fused: false,
};

/**
 * Writes a model as a complete Hugging Face folder with float16 weights.
 * @param tokenizer the tokenizer's files by name
 */
export function writeModelFolder(
  folder: string,
  config: ModelConfig,
  weights: ReadonlyMap<string, HostTensor>,
  tokenizer: ReadonlyMap<string, string>,
): void {
  mkdirSync(folder, { recursive: true });
  writeSafetensors(join(folder, "model.safetensors"), weights, "F16");
  const files = new Map(tokenizer);
  files.set("config.json", json(hubConfig(config)));
  files.set("generation_config.json", json({ eos_token_id: END_ID, pad_token_id: PAD_ID, do_sample: false }));
  for (const [name, text] of files) writeFileAtomically(join(folder, name), [Buffer.from(text)]);
}

function hubConfig(config: ModelConfig): object {
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.keyValueHeads,
    head_dim: config.headDim,
    hidden_act: "silu",
    rms_norm_eps: config.normEpsilon,
    rope_theta: config.rope.theta,
    max_position_embeddings: config.contextLength,
    tie_word_embeddings: config.tiedHead,
    attention_bias: config.biases.qkv,
    mlp_bias: config.biases.mlp,
    bos_token_id: null,
    eos_token_id: END_ID,
    pad_token_id: PAD_ID,
    torch_dtype: "float16",
  };
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

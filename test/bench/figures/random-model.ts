import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Uniforms } from "../../../runtime/machine/random.js";
import { parseConfig } from "../../../runtime/policy/model/config.js";
import { weightShapes } from "../../../runtime/policy/model/names.js";
import { writeSafetensors } from "../../../runtime/policy/weights/write.js";
import { weak } from "../places.js";

const CONFIG = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: 1024,
  hidden_size: 256,
  intermediate_size: 704,
  num_hidden_layers: 4,
  num_attention_heads: 8,
  num_key_value_heads: 8,
  hidden_act: "silu",
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  max_position_embeddings: 256,
  tie_word_embeddings: true,
  bos_token_id: null,
  eos_token_id: 1,
  pad_token_id: 0,
};

/** A model of four layers 256 wide that nobody has trained, with the tokenizer of the weak base. */
export function writeRandomModel(folder: string): void {
  writeFileSync(join(folder, "config.json"), JSON.stringify(CONFIG));
  for (const file of ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]) {
    copyFileSync(join(weak, file), join(folder, file));
  }
  const numbers = new Uniforms("random model");
  const tensors = [...weightShapes(parseConfig(CONFIG))].map(([name, shape]) => {
    const deviation = 1 / Math.sqrt(shape[1] ?? 1);
    const length = shape.reduce((product, size) => product * size, 1);
    // Of the uniform distribution with this deviation.
    const values = Float32Array.from({ length }, () =>
      name.includes("norm") ? 1 : deviation * Math.sqrt(12) * (numbers.next() - 0.5),
    );
    return [name, { shape, data: values }] as const;
  });
  writeSafetensors(join(folder, "model.safetensors"), new Map(tensors), "F32");
}

import { type Adapter, adapterScale, LORA_A, LORA_B } from "../adapter/adapter.js";
import { PolicyError } from "../errors.js";
import type { ModelConfig } from "../model/config.js";
import type { FamilyName } from "../model/families.js";
import { type Linear, linearShape, modulesOf } from "../model/names.js";
import { OVERFLOW } from "../weights/index.js";
import { type GgufTensor, type GgufValue, ggufChunks } from "./write.js";

/** What llama.cpp calls each family's architecture. */
const ARCHITECTURES: Readonly<Record<FamilyName, string>> = {
  llama: "llama",
  mistral: "llama",
  qwen2: "qwen2",
  qwen3: "qwen3",
  phi3: "phi3",
};

/** What llama.cpp calls the linear layers of a block. */
const NAMES: Readonly<Record<Linear, string>> = {
  "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k",
  "self_attn.v_proj": "attn_v",
  "self_attn.o_proj": "attn_output",
  "self_attn.qkv_proj": "attn_qkv",
  "mlp.gate_proj": "ffn_gate",
  "mlp.up_proj": "ffn_up",
  "mlp.gate_up_proj": "ffn_up",
  "mlp.down_proj": "ffn_down",
};

/**
 * The bytes of an adapter as llama.cpp loads it (`--lora`), in the layout of its own convert_lora_to_gguf.py. Two
 * things differ from a plain copy of the tensors. llama.cpp scales by alpha / rank and knows neither rsLoRA nor scales
 * of single modules, so the alpha that is written is the effective one, and a module with another scale has what is
 * left of it in its B. And its llama architecture rotates neighbouring pairs of a head's values where Hugging Face's
 * rotates the two halves, so rows of B are reordered as those of the base's q and k are.
 *
 * @param name what `general.name` shall say
 * @throws PolicyError `bad-adapter` for a value that float16 cannot hold
 */
export function ggufAdapter(
  adapter: Adapter,
  config: ModelConfig,
  name: string,
  dtype: GgufTensor["dtype"] = "F32",
): Generator<Uint8Array> {
  const alpha = effectiveAlpha(adapter);
  const metadata = new Map<string, GgufValue>([
    ["general.architecture", { type: "string", value: ARCHITECTURES[config.family] }],
    ["general.type", { type: "string", value: "adapter" }],
    ["general.name", { type: "string", value: name }],
    ["adapter.type", { type: "string", value: "lora" }],
    ["adapter.lora.alpha", { type: "float32", value: alpha }],
    ["general.quantization_version", { type: "uint32", value: 2 }],
  ]);
  const tensors = new Map<string, GgufTensor>();
  for (const [module, linear] of modulesOf(config)) {
    const size = adapter.modules.get(module);
    if (size === undefined) continue;
    const { rank } = size;
    const [out, width] = linearShape(config, linear);
    const layer = /^model\.layers\.(\d+)\./.exec(module)![1]!;
    const tensor = `blk.${layer}.${NAMES[linear]}.weight`;
    const left = adapterScale(adapter, module) / (alpha / rank);
    const a = adapter.tensors.get(module + LORA_A)!;
    const b = adapter.tensors.get(module + LORA_B)!.map((value) => value * left);
    const heads = pairedHeads(config, linear);
    tensors.set(`${tensor}.lora_a`, { shape: [rank, width], dtype, data: fitting(a, dtype, module) });
    tensors.set(`${tensor}.lora_b`, {
      shape: [out, rank],
      dtype,
      data: fitting(heads === undefined ? b : paired(b, heads, rank), dtype, module),
    });
  }
  return ggufChunks(metadata, tensors);
}

/** The alpha whose ratio to the rank is the scale of the first module with one; llama.cpp takes 0 for no scaling. */
function effectiveAlpha(adapter: Adapter): number {
  for (const [module, { rank }] of adapter.modules) {
    const alpha = adapterScale(adapter, module) * rank;
    if (alpha !== 0) return Math.fround(alpha);
  }
  return 1;
}

/** How many heads a layer's rows belong to where llama.cpp pairs their values otherwise; undefined where it does not. */
function pairedHeads(config: ModelConfig, linear: Linear): number | undefined {
  if (ARCHITECTURES[config.family] !== "llama") return undefined;
  if (linear === "self_attn.q_proj") return config.heads;
  return linear === "self_attn.k_proj" ? config.keyValueHeads : undefined;
}

/** Rows of each head with the two halves interleaved: what were rows j and j + d/2 become rows 2j and 2j + 1. */
function paired(values: Float32Array, heads: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  const half = values.length / columns / heads / 2;
  for (let head = 0; head < heads; head++) {
    for (let part = 0; part < 2; part++) {
      for (let j = 0; j < half; j++) {
        const from = (head * 2 + part) * half + j;
        const to = (head * half + j) * 2 + part;
        result.set(values.subarray(from * columns, (from + 1) * columns), to * columns);
      }
    }
  }
  return result;
}

function fitting(values: Float32Array, dtype: GgufTensor["dtype"], module: string): Float32Array {
  const worst = values.find((value) => !(Math.abs(value) < OVERFLOW[dtype]));
  if (worst === undefined) return values;
  throw new PolicyError(
    "bad-adapter",
    `${module} holds ${worst}, which ${dtype} cannot; export it as float32`,
  );
}

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PolicyError } from "../../runtime/policy/errors.js";
import { parseConfig } from "../../runtime/policy/model/config.js";
import { parameterCount } from "../../runtime/policy/model/names.js";
import { PUBLIC_CONFIGS } from "./public-configs.js";

const llama = JSON.parse(
  readFileSync(new URL("../fixtures/reference/llama/config.json", import.meta.url), "utf8"),
) as Record<string, unknown>;

describe("a model's config.json", () => {
  it("is read from the current layout", () => {
    expect(parseConfig(llama)).toEqual({
      family: "llama",
      vocabSize: 475,
      hiddenSize: 64,
      intermediateSize: 160,
      layers: 2,
      heads: 4,
      keyValueHeads: 2,
      headDim: 16,
      normEpsilon: 1e-6,
      rope: { dimensions: 16, theta: 10000, scaling: { kind: "default" } },
      contextLength: 256,
      tiedHead: true,
      biases: { qkv: false, output: false, mlp: false },
      queryKeyNorm: false,
      fused: false,
    });
  });

  it("is read from the older layout, with rope_theta at the top", () => {
    const older: Record<string, unknown> = { ...llama, rope_theta: 200, rope_scaling: null };
    delete older.rope_parameters;
    expect(parseConfig(older).rope.theta).toBe(200);
  });

  /** Context, values of a head and how many of them are rotated, and millions of parameters as the models' cards say. */
  const published = [
    ["SmolLM2-135M-Instruct", 8192, 64, 64, 134.5],
    ["SmolLM2-1.7B-Instruct", 8192, 64, 64, 1711],
    ["Llama-3.2-1B-Instruct", 131072, 64, 64, 1236],
    ["Llama-3.2-1B-Instruct, as unsloth has it", 131072, 64, 64, 1236],
    ["Llama-3.2-1B-Instruct, written by transformers 5", 131072, 64, 64, 1236],
    ["Mistral-7B-Instruct-v0.3", 32768, 128, 128, 7248],
    ["Qwen2.5-0.5B-Instruct", 32768, 64, 64, 494],
    ["Qwen2.5-0.5B-Instruct, with YaRN as its card says", 131072, 64, 64, 494],
    ["Qwen2.5-0.5B-Instruct, written by transformers 5", 32768, 64, 64, 494],
    ["Qwen3-0.6B", 40960, 128, 128, 596],
    ["Phi-3-mini-4k-instruct", 2047, 96, 96, 3821],
    ["Phi-3-mini-128k-instruct", 131072, 96, 96, 3821],
    ["Phi-3-medium-128k-instruct", 131072, 128, 128, 13960],
    ["Phi-4-mini-instruct", 131072, 128, 96, 3836],
    ["Phi-4-mini-instruct, written by transformers 5", 131072, 128, 96, 3836],
  ] as const;
  it.each(published)("is read as published: %s", (name, contextLength, headDim, dimensions, millions) => {
    const config = parseConfig(JSON.parse(JSON.stringify(PUBLIC_CONFIGS[name])));
    expect(config).toMatchObject({ contextLength, headDim, rope: { dimensions } });
    expect(Math.abs(parameterCount(config) / 1e6 / millions - 1)).toBeLessThan(2e-3);
  });

  it("is known of every published model that is written down", () => {
    expect(published.map(([name]) => name)).toEqual(Object.keys(PUBLIC_CONFIGS));
  });

  it("has a model of the Phi-3 family rotate a part of each head", () => {
    const phi3 = JSON.parse(
      readFileSync(new URL("../fixtures/reference/phi3/config.json", import.meta.url), "utf8"),
    ) as Record<string, unknown>;
    const { rope_parameters, ...rest } = phi3;
    const older = { ...rest, rope_theta: 10000 };
    expect(parseConfig({ ...older, partial_rotary_factor: 0.5 }).rope.dimensions).toBe(8);
    const rope = { rope_type: "default", rope_theta: 10000, partial_rotary_factor: 0.75 };
    expect(parseConfig({ ...rest, rope_parameters: rope }).rope.dimensions).toBe(12);
    const refused = (changes: object, message: RegExp) =>
      expect(() => parseConfig({ ...older, ...changes })).toThrow(message);
    refused({ partial_rotary_factor: 0.7 }, /an even number must be rotated, and not 11/);
    refused({ partial_rotary_factor: 0.01 }, /partial_rotary_factor is 0.01: of a head's 16 values/);
    refused({ partial_rotary_factor: 2 }, /an even number must be rotated, and not 32/);
    refused({ partial_rotary_factor: "half" }, /partial_rotary_factor must be a positive number/);
    refused({ partial_rotary_factor: 0.5, rope_parameters: rope }, /two different values.*: 0.5, 0.75/);
  });

  it.each([
    ["model_type", "gpt2", /model_type is "gpt2"/],
    ["hidden_act", "gelu", /hidden_act is "gelu"/],
    ["num_attention_heads", 3, /num_attention_heads \(3\) must be a multiple of num_key_value_heads \(2\)/],
    ["hidden_size", 1e9, /hidden_size must be an integer from 1 to 131072, found 1000000000/],
    ["num_hidden_layers", "2", /num_hidden_layers must be an integer/],
    ["head_dim", 15, /head_dim \(15\) must be even/],
    ["rms_norm_eps", -1, /rms_norm_eps must be a number/],
    ["tie_word_embeddings", "yes", /tie_word_embeddings must be true or false/],
    ["sliding_window", 0, /sliding_window must be an integer/],
    ["layer_types", ["full_attention", "linear_attention"], /layer_types names "linear_attention"/],
    ["partial_rotary_factor", 0.5, /partial_rotary_factor is 0.5/],
    ["quantization_config", { bits: 4 }, /the key "quantization_config" is not known/],
    ["rope_scaling", { rope_type: "yarn", factor: 4 }, /both rope_parameters and rope_scaling/],
    ["rope_parameters", { rope_type: "spiral" }, /rope_type is "spiral"/],
    ["rope_parameters", { rope_type: "linear" }, /rope_parameters\.factor must be a number/],
    ["rope_parameters", { rope_type: "linear", factor: 2, beta_fast: 3 }, /the key "beta_fast"/],
    ["rope_parameters", { rope_type: "longrope", short_factor: [1], long_factor: [1] }, /list of 8 positive/],
    ["rope_parameters", { rope_type: "default", rope_theta: 1e4, factor: 2 }, /the key "factor"/],
    ["rope_theta", 500, /two different values of rope_theta: 500, 10000/],
    ["pretraining_tp", 2, /pretraining_tp is 2/],
    ["interpolate_factor", 2, /interpolate_factor is 2/],
    ["full_attn_mod", 2, /full_attn_mod is 2/],
    ["rope_interleaved", true, /the key "rope_interleaved" is not known/],
    ["clip_qkv", 8, /the key "clip_qkv" is not known/],
    ["final_logit_softcapping", 30, /the key "final_logit_softcapping" is not known/],
  ])("is refused where %s is %j", (key, value, message) => {
    expect(() => parseConfig({ ...llama, [key]: value })).toThrow(message);
  });

  it("ends the context where a sliding window would begin to matter", () => {
    expect(parseConfig({ ...llama, model_type: "mistral", sliding_window: 128 }).contextLength).toBe(128);
    expect(parseConfig({ ...llama, model_type: "mistral", sliding_window: null }).contextLength).toBe(256);
    const qwen = { ...llama, model_type: "qwen2", attention_bias: null, sliding_window: 128 };
    expect(parseConfig({ ...qwen, use_sliding_window: false }).contextLength).toBe(256);
    expect(parseConfig({ ...qwen, use_sliding_window: true }).contextLength).toBe(128);
  });

  it("lets a dynamic base go beyond the length that the model was made for", () => {
    const rope_parameters = { rope_type: "dynamic", rope_theta: 1e4, factor: 2 };
    const { contextLength, rope } = parseConfig({ ...llama, rope_parameters });
    expect(contextLength).toBe(512);
    expect(rope.scaling).toEqual({ kind: "dynamic", factor: 2, originalLength: 256 });
  });

  it("gives a configuration or an error of the policy, whatever it holds", () => {
    const anything = fc.dictionary(fc.constantFrom(...Object.keys(llama), "__proto__"), fc.jsonValue());
    fc.assert(
      fc.property(anything, (changes) => {
        try {
          parseConfig({ ...llama, ...changes });
        } catch (error) {
          expect(error).toBeInstanceOf(PolicyError);
        }
      }),
    );
  });
});

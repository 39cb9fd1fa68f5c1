import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PolicyError } from "../../runtime/policy/errors.js";
import { parseConfig } from "../../runtime/policy/model/config.js";

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
      ropeTheta: 10000,
      contextLength: 256,
      tiedHead: true,
      attentionBias: false,
      mlpBias: false,
    });
  });

  it("is read from the older layout, with rope_theta at the top", () => {
    const older: Record<string, unknown> = { ...llama, rope_theta: 200, rope_scaling: null };
    delete older.rope_parameters;
    expect(parseConfig(older).ropeTheta).toBe(200);
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
    ["sliding_window", 128, /the key "sliding_window" is not known/],
    ["quantization_config", { bits: 4 }, /the key "quantization_config" is not known/],
    ["rope_scaling", { rope_type: "yarn", factor: 4 }, /rope_scaling asks for rope_type "yarn"/],
    ["rope_parameters", { rope_type: "default", rope_theta: 1e4, factor: 2 }, /unknown key "factor"/],
    ["rope_theta", 500, /two different values of rope_theta: 500, 10000/],
    ["pretraining_tp", 2, /pretraining_tp is 2/],
  ])("is refused where %s is %j", (key, value, message) => {
    expect(() => parseConfig({ ...llama, [key]: value })).toThrow(message);
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

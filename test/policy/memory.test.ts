import { describe, expect, it } from "vitest";
import { estimateMemory, firstFit, memoryProblem, memorySize } from "../../runtime/policy/memory.js";
import { parseConfig } from "../../runtime/policy/model/config.js";
import { PUBLIC_CONFIGS } from "./public-configs.js";

const llama = (shape: Record<string, unknown>) =>
  parseConfig({
    model_type: "llama",
    vocab_size: 32000,
    hidden_size: 512,
    intermediate_size: 1408,
    num_hidden_layers: 6,
    num_attention_heads: 8,
    num_key_value_heads: 4,
    max_position_embeddings: 1024,
    tie_word_embeddings: true,
    ...shape,
  });

describe("the memory that a model takes", () => {
  it("counts every parameter once", () => {
    // TinyLlama-1.1B, whose card says 1,100,048,384.
    const config = llama({
      hidden_size: 2048,
      intermediate_size: 5632,
      num_hidden_layers: 22,
      num_attention_heads: 32,
      tie_word_embeddings: false,
    });
    expect(estimateMemory(config, { workers: 1, training: undefined }).parameters).toBe(1_100_048_384);
  });

  /** Peaks of the whole process in MB, measured on wasm with prompts of 200 and 128 tokens. */
  it.each([
    [{ vocab_size: 8000, tie_word_embeddings: false }, 1, undefined, 637],
    [{ vocab_size: 8000, tie_word_embeddings: false }, 1, "keep", 1092],
    [{}, 1, undefined, 821],
    [{}, 1, "keep", 1475],
    [{}, 0, "keep", 1329],
    [{}, 2, undefined, 1256],
    [{ hidden_size: 1024, intermediate_size: 2816, num_hidden_layers: 8 }, 1, undefined, 2273],
    [{ hidden_size: 1024, intermediate_size: 2816, num_hidden_layers: 8 }, 1, "keep", 3810],
    [{}, 1, "recompute", 1167],
    [{ hidden_size: 1024, intermediate_size: 2816, num_hidden_layers: 8 }, 1, "recompute", 2946],
  ] as const)(
    "is estimated from above, but not far: %j, %i workers, training %j",
    (shape, workers, training, measured) => {
      const { total } = estimateMemory(llama(shape), { workers, training });
      expect(total / 1e6).toBeGreaterThan(measured);
      expect(total / 1e6).toBeLessThan(1.5 * measured);
    },
  );

  it("holds keys and values for the same tokens however long a context is, and for 8,192 at least", () => {
    const cache = (shape: Record<string, unknown>) =>
      estimateMemory(llama(shape), { workers: 1, training: undefined }).cache;
    expect(cache({ max_position_embeddings: 131072 })).toBe(cache({}));
    expect(cache({})).toBeLessThanOrEqual(2 ** 28);
    // Llama 3.2 with a billion parameters: 64 KB a token.
    const large = {
      hidden_size: 2048,
      num_hidden_layers: 16,
      num_attention_heads: 32,
      num_key_value_heads: 8,
    };
    expect(cache(large)).toBe(8192 * 65536);
  });

  it("is no problem where it fits, and one with the figures where it does not", () => {
    const estimate = estimateMemory(llama({}), { workers: 2, training: "keep" });
    expect(memoryProblem(estimate, estimate.total, "wasm")).toBeUndefined();
    expect(memoryProblem(estimate, 1e9, "auto")).toBe(
      `the model has 34.1 million parameters and takes some ${memorySize(estimate.total)} with 2 workers, which fewer --workers make smaller, where 954 MB are free: base weights are held in float32`,
    );
    // On a GPU only the checkpoint is the machine's own business.
    expect(memoryProblem(estimate, 1e9, "webgpu")).toBeUndefined();
    expect(memoryProblem(estimate, 2e8, "cuda")).toMatch(
      /which take 131 MB in float32 before they are on the GPU/,
    );
  });

  it("is kept small by computing activations again where it would not fit otherwise", () => {
    const config = llama({ num_hidden_layers: 24 });
    const total = (training: "keep" | "recompute") => estimateMemory(config, { workers: 1, training }).total;
    const fitIn = (available: number) =>
      firstFit(config, { workers: 1, ways: ["keep", "recompute"] }, available, "wasm");
    expect(total("recompute")).toBeLessThan(0.75 * total("keep"));
    expect(fitIn(total("keep"))).toEqual({ training: "keep" });
    expect(fitIn(total("keep") - 1)).toEqual({ training: "recompute" });
    expect(fitIn(total("recompute"))).toEqual({ training: "recompute" });
    expect(fitIn(total("recompute") - 1)).toMatchObject({ problem: expect.stringContaining("are free") });
  });

  it("lets a published model of half a billion parameters answer on wasm, and none of 1.7 billion", () => {
    const problem = (name: string) => {
      const config = parseConfig(PUBLIC_CONFIGS[name]);
      return memoryProblem(estimateMemory(config, { workers: 1, training: undefined }), 32e9, "wasm");
    };
    // Measured: the memory of wasm grows to 2.8 GB with it.
    expect(problem("Qwen2.5-0.5B-Instruct")).toBeUndefined();
    expect(problem("SmolLM2-1.7B-Instruct")).toMatch(/where wasm can hold 4\.0 GB/);
  });

  it("is a problem beyond what WebAssembly can address, however much there is", () => {
    const config = llama({
      hidden_size: 2048,
      intermediate_size: 5632,
      num_hidden_layers: 22,
      num_attention_heads: 32,
    });
    const estimate = estimateMemory(config, { workers: 1, training: undefined });
    expect(memoryProblem(estimate, 1e12, "wasm")).toMatch(
      /where wasm can hold 4\.0 GB: base weights are held in float32/,
    );
    expect(memoryProblem(estimate, 1e12, "native")).toBeUndefined();
  });
});

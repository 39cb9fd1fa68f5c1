import { describe, expect, it } from "vitest";
import { BASE_CONFIG } from "../../flows/base/folder.js";
import { initialWeights } from "../../flows/base/init.js";
import { rotaryTables } from "../../runtime/policy/model/rope.js";

const config = BASE_CONFIG;
const weights = initialWeights(config, 1);
const LENGTH = 40;

/** Attention of one head of layer 0 over random tokens, `[LENGTH][LENGTH]`, in plain float64. */
function attention(head: number): number[][] {
  const embedding = weights.get("model.embed_tokens.weight")!.data;
  const { hiddenSize: width, headDim } = config;
  const half = headDim / 2;
  const { cos, sin } = rotaryTables(LENGTH, config.rope);
  const rows = Array.from({ length: LENGTH }, (_, i) => {
    const x = [...embedding.subarray(((i * 37) % config.vocabSize) * width).subarray(0, width)];
    const scale = 1 / Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / width);
    return x.map((v) => v * scale);
  });
  const project = (name: string) =>
    rows.map((x, position) => {
      const matrix = weights.get(`model.layers.0.self_attn.${name}.weight`)!.data;
      const y = Array.from({ length: headDim }, (_, r) =>
        x.reduce((sum, v, c) => sum + v * matrix[(head * headDim + r) * width + c]!, 0),
      );
      return y.map((value, i) => {
        const at = position * half + (i % half);
        return i < half
          ? value * cos[at]! - y[i + half]! * sin[at]!
          : value * cos[at]! + y[i - half]! * sin[at]!;
      });
    });
  const [queries, keys] = [project("q_proj"), project("k_proj")];
  return queries.map((q, i) => {
    const scores = keys
      .slice(0, i + 1)
      .map((k) => Math.exp(q.reduce((sum, v, d) => sum + v * k[d]!, 0) / Math.sqrt(headDim)));
    const total = scores.reduce((sum, score) => sum + score, 0);
    return scores.map((score) => score / total);
  });
}

describe("initial weights", () => {
  it("put two heads' attention on the previous token and leave the others to chance", () => {
    const onPrevious = [0, 1, 2, 3].map((head) => {
      const table = attention(head);
      return table.slice(1).reduce((sum, row, i) => sum + row[i]!, 0) / (LENGTH - 1);
    });
    expect(onPrevious[0]).toBeGreaterThan(0.6);
    expect(onPrevious[1]).toBeGreaterThan(0.6);
    expect(onPrevious[2]).toBeLessThan(0.3);
    expect(onPrevious[3]).toBeLessThan(0.3);
  });

  it("are a function of the seed", () => {
    const bytes = (seed: number) =>
      Buffer.concat(
        [...initialWeights(config, seed).values()].map(({ data }) => new Uint8Array(data.buffer)),
      );
    expect(bytes(1).equals(bytes(1))).toBe(true);
    expect(bytes(2).equals(bytes(1))).toBe(false);
  });
});

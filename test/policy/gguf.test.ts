import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Adapter, adapterScale } from "../../runtime/policy/adapter/adapter.js";
import { readAdapter } from "../../runtime/policy/adapter/peft.js";
import { readConfig } from "../../runtime/policy/checkpoint.js";
import { ggufAdapter } from "../../runtime/policy/gguf/adapter.js";
import type { ModelConfig } from "../../runtime/policy/model/config.js";
import { readGguf } from "../support/gguf.js";

const NAMES: Readonly<Record<string, string>> = {
  q_proj: "attn_q",
  k_proj: "attn_k",
  v_proj: "attn_v",
  o_proj: "attn_output",
  qkv_proj: "attn_qkv",
  gate_proj: "ffn_gate",
  up_proj: "ffn_up",
  gate_up_proj: "ffn_up",
  down_proj: "ffn_down",
};

const load = (family: string): { config: ModelConfig; adapter: Adapter } => {
  const folder = fileURLToPath(new URL(`../fixtures/reference/${family}`, import.meta.url));
  const config = readConfig(folder);
  return { config, adapter: readAdapter(join(folder, "adapter"), config) };
};
const written = (...args: Parameters<typeof ggufAdapter>) =>
  readGguf(Buffer.concat([...ggufAdapter(...args)]));

/** What llama.cpp adds to a weight: (alpha / rank) · B A, `[out][in]`. */
function added({ metadata, tensors }: ReturnType<typeof readGguf>, name: string): number[][] {
  const [a, b] = ["a", "b"].map((factor) => tensors.get(`${name}.lora_${factor}`)!);
  const [width, rank] = a!.ne as [number, number];
  expect(b!.ne[0]).toBe(rank);
  const scale = (metadata.get("adapter.lora.alpha") as number) / rank;
  return Array.from({ length: b!.ne[1]! }, (_, row) =>
    Array.from({ length: width }, (_, column) => {
      let sum = 0;
      for (let k = 0; k < rank; k++) sum += b!.data[row * rank + k]! * a!.data[k * width + column]!;
      return scale * sum;
    }),
  );
}

/** What PEFT adds to a module's weight. */
function wanted(adapter: Adapter, module: string): number[][] {
  const [a, b] = ["A", "B"].map((factor) => adapter.tensors.get(`${module}.lora_${factor}.weight`)!);
  const { rank } = adapter.modules.get(module)!;
  const width = a!.length / rank;
  return Array.from({ length: b!.length / rank }, (_, row) =>
    Array.from({ length: width }, (_, column) => {
      let sum = 0;
      for (let k = 0; k < rank; k++) sum += b![row * rank + k]! * a![k * width + column]!;
      return adapterScale(adapter, module) * sum;
    }),
  );
}

/** reshape(heads, 2, d / 2).swapaxes(1, 2): how llama.cpp's converter reorders the rows of q and k of a Llama. */
function pairedRows<T>(rows: readonly T[], heads: number): T[] {
  const size = rows.length / heads;
  return Array.from({ length: heads }, (_, head) => rows.slice(head * size, (head + 1) * size)).flatMap(
    (head) => Array.from({ length: size / 2 }, (_, j) => [head[j]!, head[j + size / 2]!]).flat(),
  );
}

function expectClose(actual: readonly number[][], expected: readonly number[][], tolerance = 1e-5): void {
  expect(actual.length).toBe(expected.length);
  for (const [row, values] of expected.entries())
    for (const [column, value] of values.entries())
      expect(Math.abs(actual[row]![column]! - value)).toBeLessThan(tolerance * 10);
}

describe.each([
  ["llama", "llama"],
  ["llama-llama3", "llama"],
  ["qwen2", "qwen2"],
  ["qwen3", "qwen3"],
  ["phi3", "phi3"],
])("a GGUF adapter of %s", (family, architecture) => {
  const { config, adapter } = load(family);
  const file = written(adapter, config, "enough");

  it("says what llama.cpp asks for", () => {
    expect(Object.fromEntries(file.metadata)).toEqual({
      "general.architecture": architecture,
      "general.type": "adapter",
      "general.name": "enough",
      "adapter.type": "lora",
      "adapter.lora.alpha": Math.fround(8 * Math.sqrt(8)),
      "general.quantization_version": 2,
    });
  });

  it("adds to each weight what PEFT adds", () => {
    const names: string[] = [];
    for (const module of adapter.modules.keys()) {
      const [, layer, short] = /layers\.(\d+)\.\w+\.(\w+)$/.exec(module)!;
      const name = `blk.${layer}.${NAMES[short!]}.weight`;
      names.push(`${name}.lora_a`, `${name}.lora_b`);
      const heads = { q_proj: config.heads, k_proj: config.keyValueHeads }[short!];
      const rows = wanted(adapter, module);
      expectClose(
        added(file, name),
        architecture === "llama" && heads !== undefined ? pairedRows(rows, heads) : rows,
      );
    }
    expect([...file.tensors.keys()]).toEqual(names);
  });
});

describe("a GGUF adapter", () => {
  const { config, adapter } = load("qwen2");

  it("has scales of single modules in their B", () => {
    const modules = new Map(
      [...adapter.modules].map(([name, { rank }], i) => [name, { rank, alpha: i % 3 }] as const),
    );
    const mixed = { ...adapter, modules };
    const file = written(mixed, config, "x");
    for (const [short, gguf] of [
      ["q_proj", "attn_q"],
      ["k_proj", "attn_k"],
      ["v_proj", "attn_v"],
    ] as const)
      expectClose(added(file, `blk.0.${gguf}.weight`), wanted(mixed, `model.layers.0.self_attn.${short}`));
  });

  it("that changes nothing is written as one that changes nothing", () => {
    const modules = new Map(
      [...adapter.modules].map(([name, size]) => [name, { ...size, alpha: 0 }] as const),
    );
    const file = written({ ...adapter, modules }, config, "x");
    // llama.cpp takes an alpha of 0 for a scale of 1.
    expect(file.metadata.get("adapter.lora.alpha")).toBe(1);
    expect(
      added(file, "blk.0.attn_q.weight")
        .flat()
        .every((value) => value === 0),
    ).toBe(true);
  });

  it("may be stored in float16, if it fits", () => {
    const file = written(adapter, config, "x", "F16");
    expectClose(added(file, "blk.1.ffn_down.weight"), wanted(adapter, "model.layers.1.mlp.down_proj"), 1e-3);
    const tensors = new Map([...adapter.tensors].map(([name, values]) => [name, values.map(() => 1e5)]));
    expect(() => written({ ...adapter, tensors }, config, "x", "F16")).toThrow(
      "model.layers.0.self_attn.q_proj holds 100000, which F16 cannot; export it as float32",
    );
  });
});

it("the reference's files are what the tests believe", () => {
  const raw = JSON.parse(
    readFileSync(
      fileURLToPath(new URL("../fixtures/reference/llama/adapter/adapter_config.json", import.meta.url)),
      "utf8",
    ),
  );
  expect(raw).toMatchObject({ r: 8, lora_alpha: 8, use_rslora: true });
});

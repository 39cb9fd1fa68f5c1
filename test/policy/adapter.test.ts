import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { adapterScale, adapterVersion, newAdapter } from "../../runtime/policy/adapter/adapter.js";
import { readAdapter, writeAdapter } from "../../runtime/policy/adapter/peft.js";
import { loadCheckpoint } from "../../runtime/policy/checkpoint.js";
import { PolicyError } from "../../runtime/policy/errors.js";

const base = fileURLToPath(new URL("../fixtures/reference/llama", import.meta.url));
const { config } = loadCheckpoint(base);

describe("an adapter folder", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "flowc-adapter-"));
    cpSync(join(base, "adapter"), folder, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const settings = () => JSON.parse(readFileSync(join(folder, "adapter_config.json"), "utf8"));
  const setSettings = (changes: Record<string, unknown>) =>
    writeFileSync(join(folder, "adapter_config.json"), JSON.stringify({ ...settings(), ...changes }));
  const expectRefusal = (message: RegExp, of = config) => {
    expect(() => readAdapter(folder, of)).toThrow(PolicyError);
    expect(() => readAdapter(folder, of)).toThrow(message);
  };

  it("is read from PEFT's layout", () => {
    const adapter = readAdapter(folder, config);
    expect(adapter).toMatchObject({ rank: 8, alpha: 8, rslora: true });
    expect(adapter.targets).toEqual(["self_attn.q_proj", "self_attn.v_proj"]);
    expect(adapterScale(adapter)).toBeCloseTo(2.828427, 6);
    expect(adapter.tensors.get("model.layers.1.self_attn.v_proj.lora_B.weight")).toHaveLength(32 * 8);
  });

  it("is written so that it reads back the same, under PEFT's own names", () => {
    const adapter = readAdapter(folder, config);
    const original = readFileSync(join(folder, "adapter_model.safetensors"));
    const originalSettings = settings();
    writeAdapter(folder, adapter, config, "tiny");
    expect(adapterVersion(readAdapter(folder, config))).toBe(adapterVersion(adapter));
    const header = (bytes: Buffer) =>
      Object.entries(JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString()))
        .map(([name, entry]) => [name, (entry as { shape?: number[] }).shape] as const)
        .sort();
    expect(header(readFileSync(join(folder, "adapter_model.safetensors")))).toEqual(header(original));
    for (const key of [
      "peft_type",
      "r",
      "lora_alpha",
      "use_rslora",
      "bias",
      "task_type",
      "modules_to_save",
    ]) {
      expect(settings()[key], key).toEqual(originalSettings[key]);
    }
    expect(new Set(settings().target_modules)).toEqual(new Set(originalSettings.target_modules));
  });

  it("of another base is refused, with the tensor that does not fit", () => {
    const wider = { ...config, hiddenSize: 128 };
    expectRefusal(
      /q_proj\.lora_A\.weight has shape \[8, 64\], this model needs \[8, 128\]; was it trained/,
      wider,
    );
    expectRefusal(/has no place in this model/, { ...config, layers: 1 });
    expectRefusal(/lacks the tensor base_model\.model\.model\.layers\.2\./, { ...config, layers: 3 });
  });

  it.each([
    ["peft_type", "IA3", /peft_type is "IA3"/],
    ["use_dora", true, /use_dora is true, which is not computed/],
    ["rank_pattern", { q_proj: 4 }, /rank_pattern is/],
    ["modules_to_save", ["lm_head"], /modules_to_save is/],
    ["r", 0, /r must be an integer from 1 to 1024/],
    ["r", 4, /this model needs \[4, 64\]/],
    ["lora_alpha", "8", /lora_alpha must be a number/],
    ["bias", "all", /bias is "all"/],
    ["target_modules", ["c_attn"], /target_modules names "c_attn", which this model does not have/],
    ["target_modules", ".*_proj", /target_modules must be a list/],
  ])("is refused where %s is %j", (key, value, message) => {
    setSettings({ [key]: value });
    expectRefusal(message);
  });

  it("is refused where a value is not finite", () => {
    const bytes = readFileSync(join(folder, "adapter_model.safetensors"));
    bytes.writeFloatLE(Number.POSITIVE_INFINITY, bytes.length - 4);
    writeFileSync(join(folder, "adapter_model.safetensors"), bytes);
    expectRefusal(/holds a value that is not finite/);
  });

  it("is refused where a file is missing", () => {
    rmSync(join(folder, "adapter_config.json"));
    expectRefusal(/adapter_config\.json is missing/);
  });
});

describe("a fresh adapter", () => {
  it("has random A, zero B, and depends on its key alone", () => {
    const adapter = newAdapter(config, { key: "1" });
    const a = adapter.tensors.get("model.layers.0.self_attn.q_proj.lora_A.weight")!;
    const b = adapter.tensors.get("model.layers.0.self_attn.q_proj.lora_B.weight")!;
    expect(a).toHaveLength(8 * 64);
    expect(Math.max(...a.map(Math.abs))).toBeLessThanOrEqual(1 / 8);
    expect(new Set(a).size).toBeGreaterThan(500);
    expect(b.every((value) => value === 0)).toBe(true);
    expect(adapterVersion(newAdapter(config, { key: "1" }))).toBe(adapterVersion(adapter));
    expect(adapterVersion(newAdapter(config, { key: "2" }))).not.toBe(adapterVersion(adapter));
  });

  it("changes its version with any of its values and with its scale", () => {
    const adapter = newAdapter(config, { key: "1" });
    const before = adapterVersion(adapter);
    expect(adapterVersion({ ...adapter, alpha: 3 })).not.toBe(before);
    adapter.tensors.get("model.layers.1.self_attn.v_proj.lora_B.weight")![17] = 1e-20;
    expect(adapterVersion(adapter)).not.toBe(before);
  });
});

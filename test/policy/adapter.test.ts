import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Adapter,
  adapterScale,
  adapterShapes,
  adapterVersion,
  newAdapter,
} from "../../runtime/policy/adapter/adapter.js";
import { readAdapter, writeAdapter } from "../../runtime/policy/adapter/peft.js";
import { loadCheckpoint } from "../../runtime/policy/checkpoint.js";
import { PolicyError } from "../../runtime/policy/errors.js";
import { openWeights } from "../../runtime/policy/weights/index.js";

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
    expect(adapter.rslora).toBe(true);
    expect([...adapter.modules]).toEqual(
      [0, 1].flatMap((layer) =>
        ["q_proj", "v_proj"].map((name) => [
          `model.layers.${layer}.self_attn.${name}`,
          { rank: 8, alpha: 8 },
        ]),
      ),
    );
    expect(adapterScale(adapter, "model.layers.1.self_attn.v_proj")).toBeCloseTo(2.828427, 6);
    expect(adapter.tensors.get("model.layers.1.self_attn.v_proj.lora_B.weight")).toHaveLength(32 * 8);
  });

  it("is written so that it reads back the same, under PEFT's own names", () => {
    const adapter = readAdapter(folder, config);
    const original = readFileSync(join(folder, "adapter_model.safetensors"));
    const originalSettings = settings();
    writeAdapter(folder, adapter, config, { name: "tiny" });
    expect(adapterVersion(readAdapter(folder, config))).toBe(adapterVersion(adapter));
    const header = (bytes: Buffer) =>
      Object.entries(JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString()))
        .map(([name, entry]) => [name, (entry as { shape?: number[] }).shape] as const)
        .sort();
    expect(header(readFileSync(join(folder, "adapter_model.safetensors")))).toEqual(header(original));
    expect(settings()).toEqual({
      ...originalSettings,
      base_model_name_or_path: "tiny",
      target_modules: [...originalSettings.target_modules].sort(),
    });
  });

  it("is written with every key that PEFT writes, for each family's reference", () => {
    for (const family of ["qwen2", "qwen3", "phi3"]) {
      const source = fileURLToPath(new URL(`../fixtures/reference/${family}`, import.meta.url));
      const of = loadCheckpoint(source).config;
      writeAdapter(folder, readAdapter(join(source, "adapter"), of), of, { name: "tiny" });
      const theirs = JSON.parse(readFileSync(join(source, "adapter/adapter_config.json"), "utf8"));
      const written = settings();
      expect(Object.keys(written), family).toEqual(Object.keys(theirs));
      expect(written, family).toEqual({
        ...theirs,
        base_model_name_or_path: "tiny",
        target_modules: [...theirs.target_modules].sort(),
      });
      const [ours, reference] = [folder, join(source, "adapter")].map((each) =>
        openWeights(each, "adapter_model"),
      );
      expect(ours!.names, family).toEqual(reference!.names);
      for (const name of ours!.names) expect(ours!.read(name), name).toEqual(reference!.read(name));
    }
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
    ["lora_bias", true, /lora_bias is true, which is not computed/],
    ["use_qalora", true, /use_qalora is true/],
    ["layer_replication", [[0, 1]], /layer_replication is/],
    ["trainable_token_indices", [1], /trainable_token_indices is/],
    ["init_lora_weights", "pissa_niter_16", /init_lora_weights is "pissa_niter_16", which changes the base/],
    ["rank_pattern", { q_proj: 0 }, /rank_pattern: "q_proj" must be an integer from 1 to 1024/],
    ["rank_pattern", { q_proj: 4 }, /this model needs \[4, 64\]/],
    ["rank_pattern", [8], /rank_pattern must map names/],
    ["alpha_pattern", { q_proj: "8" }, /alpha_pattern: "q_proj" must be a number/],
    ["alpha_pattern", { "(q": 8 }, /alpha_pattern: the pattern "\(q" has a \( without its \)/],
    ["modules_to_save", ["lm_head"], /modules_to_save is/],
    ["r", 0, /r must be an integer from 1 to 1024/],
    ["r", 4, /this model needs \[4, 64\]/],
    ["lora_alpha", "8", /lora_alpha must be a number/],
    ["bias", "all", /bias is "all"/],
    ["target_modules", ["c_attn"], /target_modules names "c_attn", which this model does not have/],
    ["target_modules", ["lm_head"], /names "lm_head", which is not adapted: only the linear layers/],
    ["target_modules", [], /target_modules must be a list/],
    ["target_modules", 7, /target_modules must be a list/],
    ["target_modules", ".*_proj", /lacks the tensor .*k_proj/],
    ["target_modules", ".*_head", /matches no module; this model has q_proj/],
    ["target_modules", "(?=.*)q_proj", /uses a group of the kind \(\?…\)/],
    ["exclude_modules", ["q_proj", "v_proj"], /no module is left to adapt/],
    ["layers_to_transform", ["x"], /layers_to_transform must be a layer's number/],
    ["layers_pattern", "h", /layers_pattern is \["h"\]/],
  ])("is refused where %s is %j", (key, value, message) => {
    setSettings({ [key]: value });
    expectRefusal(message);
  });

  it.each([
    ["target_modules", ".*\\.(q|v)_proj"],
    ["target_modules", "model\\.layers\\.[01]\\.self_attn\\.[qv]_proj"],
    ["target_modules", ["self_attn.q_proj", "v_proj"]],
    ["layers_to_transform", [0, 1]],
    ["exclude_modules", ["k_proj"]],
    ["rank_pattern", { k_proj: 4 }],
    ["rank_pattern", { "^model.layers.\\d.self_attn.q_proj": 8 }],
  ])("is the same where %s is %j", (key, value) => {
    const before = adapterVersion(readAdapter(folder, config));
    setSettings({ [key]: value });
    expect(adapterVersion(readAdapter(folder, config))).toBe(before);
  });

  it("may have ranks and scales of their own in some modules, and keeps them when written", () => {
    const q = "model.layers.0.self_attn.q_proj";
    const adapter = newAdapter(config, { key: "1", rank: 4, alpha: 8, rslora: false });
    const modules = new Map(
      [...adapter.modules].map(
        ([name, size]) =>
          [
            name,
            name === q ? { rank: 2, alpha: 6 } : name.endsWith("v_proj") ? { ...size, alpha: 1 } : size,
          ] as const,
      ),
    );
    const tensors = new Map(
      [...adapterShapes(config, modules)].map(
        ([name, [rows, columns]]) =>
          [name, Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i + name.length))] as const,
      ),
    );
    const mixed: Adapter = { rslora: false, modules, tensors };
    writeAdapter(folder, mixed, config, { name: "tiny" });
    expect(settings()).toMatchObject({
      r: 4,
      lora_alpha: 1,
      rank_pattern: { [q]: 2 },
      alpha_pattern: { [q]: 6, "model.layers.1.self_attn.q_proj": 8 },
      target_modules: ["q_proj", "v_proj"],
    });
    const read = readAdapter(folder, config);
    expect([...read.modules]).toEqual([...modules]);
    expect(adapterVersion(read)).toBe(adapterVersion(mixed));
    expect(adapterScale(read, q)).toBe(3);
    expect(adapterScale(read, "model.layers.1.self_attn.v_proj")).toBe(0.25);
  });

  it("may adapt some layers only", () => {
    const adapter = readAdapter(folder, config);
    const q = "model.layers.1.self_attn.q_proj";
    const one: Adapter = {
      ...adapter,
      modules: new Map([[q, adapter.modules.get(q)!]]),
      tensors: new Map([...adapter.tensors].filter(([name]) => name.startsWith(q))),
    };
    writeAdapter(folder, one, config, { name: "tiny" });
    expect(settings().target_modules).toEqual([q]);
    expect(adapterVersion(readAdapter(folder, config))).toBe(adapterVersion(one));
    setSettings({ target_modules: ["q_proj"], layers_to_transform: 1 });
    expect(adapterVersion(readAdapter(folder, config))).toBe(adapterVersion(one));
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
    const modules = new Map(
      [...adapter.modules].map(([name, size]) => [name, { ...size, alpha: 3 }] as const),
    );
    expect(adapterVersion({ ...adapter, modules })).not.toBe(before);
    adapter.tensors.get("model.layers.1.self_attn.v_proj.lora_B.weight")![17] = 1e-20;
    expect(adapterVersion(adapter)).not.toBe(before);
  });
});

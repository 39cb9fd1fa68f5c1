import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadCheckpoint } from "../../runtime/policy/checkpoint.js";
import { PolicyError } from "../../runtime/policy/errors.js";
import { openWeights, writeSafetensors } from "../../runtime/policy/weights/index.js";

const source = fileURLToPath(new URL("../fixtures/reference/llama", import.meta.url));

describe("a model folder", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "flowc-model-"));
    cpSync(source, folder, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const expectRefusal = (message: RegExp) => {
    expect(() => loadCheckpoint(folder)).toThrow(PolicyError);
    expect(() => loadCheckpoint(folder)).toThrow(message);
  };
  const setConfig = (changes: Record<string, unknown>) => {
    const path = join(folder, "config.json");
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...changes }));
  };

  it("is loaded whole", () => {
    const { tensors } = loadCheckpoint(folder);
    expect(tensors.size).toBe(20);
    expect(tensors.get("model.embed_tokens.weight")).toHaveLength(475 * 64);
  });

  it("is refused without config.json", () => {
    rmSync(join(folder, "config.json"));
    expectRefusal(/config\.json is missing: is this the right folder\?/);
  });

  it("is refused without weights", () => {
    rmSync(join(folder, "model.safetensors"));
    expectRefusal(/holds no weights/);
  });

  it("is refused with a truncated safetensors file", () => {
    truncateSync(join(folder, "model.safetensors"), 100_000);
    expectRefusal(/model\.safetensors/);
  });

  it("is refused where a tensor is missing", () => {
    setConfig({ tie_word_embeddings: false });
    expectRefusal(/lacks the tensor lm_head\.weight/);
  });

  it("is refused where a tensor has no place", () => {
    setConfig({ num_hidden_layers: 1 });
    expectRefusal(/holds the tensor model\.layers\.1\.\S+, which a model of its config\.json does not have/);
  });

  it("is refused where a tensor has another shape", () => {
    setConfig({ intermediate_size: 96 });
    expectRefusal(/tensor model\.layers\.0\.mlp\.gate_proj\.weight has shape \[160, 64\]; .* \[96, 64\]/);
  });

  it("is refused where a value is not finite", () => {
    const bytes = readFileSync(join(folder, "model.safetensors"));
    bytes.writeFloatLE(Number.NaN, bytes.length - 4);
    writeFileSync(join(folder, "model.safetensors"), bytes);
    expectRefusal(/tensor model\.norm\.weight holds NaN at 63/);
  });

  it("may hold a head beside a tied embedding, as some writers do", () => {
    const weights = openWeights(folder);
    const host = new Map(
      weights.names.map((name) => [name, { shape: weights.shape(name)!, data: weights.read(name) }]),
    );
    weights.close();
    host.set("lm_head.weight", host.get("model.embed_tokens.weight")!);
    writeSafetensors(join(folder, "model.safetensors"), host, "F32");
    expect(loadCheckpoint(folder).tensors.size).toBe(20);
  });
});

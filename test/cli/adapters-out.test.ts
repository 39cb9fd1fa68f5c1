import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readGguf } from "../support/gguf.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { jsonLines, llama, run, succeeded } from "./support.js";

const adapter = join(llama, "adapter");
const base = ["--model", llama];

describe("flowc merge", () => {
  it("writes a model that scores as base and adapter do", async () => {
    const out = join(temporaryFolder(), "deep/merged");
    const { stdout } = succeeded(await run(["merge", ...base, "--adapter", adapter, "--out", out]));
    expect(stdout).toBe(`${out}: 20 tensors, 4 of them adapted, F32, 466.9 KB in one file\n`);
    const stdin = `${JSON.stringify({ id: 1, prompt: "Is Zürich", completion: " a city?" })}\n`;
    const score = async (...args: string[]) =>
      jsonLines<{ logprob: number }>(
        succeeded(await run(["score", "--workers", "0", ...args], { stdin })).stdout,
      )[0]!;
    const [merged, apart, plain] = [
      await score("--model", out),
      await score(...base, "--adapter", adapter),
      await score(...base),
    ];
    expect(merged.logprob).toBeCloseTo(apart.logprob, 3);
    expect(Math.abs(plain.logprob - apart.logprob)).toBeGreaterThan(0.1);
  });

  it("takes a dtype and a size of files, and says all as JSON", async () => {
    const out = join(temporaryFolder(), "merged");
    const options = ["--dtype", "bfloat16", "--shard-size", "100KB", "--json"];
    const { stdout } = succeeded(
      await run(["merge", ...base, "--adapter", adapter, "--out", out, ...options]),
    );
    const said = JSON.parse(stdout);
    expect(said).toMatchObject({ out, tensors: 20, adapted: 4, dtypes: ["BF16"] });
    expect(readdirSync(out).filter((name) => name.endsWith(".safetensors"))).toEqual(said.files);
  });

  it("overwrites nothing", async () => {
    const out = temporaryFolder();
    writeFileSync(join(out, "mine"), "");
    const { code, stderr } = await run(["merge", ...base, "--adapter", adapter, "--out", out]);
    expect({ code, files: readdirSync(out) }).toEqual({ code: 1, files: ["mine"] });
    expect(stderr).toBe(`flowc: ${out} holds files already and is not overwritten; choose another --out\n`);
  });

  it.each([
    [
      "an adapter of another base",
      ["--adapter", adapter.replace("llama", "phi3")],
      1,
      /names "qkv_proj", which this model does not have/,
    ],
    ["a folder that is no adapter", ["--adapter", llama], 1, /adapter_config\.json is missing/],
    [
      "a size that is none",
      ["--adapter", adapter, "--shard-size", "much"],
      2,
      /expected a size such as 500MB/,
    ],
    ["a dtype that is none", ["--adapter", adapter, "--dtype", "int8"], 2, /Allowed choices are float32/],
  ])("leaves nothing behind: %s", async (_, options, wanted, message) => {
    const parent = temporaryFolder();
    const { code, stderr } = await run(["merge", ...base, "--out", join(parent, "out"), ...options]);
    expect(stderr).toMatch(message);
    expect({ code, left: readdirSync(parent) }).toEqual({ code: wanted, left: [] });
  });
});

describe("flowc export", () => {
  it("writes an adapter for llama.cpp", async () => {
    const out = join(temporaryFolder(), "enough.gguf");
    const { stdout } = succeeded(await run(["export", ...base, "--adapter", adapter, "--out", out]));
    expect(stdout).toMatch(/enough\.gguf: gguf adapter of 4 layers, \d+\.\d KB\n$/);
    const { metadata, tensors } = readGguf(readFileSync(out));
    expect(metadata.get("general.name")).toBe("adapter");
    expect(tensors.size).toBe(8);
  });

  it("needs no weights of the base, and overwrites nothing", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "base"));
    writeFileSync(join(folder, "base/config.json"), readFileSync(join(llama, "config.json")));
    const out = join(folder, "a.gguf");
    const command = ["export", "--model", join(folder, "base"), "--adapter", adapter, "--out", out];
    const { stdout } = succeeded(await run([...command, "--dtype", "float16", "--json"]));
    const before = readFileSync(out);
    expect(JSON.parse(stdout)).toEqual({ out, format: "gguf", adapted: 4, bytes: before.length });
    const again = await run(command);
    expect(again).toMatchObject({
      code: 1,
      stderr: `flowc: ${out} is there already and is not overwritten\n`,
    });
    expect(readFileSync(out)).toEqual(before);
    expect(existsSync(`${out}.tmp`)).toBe(false);
  });
});

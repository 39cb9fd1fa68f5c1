import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { llama, run, succeeded } from "./support.js";

/** A model of 70 billion parameters, as far as its config.json goes: nothing else of it is there. */
function giant(): string {
  const folder = temporaryFolder();
  cpSync(llama, folder, { recursive: true });
  rmSync(join(folder, "model.safetensors"));
  const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
  const shape = { hidden_size: 8192, intermediate_size: 28672, num_hidden_layers: 80, head_dim: 2048 };
  writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, ...shape }));
  return folder;
}

describe("a model that will not fit into memory", () => {
  it("is refused with the figures, from its config.json alone", async () => {
    const folder = giant();
    for (const [backend, figures] of [
      ["wasm", /takes some \d+\.\d GB on its backend, where wasm can hold 4\.0 GB/],
      ["cpu", /million parameters and takes some \d+\.\d GB, where \d+\.\d GB are free/],
    ] as const) {
      const { code, stderr } = await run([
        "score",
        "--model",
        folder,
        "--workers",
        "0",
        "--backend",
        backend,
      ]);
      expect(stderr).toMatch(figures);
      expect(stderr).toContain("--force-memory");
      expect(code).toBe(1);
    }
  });

  it("is loaded all the same if that is wished", async () => {
    const { code, stderr } = await run(["score", "--model", giant(), "--workers", "0", "--force-memory"]);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("holds no weights") });
  });

  it("is named by flowc doctor", async () => {
    const folder = giant();
    const { stdout } = succeeded(await run(["doctor", "--seconds", "0.05", "--json", "--model", folder]));
    const { parameters, uses } = JSON.parse(stdout).model;
    expect(parameters).toBeGreaterThan(6e10);
    expect(uses[0]).toMatchObject({ workers: 1, training: null, fits: false });
    expect(uses[1].total).toBeGreaterThan(uses[0].total);
  }, 120_000);
});

import { describe, expect, it } from "vitest";
import { run, succeeded, weak } from "./support.js";

describe("flowc doctor", () => {
  it("measures the backends that run, and says what the others lack", async () => {
    const { stdout } = succeeded(await run(["doctor", "--seconds", "0.05", "--json"]));
    const { node, cores, backends, packages } = JSON.parse(stdout);
    expect(node).toBe(process.version);
    expect(cores).toBeGreaterThan(0);
    expect(packages["@tensorflow/tfjs-core"]).toMatch(/^4\./);
    expect(backends.map((each: { name: string }) => each.name)).toEqual([
      "cuda",
      "webgpu",
      "native",
      "wasm",
      "cpu",
    ]);
    for (const { name, runs, device, gflops, reason } of backends) {
      if (runs) expect(gflops).toBeGreaterThan(0);
      if (runs && name === "webgpu") {
        const software = /swiftshader/i.test(process.env.VK_ICD_FILENAMES ?? "");
        expect(device).toEqual({ name: expect.stringMatching(/./), software });
      } else if (runs) expect(device).toBeNull();
      else expect(reason).toMatch(new RegExp(`backend ${name} cannot start here: .*(needs|is part of)`));
    }
    expect(
      backends.filter((each: { runs: boolean }) => each.runs).map((each: { name: string }) => each.name),
    ).toEqual(expect.arrayContaining(["wasm", "cpu"]));
  });

  it("prints a line for each of them", async () => {
    const { stdout } = succeeded(await run(["doctor", "--seconds", "0.05", "--model", weak]));
    expect(stdout).toMatch(/^\S*flows\/base\/weak: 0\.9 million parameters; estimated on wasm:$/m);
    expect(stdout).toMatch(
      /^ {2}1 worker, training +\d+ MB, of it \d+ MB keys and values, \d+ MB working memory each$/m,
    );
    expect(stdout).toMatch(/^wasm +runs, [\d.]+ GFLOP\/s/m);
    expect(stdout).toMatch(/^cuda +(runs|backend cuda cannot start here)/m);
  });

  it("takes no senseless time", async () => {
    expect((await run(["doctor", "--seconds", "-1"])).code).toBe(2);
    expect((await run(["doctor", "--seconds", "soon"])).code).toBe(2);
  });
});

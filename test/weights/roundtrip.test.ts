import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHalf, toHalf } from "../../runtime/policy/weights/dtype.js";
import { type HostTensor, openWeights, writeSafetensors } from "../../runtime/policy/weights/index.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const folder = temporaryFolder;

describe("safetensors", () => {
  it("reads what it wrote, bit for bit in F32", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.float32Array({ noNaN: true, noDefaultInfinity: true })),
        (dict) => {
          const tensors = new Map<string, HostTensor>(
            Object.entries(dict)
              .filter(([name]) => name !== "__metadata__")
              .map(([name, data]) => [name, { shape: [data.length], data }]),
          );
          const dir = folder();
          writeSafetensors(join(dir, "model.safetensors"), tensors, "F32");
          const weights = openWeights(dir);
          expect(weights.names).toEqual([...tensors.keys()].sort());
          for (const [name, { shape, data }] of tensors) {
            expect(weights.shape(name)).toEqual(shape);
            expect(weights.read(name)).toEqual(data);
          }
          weights.close();
        },
      ),
      { numRuns: 50 },
    );
  });

  it("writes the same bytes whatever the order of the map, and leaves no temporary file", () => {
    const a = { shape: [2, 1], data: Float32Array.of(1, 2) };
    const b = { shape: [], data: Float32Array.of(0.5) };
    const [one, two] = [folder(), folder()];
    writeSafetensors(
      join(one, "model.safetensors"),
      new Map([
        ["a", a],
        ["b", b],
      ]),
      "F16",
    );
    writeSafetensors(
      join(two, "model.safetensors"),
      new Map([
        ["b", b],
        ["a", a],
      ]),
      "F16",
    );
    expect(readFileSync(join(one, "model.safetensors"))).toEqual(
      readFileSync(join(two, "model.safetensors")),
    );
    expect(readdirSync(one)).toEqual(["model.safetensors"]);
  });

  it("refuses to write what F16 cannot hold", () => {
    const path = join(folder(), "model.safetensors");
    const tensors = new Map([["x", { shape: [1], data: Float32Array.of(70000) }]]);
    expect(() => writeSafetensors(path, tensors, "F16")).toThrow(
      "tensor x holds a value that is not finite in F16",
    );
  });

  it("reads a checkpoint that transformers wrote", () => {
    const weights = openWeights("test/fixtures/reference/llama");
    expect(weights.shape("model.embed_tokens.weight")).toEqual([475, 64]);
    expect(weights.read("model.norm.weight")).toHaveLength(64);
    weights.close();
  });
});

describe("binary16", () => {
  it("survives a round trip for every bit pattern that is a number", () => {
    for (let half = 0; half < 0x10000; half++) {
      const value = fromHalf(half);
      if (!Number.isNaN(value)) expect(toHalf(value)).toBe(half);
    }
  });

  it("rounds to the nearest, ties to even", () => {
    expect(fromHalf(toHalf(1 + 1 / 2048))).toBe(1);
    expect(fromHalf(toHalf(1 + 3 / 2048))).toBe(1 + 2 / 1024);
    expect(fromHalf(toHalf(2 ** -25))).toBe(0);
    expect(fromHalf(toHalf(1.5 * 2 ** -25))).toBe(2 ** -24);
    expect(fromHalf(toHalf(65519))).toBe(65504);
    expect(toHalf(65520)).toBe(0x7c00);
    expect(fromHalf(toHalf(Number.NaN))).toBeNaN();
  });

  it("never rounds to anything but one of the two neighbours nearest to the value", () => {
    fc.assert(
      fc.property(fc.float({ min: -65504, max: 65504, noNaN: true }), (value) => {
        const half = toHalf(value);
        const error = Math.abs(fromHalf(half) - value);
        for (const other of [half - 1, half + 1])
          if ((other & 0x7fff) < 0x7c00 && ((other ^ half) & 0x8000) === 0)
            expect(error).toBeLessThanOrEqual(Math.abs(fromHalf(other) - value));
      }),
    );
  });
});

import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { missingHere } from "../policy/backends.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { jsonLines, llama, run, succeeded } from "./support.js";

/**
 * TensorFlow's own library is not on every machine, and on no machine in all the ways in which it can fail. Packages of
 * the same names stand in for it, where `require` finds them and only there.
 */
function standIn(name: "tfjs-node" | "tfjs-node-gpu", source: string): Readonly<Record<string, string>> {
  const folder = temporaryFolder();
  const at = join(folder, "@tensorflow", name);
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, "package.json"), JSON.stringify({ name: `@tensorflow/${name}`, version: "4.22.0" }));
  writeFileSync(join(at, "index.js"), source);
  return { NODE_PATH: folder };
}

const { resolve } = createRequire(import.meta.url);

/** A package that does what the real one does: its backend is called "tensorflow", and here computes as cpu does. */
const working = (gpu: boolean, more = ""): string => `
  const tf = require(${JSON.stringify(resolve("@tensorflow/tfjs-core"))});
  require(${JSON.stringify(resolve("@tensorflow/tfjs-backend-cpu"))});
  tf.copyRegisteredKernels("cpu", "tensorflow");
  const make = tf.findBackendFactory("cpu");
  tf.registerBackend("tensorflow", () => Object.assign(make(), { isUsingGpuDevice: ${gpu} }), 3);
  ${more}`;

const line = `${JSON.stringify({ id: 1, prompt: "Is Zürich a city?", completion: "Yes" })}\n`;
const asked = (backend: string, env: Readonly<Record<string, string>>) =>
  run(["score", "--model", llama, "--backend", backend], { env, stdin: line });

const installed = !missingHere.has("native") || !missingHere.has("cuda");

describe.skipIf(installed)("TensorFlow's own library", () => {
  it.each([
    [
      "was installed without its install script",
      "cuda",
      'throw new Error("The Node.js native addon module (tfjs_binding.node) can not be found at path: /x");',
      /@tensorflow\/tfjs-node-gpu is installed without its native library; it needs .*CUDA 11\.2 and cuDNN 8\.1, Node 20 to 22/,
    ],
    [
      "does not find CUDA",
      "cuda",
      'throw new Error("libcudart.so.11.0: cannot open shared object file: No such file or directory");',
      /@tensorflow\/tfjs-node-gpu does not load: libcudart\.so\.11\.0: cannot open shared object file.*; it needs .*CUDA 11\.2/,
    ],
    [
      "lacks a package of its own",
      "native",
      'require("a-package-that-is-not-there");',
      /@tensorflow\/tfjs-node does not load: Cannot find module 'a-package-that-is-not-there'/,
    ],
    ["finds no GPU", "cuda", working(false), /@tensorflow\/tfjs-node-gpu is loaded, but finds no GPU/],
    ["registers nothing", "native", "", /@tensorflow\/tfjs-node is loaded, but its backend does not start/],
    [
      "is too old for this Node",
      "native",
      working(
        false,
        `tf.unregisterKernel("BatchMatMul", "tensorflow");
        const kernelFunc = () => { throw new TypeError("util_1.isNullOrUndefined is not a function"); };
        tf.registerKernel({ kernelName: "BatchMatMul", backendName: "tensorflow", kernelFunc });`,
      ),
      /@tensorflow\/tfjs-node is loaded, but does not compute on this Node \(util_1\.isNullOrUndefined is not a function\); it needs Node 20 to 22/,
    ],
  ] as const)(
    "that %s ends a command with 1, what is missing and how to get it",
    async (_, backend, source, message) => {
      const outcome = await asked(
        backend,
        standIn(backend === "cuda" ? "tfjs-node-gpu" : "tfjs-node", source),
      );
      expect(outcome).toMatchObject({ code: 1, stdout: "" });
      expect(outcome.stderr).toMatch(message);
      expect(outcome.stderr).toMatch(/^flowc: backend \w+ cannot start here: .*\n$/);
    },
  );

  it.each([
    ["native", "tfjs-node", false],
    ["cuda", "tfjs-node-gpu", true],
  ] as const)("computes as any backend does where it runs: %s", async (backend, name, gpu) => {
    const env = standIn(name, working(gpu));
    const [wanted] = jsonLines<{ logprob: number }>(succeeded(await asked("cpu", {})).stdout);
    const [actual] = jsonLines<{ logprob: number }>(succeeded(await asked(backend, env)).stdout);
    expect(Math.abs(actual!.logprob / wanted!.logprob - 1)).toBeLessThan(1e-6);
  });
});

import * as tf from "@tensorflow/tfjs-core";
import { PolicyError } from "../errors.js";
import { startNative } from "./native.js";
import { WASM_HEAP } from "./wasm-heap.js";
import { registerWasmKernels } from "./wasm-kernels.js";
import { mendWasmKernels } from "./wasm-mends.js";
import { largestGpuTensor, startWebGpu } from "./webgpu.js";

/** Where tensors are computed. `auto` takes the best of those that need no setting up; the others are taken at their word. */
export const BACKENDS = ["auto", "cuda", "webgpu", "native", "wasm", "cpu"] as const;
export type BackendName = (typeof BACKENDS)[number];

/** What `auto` tries, in this order: every machine that runs Node runs the last one. */
const PREFERENCE = ["wasm", "cpu"] as const;

/** What a user can do about a backend that does not start. */
export const REMEDY: Readonly<Record<Exclude<BackendName, "auto">, string>> = {
  cuda: "it needs an NVIDIA GPU with its driver, CUDA 11.2 and cuDNN 8.1, Node 20 to 22, and `npm install @tensorflow/tfjs-node-gpu` with its install script allowed",
  native:
    "it needs Node 20 to 22 and `npm install @tensorflow/tfjs-node` with its install script allowed, which downloads TensorFlow's library",
  webgpu:
    "it needs a GPU with its driver, on Linux the Vulkan loader (libvulkan1) too, and `npm install webgpu @tensorflow/tfjs-backend-webgpu`; or use --backend wasm",
  wasm: "it needs @tensorflow/tfjs-backend-wasm (npm install @tensorflow/tfjs-backend-wasm); or use --backend cpu",
  cpu: "it needs @tensorflow/tfjs-backend-cpu: reinstall flowc's dependencies (npm ci)",
};

const starters: Readonly<Record<Exclude<BackendName, "auto">, () => Promise<boolean>>> = {
  wasm: async () => {
    await import("@tensorflow/tfjs-backend-wasm");
    if (!(await tf.setBackend("wasm"))) return false;
    if (tf.getKernel("FlowcAttend", "wasm") === undefined) mendWasmKernels(registerWasmKernels());
    return true;
  },
  cpu: async () => {
    await import("@tensorflow/tfjs-backend-cpu");
    return tf.setBackend("cpu");
  },
  cuda: () => startNative("cuda"),
  native: () => startNative("native"),
  webgpu: startWebGpu,
};

/**
 * Starts a backend in this process and makes it TensorFlow.js's current one. Calling it again switches.
 *
 * @returns the name of the backend that runs, never `auto`.
 * @throws PolicyError `backend-unavailable` if the named one cannot start: only `auto` chooses another.
 */
export async function startBackend(name: BackendName): Promise<Exclude<BackendName, "auto">> {
  tf.enableProdMode();
  if (name !== "auto") {
    await start(name);
    return name;
  }
  let last: unknown;
  for (const candidate of PREFERENCE) {
    try {
      await start(candidate);
      return candidate;
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

/** Bytes that a tensor may have on a backend that runs. */
export function largestTensor(name: Exclude<BackendName, "auto">): number {
  if (name === "wasm") return WASM_HEAP;
  return name === "webgpu" ? largestGpuTensor() : Infinity;
}

async function start(name: Exclude<BackendName, "auto">): Promise<void> {
  let cause: unknown;
  try {
    if ((await starters[name]()) === true) return;
  } catch (error) {
    cause = error;
  }
  const reason = cause instanceof Error ? `${cause.message}; ` : "";
  throw new PolicyError(
    "backend-unavailable",
    `backend ${name} cannot start here: ${reason}${REMEDY[name]}`,
    {
      cause,
    },
  );
}

import { existsSync, readdirSync } from "node:fs";
import { availableParallelism, platform } from "node:os";
import type { BackendName } from "./backend.js";
import { findAdapter, isSoftware } from "./webgpu-device.js";

/**
 * Parameters from which on `auto` prefers a GPU. A smaller model is bound by the number of programs that are started,
 * which a GPU does not make fewer, and wasm keeps its promise of equal bits.
 */
export const WORTH_A_GPU = 50_000_000;

/** What a backend name stands for, given the size of the model: `auto` is webgpu for a large one where there is a GPU. */
export async function chooseBackend(name: BackendName, parameters: number): Promise<BackendName> {
  if (name !== "auto" || parameters < WORTH_A_GPU || !mayHaveGpu()) return name;
  const adapter = await findAdapter();
  return adapter !== undefined && !isSoftware(adapter) ? "webgpu" : name;
}

/** Whether it is worth asking: where there clearly is no GPU, asking prints a complaint about the Vulkan loader. */
function mayHaveGpu(): boolean {
  if (platform() !== "linux") return true;
  if (existsSync("/dev/nvidia0") || existsSync("/dev/dxg")) return true;
  return existsSync("/dev/dri") && readdirSync("/dev/dri").some((name) => name.startsWith("renderD"));
}

/**
 * Worker threads, if the user says nothing: one per core where a backend computes in the thread that asks. Others have
 * threads or a device of their own, of which one copy of the model keeps all busy.
 */
export function defaultWorkers(backend: BackendName): number {
  return backend === "auto" || backend === "wasm" || backend === "cpu" ? availableParallelism() : 0;
}

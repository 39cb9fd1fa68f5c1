import { afterAll, describe, it } from "vitest";
import { BACKENDS, type BackendName, startBackend } from "../../runtime/policy/engine/backend.js";
import { webGpuDevice } from "../../runtime/policy/engine/webgpu.js";
import { settleDevice } from "../../runtime/policy/engine/webgpu-device.js";

type Named = Exclude<BackendName, "auto">;
const named = BACKENDS.filter((name): name is Named => name !== "auto");

/** Why each backend that does not start here doesn't. */
export const missingHere: ReadonlyMap<Named, string> = await tryAll();

/** The backends that run on this machine: every promise about numbers is tested on all of them. */
export const backendsHere: readonly Named[] = named.filter((name) => !missingHere.has(name));

/** Whether a test on this backend takes a hundred times what it takes on others: a program stands in for the GPU. */
export function isInSoftware(backend: Named): boolean {
  return backend === "webgpu" && webGpuDevice()?.software === true;
}

/** Says in the report which backends a file's tests were not run on, and why; fails if WebGPU had to refuse something. */
export function reportMissing(): void {
  // What a device refused is found where values are read; a file may end without reading any.
  afterAll(() => settleDevice(Promise.resolve()));
  describe.skipIf(missingHere.size === 0)("backends that this machine lacks:", () => {
    for (const reason of missingHere.values()) it.skip(reason, () => {});
  });
}

async function tryAll(): Promise<Map<Named, string>> {
  const missing = new Map<Named, string>();
  for (const name of named) {
    await startBackend(name).catch((error: Error) => missing.set(name, error.message));
  }
  return missing;
}

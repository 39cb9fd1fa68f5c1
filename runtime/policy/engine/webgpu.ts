import * as tf from "@tensorflow/tfjs";
import {
  deviceIsSound,
  type GpuAdapterInfo,
  type OpenDevice,
  openDevice,
  reasonOf,
} from "./webgpu-device.js";
import { registerWebGpuKernels } from "./webgpu-kernels.js";

/** The device that runs, if any does. */
let open: OpenDevice | undefined;

/** What the adapter that runs says of itself. */
export function webGpuAdapter(): GpuAdapterInfo | undefined {
  return open?.info;
}

/**
 * Makes WebGPU TensorFlow.js's current backend: TensorFlow.js's programs on a device of Dawn. A device that failed is
 * given up for a new one.
 *
 * @throws Error saying what is missing: a package, or an adapter
 */
export async function startWebGpu(): Promise<boolean> {
  if (open === undefined || !deviceIsSound()) {
    const makeBackend = await loadBackend();
    close();
    open = await openDevice();
    const backend = makeBackend(open);
    tf.registerBackend("webgpu", () => backend);
    registerWebGpuKernels();
  }
  return tf.setBackend("webgpu");
}

function close(): void {
  if (open === undefined) return;
  tf.removeBackend("webgpu");
  open.device.destroy();
  open = undefined;
}

async function loadBackend(): Promise<(device: OpenDevice) => tf.KernelBackend> {
  // A name that the compiler does not follow: the package is optional.
  const name: string = "@tensorflow/tfjs-backend-webgpu";
  let WebGPUBackend: new (device: unknown, info: unknown) => tf.KernelBackend;
  try {
    ({ WebGPUBackend } = await import(name));
  } catch (error) {
    throw new Error(reasonOf(name, error), { cause: error });
  }
  return ({ gpu, device, info }) => withNavigator(gpu, () => new WebGPUBackend(device, info));
}

/** The backend asks a browser's `navigator` whether there is WebGPU at all, once; nobody else is to see one. */
function withNavigator<Result>(gpu: unknown, make: () => Result): Result {
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  try {
    return make();
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, "navigator");
    else Object.defineProperty(globalThis, "navigator", before);
  }
}

import * as tf from "@tensorflow/tfjs-core";
import {
  adapterName,
  closeDevice,
  deviceIsSound,
  isSoftware,
  type OpenDevice,
  openDevice,
  reasonOf,
} from "./webgpu-device.js";
import { registerWebGpuKernels } from "./webgpu-kernels.js";

/** The device that runs, if any does. */
let open: (OpenDevice & { readonly backend: Backend }) | undefined;

/** The parts of TensorFlow.js's WebGPU backend that are used here (version 4.22). */
interface Backend extends tf.KernelBackend {
  readonly bufferManager: {
    readonly numBytesUsed: number;
    numBytesAllocated: number;
    numFreeBuffers: number;
    readonly freeBuffers: Map<string, { readonly size: number; destroy(): void }[]>;
  };
}

/** What runs, if anything does: a GPU, or a program that computes on the CPU what a GPU would. */
export function webGpuDevice(): { readonly name: string; readonly software: boolean } | null {
  return open === undefined ? null : { name: adapterName(open.info), software: isSoftware(open.info) };
}

/** Bytes that a tensor may have on the device that runs. */
export function largestGpuTensor(): number {
  const { maxBufferSize = Infinity, maxStorageBufferBindingSize = Infinity } = open?.device.limits ?? {};
  return Math.min(maxBufferSize, maxStorageBufferBindingSize);
}

/** Bytes of buffers that wait to be used again, at most. */
export const SPARE_BYTES = 1 << 28;

/**
 * Gives memory of the GPU back. TensorFlow.js keeps every buffer for the next tensor of the very same size; texts of all
 * lengths make tensors of all sizes.
 */
export function trimGpuMemory(): void {
  const buffers = open?.backend.bufferManager;
  if (buffers === undefined || buffers.numBytesAllocated - buffers.numBytesUsed <= SPARE_BYTES) return;
  for (const [key, spare] of buffers.freeBuffers) {
    for (const buffer of spare) {
      buffers.numBytesAllocated -= buffer.size;
      buffers.numFreeBuffers -= 1;
      buffer.destroy();
    }
    buffers.freeBuffers.set(key, []);
  }
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
    const device = await openDevice();
    const backend = makeBackend(device);
    open = { ...device, backend };
    tf.registerBackend("webgpu", () => backend);
    registerWebGpuKernels();
  }
  return tf.setBackend("webgpu");
}

function close(): void {
  if (open === undefined) return;
  tf.removeBackend("webgpu");
  closeDevice(open.device);
  open = undefined;
}

async function loadBackend(): Promise<(device: OpenDevice) => Backend> {
  // A name that the compiler does not follow: the package is optional.
  const name: string = "@tensorflow/tfjs-backend-webgpu";
  let WebGPUBackend: new (device: unknown, info: unknown) => Backend;
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

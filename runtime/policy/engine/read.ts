import type * as tf from "@tensorflow/tfjs-core";
import { trimGpuMemory } from "./webgpu.js";
import { settleDevice } from "./webgpu-device.js";

/**
 * The values of tensors, in order: the only way in which numbers leave the engine, since a GPU gives them later.
 *
 * @throws PolicyError `backend-failed` if the device is lost or out of memory
 */
export async function read<Values extends Float32Array | Int32Array = Float32Array>(
  tensors: readonly tf.Tensor[],
): Promise<Values[]> {
  const reading = Promise.all(tensors.map((tensor) => tensor.data() as unknown as Promise<Values>));
  const values = await settleDevice(reading);
  trimGpuMemory();
  return values;
}

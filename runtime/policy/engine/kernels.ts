import * as tf from "@tensorflow/tfjs-core";

/** Whether the current backend has a kernel of this name: those of this project begin with `Flowc`. */
export function hasKernel(name: string): boolean {
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}

/**
 * Runs a kernel of the current backend.
 *
 * @returns a tensor, or a list of them where the kernel has several outputs: `T` says which.
 */
export function run<T>(
  name: string,
  inputs: Record<string, tf.Tensor>,
  attrs: Record<string, unknown> = {},
): T {
  return tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap) as unknown as T;
}

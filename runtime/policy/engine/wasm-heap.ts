import type * as tf from "@tensorflow/tfjs";

/** The parts of TensorFlow.js's wasm backend that kernels of this project stand on (version 4.22). */
export interface WasmBackend {
  readonly wasm: {
    cwrap(name: string, returns: string | null, takes: readonly string[]): (...args: unknown[]) => void;
    readonly HEAPU8: Uint8Array;
    /** The exports of the module; `memory` is the WebAssembly.Memory that all tensors live in. */
    readonly asm: { readonly memory: object };
    readonly tfjs: {
      registerTensor(id: number, size: number, memoryOffset: number): void;
      disposeData(id: number): void;
    };
  };
  readonly dataIdMap: { get(id: object): { readonly id: number; readonly memoryOffset: number } };
  dataIdNextNumber: number;
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
  disposeData(id: object): boolean;
}

/** Byte offset of a tensor's values in the heap; stays valid as long as the tensor. */
export function pointer(backend: WasmBackend, tensor: tf.TensorInfo): number {
  return backend.dataIdMap.get(tensor.dataId).memoryOffset;
}

/**
 * A tensor's values in place, on the wasm heap. Take it after every allocation of a kernel: growing the heap
 * detaches the views taken before.
 */
export function wasmHeap(backend: WasmBackend, tensor: tf.TensorInfo): Float32Array | Int32Array {
  const size = sizeOf(tensor.shape);
  const offset = pointer(backend, tensor);
  const buffer = backend.wasm.HEAPU8.buffer;
  return tensor.dtype === "int32"
    ? new Int32Array(buffer, offset, size)
    : new Float32Array(buffer, offset, size);
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((n, d) => n * d, 1);
}

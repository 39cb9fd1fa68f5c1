import type * as tf from "@tensorflow/tfjs-core";
import { PolicyError } from "../errors.js";

/** The parts of TensorFlow.js's wasm backend that kernels of this project stand on (version 4.22). */
export interface WasmBackend {
  readonly wasm: {
    cwrap(name: string, returns: string | null, takes: readonly string[]): (...args: unknown[]) => void;
    readonly HEAPU8: Uint8Array;
    /** What TensorFlow.js takes memory by. */
    _malloc(bytes: number): number;
    /** The exports of the module. */
    readonly asm: {
      /** The WebAssembly.Memory that all tensors live in. */
      readonly memory: object;
      /** The address of fresh memory, as an int32; 0 if there is none left. */
      malloc(bytes: number): number;
    };
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

/** Bytes that a WebAssembly memory holds at most: its addresses have 32 bits. */
export const WASM_HEAP = 2 ** 32;

/**
 * Makes a tensor for which there is no memory left an error. TensorFlow.js does not look: it would write the tensor to
 * address 0, over others and the module's own data. And its allocator, asked for more than lies before the last
 * address, may go on with the first: after that it is not to be asked any more.
 *
 * @throws PolicyError `backend-failed`, from then on, wherever a tensor is made
 */
export function guardWasmHeap({ wasm }: WasmBackend): void {
  let ruined = false;
  wasm._malloc = (bytes) => {
    const address = ruined || bytes >= WASM_HEAP ? 0 : wasm.asm.malloc(bytes);
    ruined ||= address !== 0 && (address >>> 0) + bytes > wasm.HEAPU8.byteLength;
    if (!ruined && (address !== 0 || bytes === 0)) return address;
    const [wanted, held] = [bytes, wasm.HEAPU8.byteLength].map((each) => `${Math.ceil(each / 2 ** 20)} MB`);
    throw new PolicyError(
      "backend-failed",
      `the memory of wasm, which has ${WASM_HEAP / 2 ** 30} GB at most, does not suffice: ${wanted} more were asked for where it has grown to ${held}; use a smaller model, or another --backend`,
    );
  };
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

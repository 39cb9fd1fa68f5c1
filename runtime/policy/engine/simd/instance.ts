import type { WasmBackend } from "../wasm-heap.js";
import { KERNELS } from "./module.js";

type Numbers<N extends number, T extends number[] = []> = T["length"] extends N
  ? T
  : Numbers<N, [...T, number]>;
type Kernel<Arity extends number> = (...args: Numbers<Arity>) => void;

/** The kernels of `*.as`, whose parameters are documented there. */
export interface SimdKernels {
  readonly addLowRank: Kernel<10>;
  readonly addRmsNorm: Kernel<8>;
  readonly attend: Kernel<15>;
  readonly attendGrad: Kernel<19>;
  readonly matMul: Kernel<8>;
  readonly pack: Kernel<5>;
  readonly packedSize: (k: number, n: number) => number;
  readonly scratchSize: () => number;
  readonly rmsNorm: Kernel<7>;
  readonly rmsNormGrad: Kernel<8>;
  readonly rotary: Kernel<10>;
  readonly splitQkv: Kernel<13>;
  readonly swiGlu: Kernel<6>;
  readonly swiGluGrad: Kernel<6>;
  readonly tokenLogProbs: Kernel<5>;
  readonly tokenLogProbsGrad: Kernel<7>;
}

/** The part of WebAssembly's interface that is needed; TypeScript knows it only together with a browser's. */
interface Wasm {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: object };
}

/** Starts the kernels on a backend's memory. */
export function instantiateKernels(backend: WasmBackend): SimdKernels {
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly;
  const env = { memory: backend.wasm.asm.memory, log: Math.log };
  return new Instance(new Module(Buffer.from(KERNELS, "base64")), { env }).exports as SimdKernels;
}

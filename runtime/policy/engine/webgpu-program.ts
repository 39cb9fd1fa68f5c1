import type * as tf from "@tensorflow/tfjs";

/** The parts of TensorFlow.js's WebGPU backend that programs of this project stand on (version 4.22). */
export interface WebGpuBackend {
  runWebGPUProgram(
    program: object,
    inputs: readonly tf.TensorInfo[],
    dtype: tf.DataType,
    uniforms: readonly { readonly type: "int32" | "float32"; readonly data: readonly number[] }[],
    output?: tf.TensorInfo,
  ): tf.TensorInfo;
  makeTensorInfo(
    shape: readonly number[],
    dtype: tf.DataType,
    values?: Int32Array | Float32Array,
  ): tf.TensorInfo;
  disposeData(id: object): boolean;
}

/** A program of one thread per index, none of which waits for another: what it computes has one order. */
export interface Shader {
  /** Of this code: programs of one name share what was compiled. */
  readonly name: string;
  /** The arrays that it reads, by the names that the code has for them. */
  readonly inputs: Readonly<Record<string, tf.TensorInfo>>;
  /** Numbers that it reads as `uniforms.<name>`. */
  readonly integers?: Readonly<Record<string, number>>;
  readonly floats?: Readonly<Record<string, number>>;
  readonly threads: number;
  /** Shape of the float32 array `result` that it writes, or a tensor of which it writes some elements in place. */
  readonly output: readonly number[] | tf.TensorInfo;
  /** Statements in WGSL, which know the thread's `index`. */
  readonly code: string;
}

/** Threads of one workgroup: what every device has. */
const WORKGROUP = 64;

/** Runs a program, and returns what it wrote. */
export function runShader(backend: WebGpuBackend, shader: Shader): tf.TensorInfo {
  const { name, inputs, integers = {}, floats = {}, threads, output, code } = shader;
  const shape = "dataId" in output ? output.shape : [...output];
  const declared = [
    "threads : i32, ",
    ...Object.keys(integers).map((key) => `${key} : i32, `),
    ...Object.keys(floats).map((key) => `${key} : f32, `),
  ];
  const program = {
    shaderKey: `flowc ${name}`,
    variableNames: Object.keys(inputs),
    outputShape: shape,
    workgroupSize: [WORKGROUP, 1, 1],
    dispatchLayout: { x: shape.map((_, axis) => axis) },
    dispatch: [Math.ceil(threads / WORKGROUP), 1, 1],
    uniforms: declared.join(""),
    getUserCode: () => `
      fn main(index : i32) {
        if (index >= uniforms.threads) { return; }
        ${code}
      }`,
  };
  const uniforms = [
    ...[threads, ...Object.values(integers)].map((value) => ({ type: "int32" as const, data: [value] })),
    ...Object.values(floats).map((value) => ({ type: "float32" as const, data: [value] })),
  ];
  return backend.runWebGPUProgram(
    program,
    Object.values(inputs),
    "float32",
    uniforms,
    "dataId" in output ? output : undefined,
  );
}

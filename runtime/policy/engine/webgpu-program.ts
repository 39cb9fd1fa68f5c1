import type * as tf from "@tensorflow/tfjs-core";

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

export type Inputs = Record<string, tf.TensorInfo>;
/** What TensorFlow.js asks for one operation. */
export type Kernel = (
  backend: WebGpuBackend,
  inputs: Inputs,
  attrs: never,
) => tf.TensorInfo | tf.TensorInfo[];

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

/** Threads of one workgroup. */
const WORKGROUP = 64;
/** Threads of one workgroup where they make up teams: as many as every device has. */
const TEAMS_WORKGROUP = 256;

/** Runs a program, and returns what it wrote. */
export function runShader(backend: WebGpuBackend, shader: Shader): tf.TensorInfo {
  const { threads, code } = shader;
  return dispatch(backend, shader, {
    count: threads,
    workgroup: WORKGROUP,
    groups: Math.ceil(threads / WORKGROUP),
    code: `
      fn main(index : i32) {
        if (index >= uniforms.count) { return; }
        ${code}
      }`,
  });
}

/**
 * A program of teams of threads: those of a team work on one thing and add up what each of them found. A thread knows
 * its `team` and its place in it, `lane`.
 */
export interface TeamShader extends Omit<Shader, "threads" | "code"> {
  readonly teams: number;
  /** Threads of a team: a power of two, at most 256, as every device permits. */
  readonly lanes: number;
  /** Whether threads that stand side by side are of different teams, for arrays in which theirs lie side by side. */
  readonly across?: boolean;
  /** Statements that give `part`, one thread's part of the sum. They must not write. */
  readonly part: string;
  /** Statements that know `sum`, and may write. A team beyond the last one must not: it has no such statements. */
  readonly code: string;
}

/**
 * Runs a program of teams, and returns what it wrote. Every thread adds up the parts by itself, one after the other: a sum
 * has one order, and a team waits for itself once.
 */
export function runTeams(backend: WebGpuBackend, shader: TeamShader): tf.TensorInfo {
  const { teams, lanes, across = false, part, code } = shader;
  // A team of one waits for nobody.
  if (lanes === 1) {
    const alone = `let team = index; let lane = 0; let lanes = 1; var part = 0.0; ${part} let sum = part; ${code}`;
    return runShader(backend, { ...shader, threads: teams, code: alone });
  }
  const together = Math.max(1, TEAMS_WORKGROUP / lanes);
  const name = across ? `${shader.name} across` : shader.name;
  const named = { ...shader, name };
  return dispatch(backend, named, {
    count: teams,
    workgroup: together * lanes,
    groups: Math.ceil(teams / together),
    code: `
      const lanes = ${lanes};
      const together = ${together};
      var<workgroup> parts : array<f32, ${together * lanes}>;
      fn partOf(team : i32, lane : i32) -> f32 {
        var part = 0.0;
        ${part}
        return part;
      }
      fn main(index : i32) {
        let thread = i32(localIndex);
        let lane = ${across ? "thread / together" : "thread % lanes"};
        let which = ${across ? "thread % together" : "thread / lanes"};
        let team = (index / (together * lanes)) * together + which;
        let first = which * lanes;
        // A team too many does another one's work, since all threads of a group must come to every barrier.
        parts[first + lane] = partOf(min(team, uniforms.count - 1), lane);
        workgroupBarrier();
        if (team >= uniforms.count) { return; }
        var sum = 0.0;
        for (var i = 0; i < lanes; i++) { sum += parts[first + i]; }
        ${code}
      }`,
  });
}

interface Dispatch {
  /** Threads or teams. */
  readonly count: number;
  /** Threads of a workgroup. */
  readonly workgroup: number;
  readonly groups: number;
  readonly code: string;
}

function dispatch(
  backend: WebGpuBackend,
  shader: Omit<Shader, "threads" | "code">,
  { count, workgroup, groups, code }: Dispatch,
): tf.TensorInfo {
  const { name, inputs, integers = {}, floats = {}, output } = shader;
  const shape = "dataId" in output ? output.shape : [...output];
  const declared = [
    "count : i32, ",
    ...Object.keys(integers).map((key) => `${key} : i32, `),
    ...Object.keys(floats).map((key) => `${key} : f32, `),
  ];
  const program = {
    shaderKey: `flowc ${name}`,
    variableNames: Object.keys(inputs),
    outputShape: shape,
    workgroupSize: [workgroup, 1, 1],
    dispatchLayout: { x: shape.map((_, axis) => axis) },
    dispatch: [groups, 1, 1],
    uniforms: declared.join(""),
    getUserCode: () => code,
  };
  const uniforms = [
    ...[count, ...Object.values(integers)].map((value) => ({ type: "int32" as const, data: [value] })),
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

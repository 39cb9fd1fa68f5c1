import type * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "./wasm-heap.js";
import { type Kernel, runShader, runTeams, type WebGpuBackend } from "./webgpu-program.js";

/** Operations that take rows one by one: the norm, and the gated activation. */
export const rowKernels: Readonly<Record<string, Kernel>> = {
  /** x `[..., d]`, weight `[d]` -> [y like x, the rows' inverse norms]. */
  FlowcRmsNorm(backend, inputs, { epsilon }: { epsilon: number }) {
    const { x, weight } = inputs as Record<"x" | "weight", tf.TensorInfo>;
    const inverse = runTeams(backend, {
      name: "inverse norms",
      inputs: { x },
      ...ofRows(x),
      floats: { epsilon },
      output: x.shape.slice(0, -1),
      part: `
        for (var i = lane; i < uniforms.width; i += lanes) {
          let value = x[team * uniforms.width + i];
          part += value * value;
        }`,
      code: "if (lane == 0) { result[team] = 1.0 / sqrt(sum / f32(uniforms.width) + uniforms.epsilon); }",
    });
    return [normed(backend, x, weight, epsilon), inverse];
  },

  /** -> dx, or [dx, dweight] if the weight is trained. */
  FlowcRmsNormGrad(backend, inputs, { trained }: { trained: boolean }) {
    const { dy, x, weight, inverse } = inputs as Record<"dy" | "x" | "weight" | "inverse", tf.TensorInfo>;
    const width = x.shape[x.shape.length - 1]!;
    const dx = runTeams(backend, {
      name: "norm backward",
      inputs: { dy, x, weight, inverse },
      ...ofRows(x),
      output: x.shape,
      part: `
        for (var i = lane; i < uniforms.width; i += lanes) {
          let at = team * uniforms.width + i;
          part += dy[at] * weight[i] * x[at];
        }`,
      code: `
        let scale = inverse[team];
        let mean = sum * scale * scale / f32(uniforms.width);
        for (var i = lane; i < uniforms.width; i += lanes) {
          let at = team * uniforms.width + i;
          result[at] = scale * (dy[at] * weight[i] - mean * x[at]);
        }`,
    });
    if (!trained) return dx;
    const rows = sizeOf(x.shape) / width;
    const dWeight = runTeams(backend, {
      name: "norm's weight backward",
      inputs: { dy, x, inverse },
      integers: { width, rows },
      teams: width,
      lanes: WIDE,
      output: weight.shape,
      part: `
        for (var row = lane; row < uniforms.rows; row += lanes) {
          let at = row * uniforms.width + team;
          part += dy[at] * x[at] * inverse[row];
        }`,
      code: "if (lane == 0) { result[team] = sum; }",
    });
    return [dx, dWeight];
  },

  /** x and delta `[N, d]` -> [x + delta, its norm]. */
  FlowcAddRmsNorm(backend, inputs, { epsilon }: { epsilon: number }) {
    const { x, delta, weight } = inputs as Record<"x" | "delta" | "weight", tf.TensorInfo>;
    const sum = elementwise(backend, "sum", { x, delta }, "x[index] + delta[index]");
    return [sum, normed(backend, sum, weight, epsilon)];
  },

  /** gate and up of one shape. */
  FlowcSwiGlu(backend, inputs) {
    const { gate, up } = inputs as Record<"gate" | "up", tf.TensorInfo>;
    return elementwise(backend, "gated", { gate, up }, "gate[index] / (1.0 + exp(-gate[index])) * up[index]");
  },

  /** -> [dgate, dup]. */
  FlowcSwiGluGrad(backend, inputs) {
    const { dy, gate, up } = inputs as Record<"dy" | "gate" | "up", tf.TensorInfo>;
    const open = "(1.0 / (1.0 + exp(-gate[index])))";
    return [
      elementwise(
        backend,
        "gate backward",
        { dy, gate, up },
        `dy[index] * up[index] * ${open} * (1.0 + gate[index] * (1.0 - ${open}))`,
      ),
      elementwise(backend, "gated backward", { dy, gate }, `dy[index] * gate[index] * ${open}`),
    ];
  },

  /** x `[N, 2 f]`, gate and up side by side -> silu(gate) up, `[N, f]`. */
  FlowcSwiGluPair(backend, inputs) {
    const { x } = inputs as Record<"x", tf.TensorInfo>;
    const [rows, pair] = x.shape as [number, number];
    const width = pair / 2;
    return runShader(backend, {
      name: "gated pair",
      inputs: { x },
      integers: { width },
      threads: rows * width,
      output: [rows, width],
      code: `
        let at = (index / uniforms.width) * 2 * uniforms.width + index % uniforms.width;
        result[index] = x[at] / (1.0 + exp(-x[at])) * x[at + uniforms.width];`,
    });
  },
};

/** Threads of a team that has a whole row. */
const WIDE = 64;

/** A team for each row of x. */
function ofRows(x: tf.TensorInfo): Pick<Parameters<typeof runTeams>[1], "integers" | "teams" | "lanes"> {
  const width = x.shape[x.shape.length - 1]!;
  return { integers: { width }, teams: sizeOf(x.shape) / width, lanes: WIDE };
}

/** x / sqrt(mean(x²) + epsilon) · weight over the last axis. */
function normed(
  backend: WebGpuBackend,
  x: tf.TensorInfo,
  weight: tf.TensorInfo,
  epsilon: number,
): tf.TensorInfo {
  return runTeams(backend, {
    name: "norm",
    inputs: { x, weight },
    ...ofRows(x),
    floats: { epsilon },
    output: x.shape,
    part: `
      for (var i = lane; i < uniforms.width; i += lanes) {
        let value = x[team * uniforms.width + i];
        part += value * value;
      }`,
    code: `
      let scale = 1.0 / sqrt(sum / f32(uniforms.width) + uniforms.epsilon);
      for (var i = lane; i < uniforms.width; i += lanes) {
        let at = team * uniforms.width + i;
        result[at] = x[at] * scale * weight[i];
      }`,
  });
}

/** An expression of the elements at `index` of arrays of one shape. */
function elementwise(
  backend: WebGpuBackend,
  name: string,
  inputs: Readonly<Record<string, tf.TensorInfo>>,
  expression: string,
): tf.TensorInfo {
  const [first] = Object.values(inputs) as [tf.TensorInfo];
  const threads = sizeOf(first.shape);
  return runShader(backend, {
    name,
    inputs,
    threads,
    output: first.shape,
    code: `result[index] = ${expression};`,
  });
}

import * as tf from "@tensorflow/tfjs-core";
import type { HostTensor } from "../../runtime/policy/weights/index.js";

/** Learning rates before the schedule's factor, which is common to both. */
export interface OptimizerSettings {
  /** Of the matrices inside the layers, which Muon trains. */
  readonly muonRate: number;
  /** Decoupled weight decay of those, per unit of rate. */
  readonly muonDecay: number;
  /** Of embeddings and norms, which AdamW trains (without decay). */
  readonly adamRate: number;
  /** Gradients are scaled so that their common 2-norm is at most this. */
  readonly clip: number;
}

const NESTEROV = 0.95;
const NEWTON_SCHULZ_STEPS = 5;
const BETA1 = 0.9;
const BETA2 = 0.95;
const EPSILON = 1e-8;

/**
 * Muon (Jordan et al. 2024: momentum, orthogonalised by Newton-Schulz iterations) on the layers' matrices, AdamW
 * (Loshchilov and Hutter 2019) on everything else. State is float32, on the backend like the weights.
 */
export class MuonAdam {
  private readonly state = new Map<string, tf.Variable>();
  private steps = 0;

  constructor(
    private readonly weights: ReadonlyMap<string, tf.Variable>,
    private readonly settings: OptimizerSettings,
  ) {
    for (const [name, weight] of weights)
      for (const slot of isMatrix(name, weight) ? ["momentum"] : ["mean", "square"])
        this.state.set(`${slot}:${name}`, tf.variable(tf.zeros(weight.shape), false));
  }

  /**
   * One update.
   * @param gradients by weight name, all of them
   * @param factor of the schedule, in [0, 1]
   * @returns the gradients' common 2-norm before clipping; if it is not finite nothing was changed
   */
  step(gradients: ReadonlyMap<string, tf.Tensor>, factor: number): number {
    const norm = Math.sqrt(
      tf.tidy(() => {
        const squares = [...gradients.values()].map((g) => tf.reshape(tf.sum(tf.square(g)), [1]));
        return tf.sum(tf.concat(squares)).dataSync()[0]!;
      }),
    );
    if (!Number.isFinite(norm)) return norm;
    this.steps++;
    const scale = Math.min(1, this.settings.clip / (norm + 1e-12));
    for (const [name, weight] of this.weights) {
      const gradient = gradients.get(name)!;
      tf.tidy(() => {
        const clipped = tf.mul(gradient, scale);
        if (isMatrix(name, weight)) this.muon(name, weight, clipped as tf.Tensor2D, factor);
        else this.adam(name, weight, clipped, factor);
      });
    }
    return norm;
  }

  private muon(name: string, weight: tf.Variable, gradient: tf.Tensor2D, factor: number): void {
    const momentum = this.state.get(`momentum:${name}`)!;
    momentum.assign(tf.add(tf.mul(momentum, NESTEROV), gradient));
    const direction = orthogonalise(tf.add(gradient, tf.mul(momentum, NESTEROV)) as tf.Tensor2D);
    const rate = this.settings.muonRate * factor;
    const [out, into] = gradient.shape;
    const decayed = tf.mul(weight, 1 - rate * this.settings.muonDecay);
    weight.assign(tf.sub(decayed, tf.mul(direction, rate * Math.sqrt(Math.max(1, out / into)))));
  }

  private adam(name: string, weight: tf.Variable, gradient: tf.Tensor, factor: number): void {
    const mean = this.state.get(`mean:${name}`)!;
    const square = this.state.get(`square:${name}`)!;
    mean.assign(tf.add(tf.mul(mean, BETA1), tf.mul(gradient, 1 - BETA1)));
    square.assign(tf.add(tf.mul(square, BETA2), tf.mul(tf.square(gradient), 1 - BETA2)));
    const denominator = tf.add(tf.sqrt(tf.mul(square, 1 / (1 - BETA2 ** this.steps))), EPSILON);
    const rate = (this.settings.adamRate * factor) / (1 - BETA1 ** this.steps);
    weight.assign(tf.sub(weight, tf.mul(tf.div(mean, denominator), rate)));
  }

  /** Everything that the next step depends on beside the weights. */
  save(): { readonly steps: number; readonly tensors: Map<string, HostTensor> } {
    const tensors = new Map<string, HostTensor>();
    for (const [name, slot] of this.state)
      tensors.set(name, { shape: slot.shape, data: slot.dataSync() as Float32Array });
    return { steps: this.steps, tensors };
  }

  /**
   * The inverse of `save`.
   * @param read gives the saved values of a slot, and throws if there are none
   */
  restore(steps: number, read: (name: string) => Float32Array): void {
    this.steps = steps;
    for (const [name, slot] of this.state) tf.tidy(() => slot.assign(tf.tensor(read(name), slot.shape)));
  }
}

function isMatrix(name: string, weight: tf.Tensor): boolean {
  return name.startsWith("model.layers.") && weight.rank === 2;
}

/** The nearest matrix with all singular values about 1, by the quintic Newton-Schulz iteration of Muon. */
function orthogonalise(matrix: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const [rows, columns] = matrix.shape;
    const tall = rows > columns;
    const start = tall ? (tf.transpose(matrix) as tf.Tensor2D) : matrix;
    const norm = tf.sqrt(tf.sum(tf.square(start)));
    let x = tf.div(start, tf.add(norm, 1e-7)) as tf.Tensor2D;
    for (let i = 0; i < NEWTON_SCHULZ_STEPS; i++) {
      const a = tf.matMul(x, x, false, true);
      const b = tf.add(tf.mul(a, -4.775), tf.mul(tf.matMul(a, a), 2.0315)) as tf.Tensor2D;
      x = tf.add(tf.mul(x, 3.4445), tf.matMul(b, x)) as tf.Tensor2D;
    }
    return tall ? (tf.transpose(x) as tf.Tensor2D) : x;
  });
}

import * as tf from "@tensorflow/tfjs-core";
import type { BackendName } from "../../../runtime/policy/engine/backend.js";
import { webGpuDevice } from "../../../runtime/policy/engine/webgpu.js";
import { LanguageModel } from "../../../runtime/policy/language-model.js";
import { median, seconds } from "../measure.js";
import { peakMemory } from "../peak-memory.js";
import { leastSeconds, type Machine } from "./limits.js";
import { decode, pair, prefill, scoreLast, scoreNext, type Task } from "./tasks.js";

/** What one process measured on one backend with one model. */
export interface BackendFigures {
  /** The GPU, or what stands in for it. */
  readonly device: string | undefined;
  readonly machine: Machine;
  readonly figures: readonly {
    readonly name: string;
    readonly unit: string;
    readonly values: readonly number[];
    /** The share of what the machine's limits allow that the median reaches. */
    readonly share: number;
  }[];
  /** Tasks that would have taken too long. */
  readonly leftOut: readonly string[];
  /** MiB, the most that was ever resident. */
  readonly peak: number;
}

/** A repetition that is expected to take longer than this is not begun, in seconds. */
const PATIENCE = 10;
/** How much slower than its limit a backend is expected to be at worst. */
const PESSIMISM = 10;

/** @param folder of the model @param bandwidth see `Machine` */
async function measure(
  name: BackendName,
  folder: string,
  bandwidth: number,
  repetitions: number,
): Promise<BackendFigures> {
  // In this thread alone, so that the limits are those of one thread too.
  const model = await LanguageModel.load({ folder, backend: name, workers: 0 });
  const machine = { operations: await operations(), bandwidth };
  const figures: { name: string; unit: string; values: number[]; share: number }[] = [];
  const leftOut: string[] = [];
  for (const task of [prefill, scoreNext, scoreLast, decode(1), decode(8), decode(64), pair(2)]) {
    const least = leastSeconds(model.config, task.work, machine);
    if (least * PESSIMISM > PATIENCE) leftOut.push(task.name);
    else figures.push(await figure(task, model, least, repetitions));
  }
  await model.close();
  return {
    device: name === "webgpu" ? webGpuDevice()?.name : undefined,
    machine,
    figures,
    leftOut,
    peak: peakMemory(),
  };
}

async function figure(task: Task, model: LanguageModel, least: number, repetitions: number) {
  const values: number[] = [];
  // The first one compiles.
  for (let index = 0; index <= repetitions; index += 1) values.push(await task.once(model, index));
  values.shift();
  return { name: task.name, unit: task.unit, values, share: (median(values) * least) / task.units };
}

/** Rows and columns: large enough for full speed, small enough for the slowest backend to finish one. */
const SIZE = 512;

/** Of the fastest of some products, per second. */
async function operations(): Promise<number> {
  const matrix = tf.randomUniform<tf.Rank.R2>([SIZE, SIZE], -1, 1, "float32", 1);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 8; i += 1) {
    const spent = await seconds(async () => {
      const product = tf.matMul(matrix, matrix);
      // Only reading makes sure that it was computed.
      await product.data();
      product.dispose();
    });
    best = Math.min(best, spent);
    if (i > 0 && spent > 1) break;
  }
  matrix.dispose();
  return (2 * SIZE ** 3) / best;
}

const [name, folder, bandwidth, repetitions] = process.argv.slice(2);
const result = await measure(name as BackendName, folder!, Number(bandwidth), Number(repetitions));
process.send?.(result, () => process.exit(0));

import * as tf from "@tensorflow/tfjs-core";
import { type BackendName, startBackend } from "../../runtime/policy/engine/backend.js";
import { webGpuDevice } from "../../runtime/policy/engine/webgpu.js";

/** What one backend did on this machine, as `flowc doctor` is told by the process that tried. */
export type Probe =
  | {
      readonly runs: true;
      /** The GPU that runs it, or what stands in for one; null if none is meant to. */
      readonly device: { readonly name: string; readonly software: boolean } | null;
      /** Billions of floating-point operations a second in products of square matrices. */
      readonly gflops: number;
      /** Of the whole process, when it had measured. */
      readonly memoryBytes: number;
    }
  | { readonly runs: false; readonly reason: string };

/** Rows and columns: large enough for full speed, small enough for the slowest backend to finish one. */
const SIZE = 512;

async function probe(name: BackendName, seconds: number): Promise<Probe> {
  try {
    await startBackend(name);
  } catch (error) {
    return { runs: false, reason: (error as Error).message };
  }
  const matrix = tf.randomUniform<tf.Rank.R2>([SIZE, SIZE], -1, 1, "float32", 1);
  const multiply = async (): Promise<void> => {
    const product = tf.matMul(matrix, matrix);
    // Only reading makes sure that it was computed.
    await product.data();
    product.dispose();
  };
  await multiply();
  const begin = performance.now();
  let products = 0;
  do {
    await multiply();
    products += 1;
  } while (performance.now() - begin < seconds * 1000);
  const elapsed = (performance.now() - begin) / 1000;
  return {
    runs: true,
    device: name === "webgpu" ? webGpuDevice() : null,
    gflops: (products * 2 * SIZE ** 3) / elapsed / 1e9,
    memoryBytes: process.memoryUsage().rss,
  };
}

const [name, seconds] = process.argv.slice(2);
const result = await probe(name as BackendName, Number(seconds));
process.send?.(result, () => process.exit(0));

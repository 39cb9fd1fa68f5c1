import { availableParallelism } from "node:os";
import { LanguageModel } from "../../runtime/policy/language-model.js";

/** In this thread, and one worker for each core: the default. */
const workerCounts: readonly number[] = [0, availableParallelism()];

/** Loads a model on the wasm backend for as long as `use` takes. */
export async function withModel<T>(
  folder: string,
  workers: number,
  use: (model: LanguageModel) => Promise<T>,
): Promise<T> {
  const model = await LanguageModel.load({ folder, backend: "wasm", workers });
  try {
    return await use(model);
  } finally {
    await model.close();
  }
}

/** Measures for each number of workers, one after another: models that run side by side would share the cores. */
export async function forWorkers<T>(measure: (workers: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (const workers of workerCounts) results.push(await measure(workers));
  return results;
}

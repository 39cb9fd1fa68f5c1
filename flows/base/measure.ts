import * as tf from "@tensorflow/tfjs-core";
import { loadCheckpoint } from "../../runtime/policy/checkpoint.js";
import { Decoder } from "../../runtime/policy/model/decoder.js";
import { weightShapes } from "../../runtime/policy/model/names.js";
import { loadTokenizer } from "../../runtime/policy/tokenizer/index.js";
import type { AgentName } from "./agents.js";
import { accuracyPerAgent, heldOutExamples } from "./held-out.js";
import { readRows } from "./rows.js";

/**
 * Per-agent accuracy of a model folder on the first `limit` questions of a file; a backend must be running.
 * @returns how many questions were used, and the shares
 * @throws PolicyError if the folder holds no usable model
 */
export async function measureFolder(
  folder: string,
  data: string,
  limit: number,
): Promise<{ readonly questions: number; readonly perAgent: ReadonlyMap<AgentName, number> }> {
  const { config, tensors } = loadCheckpoint(folder);
  const shapes = weightShapes(config);
  const weights = new Map(
    // TensorFlow.js takes no shared memory.
    [...tensors].map(([name, values]) => [
      name,
      tf.tensor(Float32Array.from(values), [...shapes.get(name)!]),
    ]),
  );
  const tokenizer = loadTokenizer(folder);
  const rows = (await readRows(data)).slice(0, limit);
  const decoder = new Decoder(config);
  const perAgent = accuracyPerAgent(decoder, weights, heldOutExamples(rows, limit, tokenizer), tokenizer);
  decoder.dispose();
  tf.dispose([...weights.values()]);
  return { questions: rows.length, perAgent };
}

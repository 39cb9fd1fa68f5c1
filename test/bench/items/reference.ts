import { existsSync } from "node:fs";
import { decode, pair, scoreLast, scoreNext, type Task } from "../figures/tasks.js";
import type { Item, Measurement } from "../item.js";
import { often, repeat } from "../measure.js";
import { reference } from "../places.js";
import { forWorkers, withModel } from "../workers.js";

/*
 * What PyTorch, transformers and PEFT do on two cores with this checkpoint. The aim is twice as many prompts and tokens,
 * and as many pairs.
 */
const PROMPTS_PER_SECOND = 334;
const TOKENS_PER_SECOND = new Map([
  [1, 267],
  [8, 1309],
  [64, 5746],
]);
const PAIRS_PER_SECOND = 16;

export const referenceScore: Item = onReference(
  "reference/score",
  [scoreNext, scoreLast].map((task) => ({ task, target: 2 * PROMPTS_PER_SECOND })),
  15,
);

export const referenceDecode: Item = onReference(
  "reference/decode",
  [...TOKENS_PER_SECOND].map(([batch, figure]) => ({ task: decode(batch), target: 2 * figure })),
  7,
);

export const referencePair: Item = onReference(
  "reference/pair",
  [{ task: pair(10), target: PAIRS_PER_SECOND }],
  7,
);

/** An item on the reference checkpoint, which is left out where that is not at hand. */
function onReference(
  name: string,
  wanted: readonly { readonly task: Task; readonly target: number }[],
  repetitions: number,
): Item {
  return {
    name,
    async measure(context) {
      if (!existsSync(reference)) {
        context.note(`${name}: left out, there is no ${reference}; FLOWC_REFERENCE may name the folder`);
        return [];
      }
      const results = await forWorkers((workers) =>
        withModel(reference, workers, async (model) => {
          const measurements: Measurement[] = [];
          for (const { task, target } of wanted) {
            const values = await repeat(often(context, repetitions, 2), (index) => task.once(model, index));
            measurements.push({
              name: `reference/${task.name}/workers-${workers}`,
              unit: task.unit,
              values,
              target: { value: target, better: "higher" },
            });
          }
          return measurements;
        }),
      );
      return results.flat();
    },
  };
}

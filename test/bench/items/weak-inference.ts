import { type Query, Search } from "../../../runtime/search/index.js";
import { MusiqueSimulator, readMusique } from "../../../runtime/simulator/index.js";
import type { Item, Measurement } from "../item.js";
import { often, repeat, seconds } from "../measure.js";
import { flowFile, monitorFile, weak } from "../places.js";
import { openFlow, part, requestsOf } from "../questions.js";
import { forWorkers, withModel } from "../workers.js";

/** Questions whose first pick is scored in one call: 8 candidates each. */
const SCORED = 16;
const BATCHES = [1, 8, 64];
const NEW_TOKENS = 32;

/**
 * Scored prompts per second: the candidates of the first pick of 16 questions in one call, as a search asks for
 * them. Questions are new in every repetition; what prompts share is what the flow's prompts share.
 */
export const weakScore: Item = {
  name: "weak/score",
  async measure(context) {
    const flow = await openFlow(flowFile);
    const rows = await readMusique(monitorFile);
    return await forWorkers((workers) =>
      withModel(weak, workers, async (model): Promise<Measurement> => {
        const values = await repeat(often(context, 9, 2), async (index) => {
          const queries = part(rows, SCORED, index).flatMap((row): Query[] =>
            requestsOf(flow, row)
              .filter(({ ask, point }) => ask.kind === "score" && point.endsWith("@1"))
              .map((request) => ({ request, decoding: { kind: "greedy" }, affinity: row.id })),
          );
          return queries.length / (await seconds(() => model.answer(queries)));
        });
        return { name: `weak/score/workers-${workers}`, unit: "prompts/s", values };
      }),
    );
  },
};

/**
 * Decoded tokens per second, prefill included: greedy outputs of at most 32 tokens after the draft agent's prompts,
 * which are new in every repetition. Outputs that end by themselves make the batch smaller; the tokens that came are
 * what is counted.
 */
export const weakDecode: Item = {
  name: "weak/decode",
  async measure(context) {
    const flow = await openFlow(flowFile);
    const rows = await readMusique(monitorFile);
    const draft = (row: (typeof rows)[number]) =>
      requestsOf(flow, row).find(({ agent }) => agent === "draft")!;
    const results = await forWorkers((workers) =>
      withModel(weak, workers, async (model) => {
        const measurements: Measurement[] = [];
        let next = 0;
        for (const batch of BATCHES) {
          const values = await repeat(often(context, 5), async () => {
            const taken = Array.from({ length: batch }, (_, i) => rows[(next + i) % rows.length]!);
            next += batch;
            const prompts = taken.map((row) => ({ ids: model.promptIds(draft(row)), maxTokens: NEW_TOKENS }));
            let tokens = 0;
            const spent = await seconds(async () => {
              for (const ids of await model.generate(prompts)) tokens += ids.length;
            });
            return tokens / spent;
          });
          measurements.push({
            name: `weak/decode/batch-${batch}/workers-${workers}`,
            unit: "tokens/s",
            values,
          });
        }
        return measurements;
      }),
    );
    return results.flat();
  },
};

/** Episodes per second in evaluation: greedy, judged, 50 questions at a time as `flowc eval` plays them. */
export const weakEvaluate: Item = {
  name: "weak/evaluate",
  async measure(context) {
    const flow = await openFlow(flowFile);
    const rows = await readMusique(monitorFile);
    const size = context.quick ? 4 : 50;
    return await forWorkers((workers) =>
      withModel(weak, workers, async (policy): Promise<Measurement> => {
        const values = await repeat(often(context, 5), async (index) => {
          const simulator = new MusiqueSimulator(part(rows, size, index));
          const search = new Search({ flow, policy, simulator, seed: 0, live: 64 });
          const plays = simulator.tasks.map((task) => ({ task, epoch: 0 }));
          return size / (await seconds(() => search.play(plays)));
        });
        return { name: `weak/evaluate/workers-${workers}`, unit: "episodes/s", values };
      }),
    );
  },
};

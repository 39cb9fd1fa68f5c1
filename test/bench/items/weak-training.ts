import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  budgetOf,
  derivePairs,
  LanguageModelLearner,
  manifestOf,
  newOptimizer,
  type Pair,
  type Settings,
  train,
} from "../../../runtime/learner/index.js";
import { ReferenceMargins } from "../../../runtime/learner/reference-margins.js";
import { updateAgent } from "../../../runtime/learner/update.js";
import type { FlowModule } from "../../../runtime/machine/index.js";
import type { LanguageModel } from "../../../runtime/policy/language-model.js";
import { Run } from "../../../runtime/record/index.js";
import { Search } from "../../../runtime/search/index.js";
import { type MusiqueRow, MusiqueSimulator, readMusique } from "../../../runtime/simulator/index.js";
import type { Item, Measurement } from "../item.js";
import { often, repeat, seconds } from "../measure.js";
import { flowFile, trainFile, weak } from "../places.js";
import { openFlow, part, quickstartSettings } from "../questions.js";
import { forWorkers, withModel } from "../workers.js";

/**
 * DPO pairs per second: one update of every agent over the pairs of one round of the quickstart, reference margins
 * included. Neither the adapters nor the reference have seen the prompts before.
 */
export const weakPairs: Item = {
  name: "weak/pairs",
  async measure(context) {
    const flow = await openFlow(flowFile);
    const settings = quickstartSettings();
    const size = context.quick ? 1 : settings.episodes_per_round;
    const rows = await readMusique(trainFile, { limit: 64 });
    return await forWorkers((workers) =>
      withModel(weak, workers, async (model): Promise<Measurement> => {
        const values = await repeat(often(context, 5), async (index) => {
          // Found with other adapters than those that learn from them, so that nothing is in the model's cache.
          const pairs = await pairsOf(flow, model, part(rows, size, index), { ...settings, seed: 2 * index });
          const fresh = { ...settings, seed: 2 * index + 1 };
          const learner = await LanguageModelLearner.create(model, learning(flow), fresh);
          return pairs.length / (await seconds(() => learn(learner, pairs, settings)));
        });
        return { name: `weak/pairs/workers-${workers}`, unit: "pairs/s", values };
      }),
    );
  },
};

/** Episodes per second in training: the quickstart's settings, two rounds, everything recorded on disk. */
export const weakTrain: Item = {
  name: "weak/train",
  async measure(context) {
    const flow = await openFlow(flowFile);
    const quickstart = quickstartSettings();
    const episodes = context.quick ? 2 : 2 * quickstart.episodes_per_round;
    const rows = await readMusique(trainFile, { limit: 128 });
    const folder = mkdtempSync(join(tmpdir(), "flowc-bench-"));
    try {
      return await forWorkers((workers) =>
        withModel(weak, workers, async (model): Promise<Measurement> => {
          const values = await repeat(often(context, 3), async (index) => {
            const settings = { ...quickstart, episodes, seed: index };
            const simulator = new MusiqueSimulator(part(rows, episodes, index), settings.reward);
            const ingredients = { version: "bench", base: weak, data: trainFile };
            const spent = await seconds(async () => {
              const policy = await LanguageModelLearner.create(model, learning(flow), settings);
              const manifest = manifestOf(flow, settings, ingredients);
              const run = Run.create(join(folder, `${workers}-${index}`), manifest);
              await train({ flow, simulator, policy, settings, run });
            });
            return episodes / spent;
          });
          return { name: `weak/train/workers-${workers}`, unit: "episodes/s", values };
        }),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

function learning(flow: FlowModule): readonly string[] {
  return flow.agents.map(({ name }) => name);
}

/** The preferences of one round over these questions. */
async function pairsOf(
  flow: FlowModule,
  model: LanguageModel,
  rows: readonly MusiqueRow[],
  settings: Settings,
): Promise<readonly Pair[]> {
  const policy = await LanguageModelLearner.create(model, learning(flow), settings);
  const simulator = new MusiqueSimulator(rows, settings.reward);
  const search = new Search({ flow, policy, simulator, seed: settings.seed, live: settings.live_rollouts });
  const played = await search.play(simulator.tasks.map((task) => ({ task, epoch: 0 })));
  const deviations = await search.deviate(
    played.map(({ episode }) => episode),
    budgetOf(settings),
  );
  return (await derivePairs(played, deviations, settings.pairs, settings.loss)).pairs;
}

/** One step of every agent that has pairs. */
async function learn(
  learner: LanguageModelLearner,
  pairs: readonly Pair[],
  { beta, loss, optimizer }: Settings,
): Promise<void> {
  const references = new ReferenceMargins(learner);
  for (const agent of learner.agents) {
    const own = pairs.filter((pair) => pair.agent === agent);
    if (own.length === 0) continue;
    const margins = await references.of(agent, own);
    await updateAgent(learner, agent, own, margins, newOptimizer(optimizer), {
      beta,
      loss,
      clip: optimizer.clip,
    });
  }
}

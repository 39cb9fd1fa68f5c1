import { LanguageModel } from "../../../runtime/policy/language-model.js";
import { Search, type TextMethod } from "../../../runtime/search/index.js";
import { MusiqueSimulator, readMusique } from "../../../runtime/simulator/index.js";
import type { Item, Measurement } from "../item.js";
import { flowFile, monitorFile, weak } from "../places.js";
import { everything, openFlow } from "../questions.js";

/** Texts that are looked for at a choice point. */
const DRAWS = 4;
const METHODS: readonly TextMethod[] = ["sample", "diverse-beam", "top-n"];

/**
 * What the ways to find other texts find at the text agents of greedy episodes of the weak base: how many of the texts
 * differ from the greedy one and from one another, how many of those change the reward, and what they cost. Counted, not
 * timed.
 */
export const alternatives: Item = {
  name: "alternatives",
  async measure({ quick }) {
    const flow = await openFlow(flowFile);
    const simulator = new MusiqueSimulator(await readMusique(monitorFile, { limit: quick ? 1 : 60 }));
    const policy = await LanguageModel.load({ folder: weak, backend: "wasm" });
    try {
      const results: Measurement[] = [];
      for (const method of METHODS) {
        const search = new Search({ flow, simulator, policy, seed: 0, live: 64 });
        const played = await search.play(simulator.tasks.map((task) => ({ task, epoch: 0 })));
        const rewards = new Map(played.map(({ episode, judgement }) => [episode, judgement.reward]));
        const sites = played.flatMap(({ episode }) =>
          episode.steps.filter(({ kind }) => kind === "generate"),
        );
        const before = search.counters.decoded;
        const budget = { ...everything, method, draws: DRAWS, generate: DRAWS, choose: 0, pick: 0 };
        const deviations = await search.deviate([...rewards.keys()], budget);
        const changed = deviations.filter(
          ({ episode, judgement }) => judgement.reward !== rewards.get(episode),
        );
        const of = (name: string, value: number, unit = "share") =>
          results.push({ name: `alternatives/${method}/${name}`, unit, values: [value] });
        of("distinct-of-found", deviations.length / (sites.length * DRAWS));
        of("change-the-reward", changed.length / deviations.length);
        of("tokens-for-one-that-does", (search.counters.decoded - before) / changed.length, "tokens");
      }
      return results;
    } finally {
      await policy.close();
    }
  },
};

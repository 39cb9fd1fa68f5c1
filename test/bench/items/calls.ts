import { join } from "node:path";
import type { FlowModule, Json } from "../../../runtime/machine/index.js";
import { LanguageModel } from "../../../runtime/policy/language-model.js";
import { choiceAt, type Policy, type Query, Search, type Simulator } from "../../../runtime/search/index.js";
import { MusiqueSimulator, readMusique } from "../../../runtime/simulator/index.js";
import type { Item, Measurement } from "../item.js";
import { flowFile, monitorFile, root, weak } from "../places.js";
import { everything, openFlow } from "../questions.js";
import { ScriptedPolicy } from "../scripted-policy.js";

/** Agent calls for all deviations of episodes. */
export interface DeviationCalls {
  /** Made, the draws that find other texts among them. */
  readonly made: number;
  /** Made if nothing but the steps before a fork were spared: no memo, no rejoining. */
  readonly withoutMemo: number;
  /** Of running every deviation from the start: what stands before the fork, the fork and what follows. */
  readonly fromStart: number;
  /** Of those made: draws that find other texts. */
  readonly draws: number;
  /** Of those made: all others, by agent. */
  readonly byAgent: ReadonlyMap<string, number>;
  /** Of those made: such as had been made before, by the same agent with the same prompt and decoding. */
  readonly repeated: number;
}

/** Plays all tasks of a simulator, tries everything else at every choice point, and counts. */
export async function deviationCalls(
  options: { readonly flow: FlowModule; readonly simulator: Simulator; readonly policy: Policy },
  reuse = true,
): Promise<DeviationCalls> {
  const tally = new Tally(options.policy);
  const search = new Search({ ...options, policy: tally, seed: 0, live: 64, memo: reuse, rejoin: reuse });
  const played = await search.play(options.simulator.tasks.map((task) => ({ task, epoch: 0 })));
  const before = { ...search.counters };
  tally.forget();
  const episodes = played.map(({ episode }) => episode);
  const deviations = await search.deviate(episodes, everything);
  const grown = (name: keyof typeof before): number => (search.counters[name] ?? 0) - (before[name] ?? 0);
  const texts = episodes.flatMap(({ steps }) => steps.filter(({ kind }) => kind === "generate")).length;
  const asked = texts * everything.draws;
  const withoutMemo = grown("calls") + grown("savedByMemo") + grown("savedByRejoin");
  const atForks = deviations.reduce(
    (sum, { episode, step }) => sum + choiceAt(episode, step).requests.length,
    0,
  );
  const fromStart = grown("savedByPrefix") + atForks + withoutMemo - asked;
  const { draws, byAgent, repeated } = tally;
  return { made: grown("calls"), withoutMemo, fromStart, draws, byAgent, repeated };
}

/** Counts what a policy is asked. */
class Tally implements Policy {
  readonly #policy: Policy;
  readonly #seen = new Set<string>();
  draws = 0;
  byAgent = new Map<string, number>();
  repeated = 0;

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  answer(queries: readonly Query[]): ReturnType<Policy["answer"]> {
    for (const { request, decoding } of queries) {
      const { agent, system, user } = request;
      const key = JSON.stringify([agent, system, user, decoding]);
      if (this.#seen.has(key)) this.repeated += 1;
      this.#seen.add(key);
      if (decoding.kind !== "greedy") this.draws += 1;
      else this.byAgent.set(agent, (this.byAgent.get(agent) ?? 0) + 1);
    }
    return this.#policy.answer(queries);
  }

  version(agent: string): string {
    return this.#policy.version(agent);
  }

  /** Counts anew, and still knows what was asked. */
  forget(): void {
    this.draws = 0;
    this.byAgent = new Map();
    this.repeated = 0;
  }
}

/** Agent calls for all deviations, as a share of what running each from the start would take. Counted, not timed. */
export const calls: Item = {
  name: "calls",
  async measure({ quick, note }) {
    const rows = await readMusique(monitorFile, { limit: quick ? 2 : 20 });
    const flow = await openFlow(flowFile);
    const scripted = new ScriptedPolicy();
    const results: Measurement[] = [];
    const report = (name: string, counted: DeviationCalls): void => {
      const { made, withoutMemo, fromStart, draws, byAgent, repeated } = counted;
      const agents = [...byAgent].sort(([, a], [, b]) => b - a).map(([agent, count]) => `${agent} ${count}`);
      note(`${name}: ${made} calls, ${withoutMemo} without memo and rejoining, ${fromStart} from the start`);
      note(`  those made: ${draws} draws of texts, ${agents.join(", ")}; ${repeated} were made before`);
      const share = (value: number) => ({ unit: "share", values: [value / fromStart] });
      results.push({ name: `calls/${name}`, ...share(made), target: { value: 0.5, better: "lower" } });
      results.push({ name: `calls/${name}/without-memo`, ...share(withoutMemo) });
    };
    const fixed = await openFlow(join(root, "flows/examples/dependent-labels.flow"));
    report(
      "fixed-length/scripted",
      await deviationCalls({ flow: fixed, simulator: indifferent(20), policy: scripted }),
    );
    const questions = new MusiqueSimulator(rows);
    report(
      "musique-answerable/scripted",
      await deviationCalls({ flow, simulator: questions, policy: scripted }),
    );
    const few = new MusiqueSimulator(rows.slice(0, quick ? 1 : 8));
    const policy = await LanguageModel.load({ folder: weak, backend: "wasm" });
    try {
      report("musique-answerable/weak", await deviationCalls({ flow, simulator: few, policy }));
    } finally {
      await policy.close();
    }
    return results;
  },
};

/** Tasks whose results are all worth the same. */
function indifferent(count: number): Simulator {
  const tasks = Array.from({ length: count }, (_, i) => ({
    id: `${i}`,
    input: { task: `task ${i}` } as Json,
  }));
  return { tasks, judge: () => ({ reward: 0, metrics: {} }) };
}

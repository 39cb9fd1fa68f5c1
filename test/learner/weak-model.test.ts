import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadFlow } from "../../cli/load-flow.js";
import { LanguageModel } from "../../runtime/policy/language-model.js";
import { fork, Search, type SearchOptions, serializeEpisode } from "../../runtime/search/index.js";
import { MusiqueSimulator, readMusique } from "../../runtime/simulator/index.js";

/** The project's own base and its own flow, on two of its questions. */
const file = (path: string) => fileURLToPath(new URL(`../../flows/${path}`, import.meta.url));

let model: LanguageModel;
beforeAll(async () => {
  model = await LanguageModel.load({ folder: file("base/weak"), backend: "wasm", workers: 0 });
});
afterAll(() => model.close());

it("plays the same episode, byte for byte, when any choice point is given the reply that it gave", async () => {
  const { module: flow } = await loadFlow(file("musique-answerable.flow"));
  const rows = await readMusique(file("data/monitor.jsonl.gz"), { limit: 2 });
  const simulator = new MusiqueSimulator(rows);
  const search = (options: Pick<SearchOptions, "live" | "memo" | "rejoin">) =>
    new Search({ flow: flow!, policy: model, simulator, seed: 0, ...options });
  const alone = { live: 1, memo: false, rejoin: false };
  const plays = simulator.tasks.map((task) => ({ task, epoch: 0 }));
  const episodes = (await search(alone).play(plays)).map(({ episode }) => episode);
  const changes = episodes.flatMap((episode) =>
    episode.steps.map(({ reply }, step) => ({ episode, step, alternative: { reply } })),
  );
  expect(new Set(changes.map(({ episode, step }) => episode.steps[step]!.kind)).size).toBe(3);
  for (const options of [{ ...alone, live: 64 }, { live: 5 }]) {
    const again = await search(options).tryOut(changes, ({ steps, result }, i) => {
      const { episode, step, alternative } = changes[i]!;
      return { ...episode, steps: [...fork(flow!, episode, step, alternative).steps, ...steps], result };
    });
    expect(again.map(serializeEpisode)).toEqual(changes.map(({ episode }) => serializeEpisode(episode)));
  }
});

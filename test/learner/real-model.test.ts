import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  defaultSettings,
  manifestOf,
  parseSettings,
  type Settings,
  train,
} from "../../runtime/learner/index.js";
import { LanguageModelLearner } from "../../runtime/learner/language-model.js";
import { LanguageModel } from "../../runtime/policy/language-model.js";
import { type Disk, Run } from "../../runtime/record/index.js";
import {
  type Episode,
  fork,
  isChoice,
  type SearchOptions,
  serializeEpisode,
} from "../../runtime/search/index.js";
import {
  market,
  maze,
  notebook,
  parallelNotes,
  retrieveUntilDone,
  router,
  shop,
} from "../fixtures/machines/compiled.js";
import type { World } from "../fixtures/machines/flows.js";
import { contents, failingDisk, freshDirectory, Killed } from "../record/support.js";
import { searchOf } from "../search/support.js";

const folder = fileURLToPath(new URL("../fixtures/reference/llama", import.meta.url));
const worlds: readonly (readonly [string, World])[] = [
  ["retrieve-until-done.flow", await retrieveUntilDone()],
  ["router.flow", await router()],
];

/** With sub-flows, passes beside one another and effects too. */
const forked: typeof worlds = [
  ...worlds,
  ["parallel-notes.flow", await parallelNotes()],
  ["market.flow", await market()],
  ["shop.flow", await shop()],
  ["maze.flow", await maze()],
  ["notebook.flow", await notebook()],
];

const base: Settings = {
  ...defaultSettings(),
  episodes: 12,
  episodes_per_round: 4,
  checkpoint_every: 1,
  alternatives: { generate: 2, choose: "all", pick: 2, draws: 3, share: 1 },
  optimizer: { kind: "cocob", alpha: 100, clip: { norm: "inf", max: 1 } },
  reference: { kind: "soft", every: 4, mix: 0.5, confidence: 0, gate: true },
};

const optimizerOf = (text: string): Settings["optimizer"] => {
  const parsed = parseSettings(`optimizer: ${text}\n`);
  if (!parsed.ok) throw new Error(parsed.problems[0]!.message);
  return parsed.settings.optimizer;
};
const optimizers = [
  ["cocob", base.optimizer],
  ["adamw", optimizerOf("{ kind: adamw, lr: 0.003 }")],
  ["prodigy", optimizerOf("{ kind: prodigy, d0: 0.001, clip: { value: 1 } }")],
] as const;

let model: LanguageModel;
beforeAll(async () => {
  model = await LanguageModel.load({ folder, backend: "wasm", workers: 0 });
});
afterAll(() => model.close());

async function learner(world: World, settings: Settings = base): Promise<LanguageModelLearner> {
  const agents = world.flow.agents.map(({ name }) => name);
  return LanguageModelLearner.create(model, agents, settings);
}

describe.each(forked)("with a real language model, %s", (_, world) => {
  const plays = world.simulator.tasks.map((task) => ({ task, epoch: 0 }));

  it("is forked with the same reply to the same episode, byte for byte, in other batches and without the memo", async () => {
    const policy = await learner(world);
    const play = async (options: Partial<SearchOptions>): Promise<readonly Episode[]> =>
      (await searchOf(world, policy, options).play(plays)).map(({ episode }) => episode);
    const episodes = await play({ memo: false, rejoin: false, live: 1 });
    const changes = episodes.flatMap((episode) =>
      episode.steps.flatMap((each, step) =>
        isChoice(each) ? [{ episode, step, alternative: { reply: each.reply } }] : [],
      ),
    );
    expect(changes.length).toBeGreaterThan(plays.length);
    for (const options of [
      { memo: false, rejoin: false, live: 64 },
      { memo: false, rejoin: false, live: 5 },
      { live: 7 },
    ]) {
      expect((await play(options)).map(serializeEpisode)).toEqual(episodes.map(serializeEpisode));
      const again = await searchOf(world, policy, options).tryOut(changes, ({ steps, ...end }, i) => {
        const { episode, step, alternative } = changes[i]!;
        const before = fork(world.flow, episode, step, alternative).steps;
        return { ...episode, steps: [...before, ...steps], ...end };
      });
      expect(again.map(serializeEpisode)).toEqual(changes.map(({ episode }) => serializeEpisode(episode)));
    }
  });
});

describe.each(worlds)("with a real language model, %s", (name, world) => {
  it("goes on where a step has made outputs that are not finite, which is taken back", async () => {
    const optimizer = optimizerOf("{ kind: adamw, clip: none }");
    if (optimizer.kind !== "adamw") throw new Error("not what was asked for");
    const settings: Settings = { ...base, optimizer: { ...optimizer, lr: 1e36 }, steps_per_round: 2 };
    const policy = await learner(world, settings);
    const alarms: string[] = [];
    const summary = await train({
      ...world,
      policy,
      settings,
      onEvent: (event) => {
        if (event.type === "alarm") alarms.push(event.alarm.kind);
      },
    });
    expect(alarms).toContain("not-finite");
    // Every round was played, which none can be with such an adapter.
    expect(summary).toMatchObject({ episodes: 12, interrupted: false, lost: 0 });
  });

  it.each(optimizers)(
    "is trained to the same bytes twice, and when killed at any moment and resumed, with %s",
    async (_, optimizer) => {
      const settings: Settings = { ...base, optimizer };
      const manifest = manifestOf(world.flow, settings, { version: "0", base: "llama", data: "x" });
      const go = async (directory: string, disk?: Disk) => {
        const policy = await learner(world, settings);
        const { flow, simulator } = world;
        const { run, checkpoint } =
          disk === undefined
            ? Run.resume(directory, manifest)
            : { run: Run.create(directory, manifest, disk), checkpoint: undefined };
        await train({
          flow,
          simulator,
          policy,
          settings,
          run,
          ...(checkpoint === undefined ? {} : { checkpoint }),
        });
        return policy.agents.map((agent) => policy.version(agent));
      };
      const killed = (): never => {
        throw new Killed();
      };
      const whole = freshDirectory();
      const counting = failingDisk(Number.POSITIVE_INFINITY, killed);
      const versions = await go(whole, counting);
      const events = readFileSync(join(whole, "events.jsonl"), "utf8");
      expect(events).toContain('"type":"update"');
      // The router's random model stays with its first answers, so its reference never moves.
      if (name === "retrieve-until-done.flow") expect(events).toContain('"type":"reference"');
      const fresh = await learner(world, settings);
      expect(fresh.agents.map((agent) => fresh.version(agent))).not.toEqual(versions);
      for (let at = 3; at <= counting.operations(); at += 9) {
        const directory = freshDirectory();
        await expect(go(directory, failingDisk(at, killed))).rejects.toThrow(Killed);
        expect(await go(directory)).toEqual(versions);
        expect(contents(directory), `killed at operation ${at}`).toEqual(contents(whole));
      }
    },
  );
});

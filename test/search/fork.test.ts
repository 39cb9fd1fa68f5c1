import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Episode, fork, isChoice, serializeEpisode } from "../../runtime/search/index.js";
import { all } from "../fixtures/machines/all.js";

import { opinionated, searchOf } from "./support.js";

const alone = { memo: false, rejoin: false, live: 1 };

async function greedy(name: string, seed: number): Promise<readonly Episode[]> {
  const world = all.get(name)!;
  const plays = world.simulator.tasks.map((task) => ({ task, epoch: 0 }));
  const episodes = await searchOf(world, opinionated(world, seed), alone).play(plays);
  return episodes.map(({ episode }) => episode);
}

describe.each([...all.keys()])("forking in %s", (name) => {
  const world = all.get(name)!;

  it("gives the same episode, byte for byte, when the reply is the same", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1000),
        fc.record({ memo: fc.boolean(), rejoin: fc.boolean(), live: fc.integer({ min: 1, max: 50 }) }),
        async (seed, options) => {
          const episodes = await greedy(name, seed);
          const changes = episodes.flatMap((episode) =>
            episode.steps.flatMap((each, step) =>
              isChoice(each) ? [{ episode, step, alternative: { reply: each.reply } }] : [],
            ),
          );
          const again = await searchOf(world, opinionated(world, seed), options).tryOut(
            changes,
            ({ steps, ...end }, i) => {
              const { episode, step, alternative } = changes[i]!;
              const before = fork(world.flow, episode, step, alternative).steps;
              return { ...episode, steps: [...before, ...steps], ...end };
            },
          );
          expect(again.map(serializeEpisode)).toEqual(
            changes.map(({ episode }) => serializeEpisode(episode)),
          );
        },
      ),
      { numRuns: 20 },
    );
  });

  it("plays the same episodes in any batch, with and without memo and rejoining", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1000),
        fc.record({ memo: fc.boolean(), rejoin: fc.boolean(), live: fc.integer({ min: 1, max: 50 }) }),
        async (seed, options) => {
          const plays = [...world.simulator.tasks, ...world.simulator.tasks].map((task) => ({
            task,
            epoch: 0,
          }));
          const episodes = await searchOf(world, opinionated(world, seed), options).play(plays);
          const once = (await greedy(name, seed)).map(serializeEpisode);
          expect(episodes.map(({ episode }) => serializeEpisode(episode))).toEqual([...once, ...once]);
        },
      ),
      { numRuns: 20 },
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SiteOutcomes } from "../../runtime/learner/site-outcomes.js";
import {
  type Budget,
  choiceAt,
  expectedTokens,
  isChoice,
  probabilities,
} from "../../runtime/search/index.js";
import { all } from "../fixtures/machines/all.js";
import { everything, opinionated, searchOf } from "./support.js";

const world = all.get("retrieve-until-done.flow")!;
const plays = [0, 1, 2, 3, 4, 5].flatMap((epoch) => world.simulator.tasks.map((task) => ({ task, epoch })));

async function searched(budget: Budget) {
  const search = searchOf(world, opinionated(world, 7));
  const episodes = await search.play(plays);
  const deviations = await search.deviate(
    episodes.map(({ episode }) => episode),
    budget,
  );
  return { episodes, deviations };
}

describe("what is spent on an episode", () => {
  it("is what comes after each choice point, for each alternative, and nothing at the last one", async () => {
    const { episodes } = await searched(everything);
    for (const { episode } of episodes) {
      const tokens = expectedTokens(episode.steps, everything);
      expect(tokens.at(-1)).toBe(0);
      const pairs = { ...everything, choose: 1, pick: 1 };
      for (const [i, step] of episode.steps.entries()) {
        expect(tokens[i]).toBeGreaterThanOrEqual(expectedTokens(episode.steps, pairs)[i]!);
        if (step.kind === "choose") expect(tokens[i]).toBe(expectedTokens(episode.steps, pairs)[i]);
      }
    }
  });

  it("stays within the tokens that it may be expected to take, by lower probabilities that are told", async () => {
    const { episodes, deviations } = await searched(everything);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        async (limit, share) => {
          const budget = { ...everything, share, tokensPerEpisode: limit };
          for (const { episode } of episodes) {
            const tokens = expectedTokens(episode.steps, budget);
            const p = probabilities(episode, () => true, budget);
            const spent = p.reduce((sum, probability, i) => sum + probability * tokens[i]!, 0);
            expect(spent).toBeLessThanOrEqual(limit * (1 + 1e-9));
            for (const probability of p) expect(probability).toBeLessThanOrEqual(share);
          }
        },
      ),
    );
    const fewer = await searched({ ...everything, tokensPerEpisode: 200 });
    expect(fewer.deviations.length).toBeLessThan(deviations.length);
    for (const { episode, step, probability } of fewer.deviations) {
      const budget = { ...everything, tokensPerEpisode: 200 };
      expect(probability).toBe(
        probabilities(fewer.episodes.find((one) => one.episode === episode)!.episode, () => true, budget)[
          step
        ],
      );
    }
  });

  it("goes to sites by their shares, as often as their probability says", async () => {
    const sites = world.flow.sites.map(({ id }) => id);
    const shareAt = new Map([[sites[0]!, 0.25]]);
    const { episodes, deviations } = await searched({ ...everything, shareAt });
    const points = episodes.flatMap(({ episode }) => episode.steps.filter(isChoice));
    const at = new Set(
      deviations.map(
        ({ episode, step }) => `${episode.epoch} ${episode.task.id} ${choiceAt(episode, step).point}`,
      ),
    );
    const seen = points.filter(({ site }) => site === sites[0]);
    const tried = deviations.filter(({ episode, step }) => choiceAt(episode, step).site === sites[0]);
    for (const { probability } of tried) expect(probability).toBe(0.25);
    const share =
      new Set(
        tried.map(
          ({ episode, step }) => `${episode.epoch} ${episode.task.id} ${choiceAt(episode, step).point}`,
        ),
      ).size / seen.length;
    expect(share).toBeGreaterThan(0.05);
    expect(share).toBeLessThan(0.6);
    expect(at.size).toBeGreaterThan(0);
  });
});

describe("where deviations have told something", () => {
  it("is tried most, and nothing is given up; it is the same after it was kept", async () => {
    const outcomes = new SiteOutcomes();
    expect(outcomes.shares().size).toBe(0);
    const { episodes, deviations } = await searched(everything);
    const rewardsOf = new Map(episodes.map(({ episode, judgement }) => [episode, judgement.reward]));
    outcomes.add(
      deviations,
      deviations.map(({ episode, judgement }) => judgement.reward - rewardsOf.get(episode)!),
    );
    const shares = outcomes.shares();
    expect(Math.max(...shares.values())).toBe(1);
    for (const share of shares.values()) expect(share).toBeGreaterThanOrEqual(0.1);
    const [first] = world.flow.sites;
    const nothing = new SiteOutcomes();
    nothing.add(
      deviations,
      deviations.map(({ episode, step }) => (choiceAt(episode, step).site === first!.id ? 1 : 0)),
    );
    for (const [site, share] of nothing.shares())
      expect(share).toBe(site === first!.id ? 1 : Math.max(0.1, share));
    const again = new SiteOutcomes();
    again.restore(JSON.parse(JSON.stringify(outcomes.state())));
    expect([...again.shares()]).toEqual([...shares]);
  });
});

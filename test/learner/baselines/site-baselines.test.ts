import { expect, it } from "vitest";
import { SiteBaselines, type SiteCall } from "../../../runtime/learner/baselines/site-baselines.js";

const call = (site: string, episode: number, reward: number): SiteCall => ({ site, episode, reward });

it("expects the mean of a site's other episodes, older rounds counting less", () => {
  const baselines = new SiteBaselines(0.5);
  expect(baselines.take([call("a", 0, 1), call("a", 0, 0), call("a", 1, 4), call("b", 1, 4)])).toEqual([
    // Of the other episode alone; nobody else called b.
    ...[4, 4, 0.5],
    undefined,
  ]);
  // Sum 5 and weight 3, halved, and of this round what is not of the own episode.
  expect(baselines.take([call("a", 0, 8), call("a", 1, 2), call("b", 0, 1)])).toEqual([
    (2.5 + 2) / (1.5 + 1),
    (2.5 + 8) / (1.5 + 1),
    2 / 0.5,
  ]);
  // Halved once more, with what came in between.
  expect(baselines.take([call("a", 0, 100)])).toEqual([(0.25 * 5 + 0.5 * 10) / (0.25 * 3 + 0.5 * 2)]);
});

it("goes on from its state as if it had not stopped", () => {
  const [whole, begun] = [new SiteBaselines(0.9), new SiteBaselines(0.9)];
  const rounds = [[call("a", 0, 1), call("b", 1, 3)], [call("b", 0, 2), call("a", 1, 0)], [call("a", 0, 5)]];
  for (const round of rounds.slice(0, 2)) {
    whole.take(round);
    begun.take(round);
  }
  const resumed = new SiteBaselines(0.9);
  resumed.restore(JSON.parse(JSON.stringify(begun.state())));
  expect(resumed.take(rounds[2]!)).toEqual(whole.take(rounds[2]!));
});

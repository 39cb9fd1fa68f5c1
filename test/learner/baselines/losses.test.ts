import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  anchorOf,
  Cocob,
  defaultSettings,
  type LossTerm,
  logProbLoss,
  TabularPolicy,
  unpairedLoss,
} from "../../../runtime/learner/index.js";
import { updateAgent } from "../../../runtime/learner/update.js";
import type { Request } from "../../../runtime/machine/index.js";

const agents = [{ name: "say", output: { kind: "text", maxTokens: 4 } }] as const;
const said = ["red", "green", "blue", "grey"];
const request: Request = {
  ...{ id: "f/say#0@", point: "f/say#0@", site: "f/say#0", agent: "say", system: "", user: "what" },
  ask: { kind: "generate", maxTokens: 4 },
};
const logits = [0.3, -0.9, 1.2, 0.1];

/** A policy that has left its reference, which says everything alike. */
async function moved(): Promise<TabularPolicy> {
  const policy = new TabularPolicy({ agents, texts: new Map([["say", said]]) });
  await policy.gradient("say", [{ chosen: { kind: "text", request, ids: [0] } }], () => 0);
  [...policy.parameters("say").values()][0]!.set(logits);
  await policy.changed("say");
  return policy;
}

const chosen = (id: number) => ({ kind: "text", request, ids: [id] }) as const;
const finite = fc.double({ min: -20, max: 20, noNaN: true });
const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
const probabilities = logits.map((logit) => Math.exp(logit) / total);

function differs(at: (l: number) => number, l: number): number {
  const h = 1e-5;
  return (at(l + h) - at(l - h)) / (2 * h);
}

describe("a weighted log-probability", () => {
  it("is that, and has the slope that differences show", () => {
    expect(logProbLoss(-2, -5, { weight: 0.5, kl: 0 })).toEqual({ loss: 1, slope: -0.5 });
    fc.assert(
      fc.property(
        finite,
        finite,
        finite,
        fc.double({ min: 0, max: 2, noNaN: true }),
        (l, reference, weight, kl) => {
          const at = (x: number) => logProbLoss(x, reference, { weight, kl }).loss;
          expect(logProbLoss(l, reference, { weight, kl }).slope).toBeCloseTo(differs(at, l), 4);
        },
      ),
    );
  });

  it("of an output that another policy has drawn counts by how much more probable it is now, up to a cap", () => {
    const at = (l: number, cap: number) =>
      logProbLoss(l, 0, { weight: 0.5, kl: 0, importance: { drawn: -2, cap } });
    expect(at(-2, 1.5)).toEqual({ loss: -0.5, slope: -0.5 });
    expect(at(-2 + Math.log(1.2), 1.5).slope).toBeCloseTo(-0.6, 12);
    expect(at(-1, 1.5).slope).toBe(-0.75);
    expect(at(-50, 1.5).slope).toBeCloseTo(0, 12);
    fc.assert(
      fc.property(
        finite,
        finite,
        finite,
        fc.double({ min: 0.1, max: 20, noNaN: true }),
        (l, drawn, weight, cap) => {
          const importance = { drawn, cap };
          const loss = (x: number) => logProbLoss(x, -3, { weight, kl: 0.2, importance }).loss;
          const { slope } = logProbLoss(l, -3, { weight, kl: 0.2, importance });
          expect(Math.abs(slope - differs(loss, l))).toBeLessThan(1e-3);
        },
      ),
    );
  });

  it("keeps near the reference by the exact gradient of KL(policy || reference), in the mean over what is drawn", async () => {
    const policy = await moved();
    const terms = said.map((_, id) => ({ chosen: chosen(id) }));
    const logProbs = await policy.margins("say", terms, "trained");
    const references = await policy.margins("say", terms, "reference");
    const { gradient } = await policy.gradient("say", terms, (i) => {
      const { slope } = logProbLoss(logProbs[i]!, references[i]!, { weight: 0, kl: 0.7 });
      return probabilities[i]! * slope;
    });
    const divergence = probabilities.reduce((sum, p, i) => sum + p * (logProbs[i]! - references[i]!), 0);
    const [found] = [...gradient.values()];
    for (const [i, p] of probabilities.entries()) {
      const exact = 0.7 * p * (logProbs[i]! - references[i]! - divergence);
      expect(found![i]).toBeCloseTo(exact, 12);
    }
  });
});

describe("an unpaired preference", () => {
  it("is half its weight where the policy is as far from the reference as it is on the whole", () => {
    expect(unpairedLoss(-1, -2, 0.6, 0.5, 3, 1).loss).toBeCloseTo(0.1, 12);
    expect(unpairedLoss(-1, -2, -0.6, 0.5, 3, 1).loss).toBeCloseTo(0.1, 12);
    // sigmoid(0.5 * (2 - 1)) of a good output.
    expect(unpairedLoss(0, -2, 1, 0.5, 1, 1).loss).toBeCloseTo(1 - 1 / (1 + Math.exp(-0.5)), 12);
    expect(unpairedLoss(0, -2, -1, 0.5, 1, 1).loss).toBeCloseTo(1 - 1 / (1 + Math.exp(0.5)), 12);
  });

  it("has the slope that differences show, down for good outputs and up for bad ones", () => {
    const positive = fc.double({ min: 0.01, max: 3, noNaN: true });
    fc.assert(
      fc.property(finite, finite, positive, positive, (l, reference, weight, beta) => {
        for (const signed of [weight, -weight]) {
          const at = (x: number) => unpairedLoss(x, reference, signed, beta, 2, 0.4).loss;
          const { slope } = unpairedLoss(l, reference, signed, beta, 2, 0.4);
          expect(slope).toBeCloseTo(differs(at, l), 5);
          expect(Math.sign(slope) * Math.sign(signed)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  it("is anchored at how far the policy has left the reference, and never below", () => {
    expect(anchorOf(Float64Array.of(-1, -2), Float64Array.of(-2, -2.5))).toBeCloseTo(0.75, 12);
    expect(anchorOf(Float64Array.of(-3), Float64Array.of(-2))).toBe(0);
  });

  it("is stepped on with the anchor of the batch, which is what its loss is told with", async () => {
    const policy = await moved();
    const weights = [0.5, -0.2, 0.1];
    // What the policy says more than its reference does, so that the anchor is not its bound, 0.
    const outputs = [0, 2, 2];
    const terms = weights.map(
      (weight, i): LossTerm => ({ loss: "unpaired", agent: "say", chosen: chosen(outputs[i]!), weight }),
    );
    const logProbs = await policy.margins("say", terms, "trained");
    const references = await policy.margins("say", terms, "reference");
    const anchor = anchorOf(logProbs, references);
    expect(anchor).toBeGreaterThan(0.1);
    const parts = weights.map((weight, i) =>
      unpairedLoss(logProbs[i]!, references[i]!, weight, 0.5, 3, anchor),
    );
    const { gradient } = await policy.gradient("say", terms, (i) => parts[i]!.slope);
    const size = Math.hypot(...[...gradient.values()][0]!);
    const optimizer = new Cocob(100);
    const options = { beta: 0.5, loss: defaultSettings().loss, clip: "none" } as const;
    const { report } = await updateAgent(policy, "say", terms, references, optimizer, options);
    expect(report.loss).toBeCloseTo(
      parts.reduce((sum, { loss }) => sum + loss, 0),
      12,
    );
    expect(report.gradientTwo).toBeCloseTo(size, 12);
  });
});

it("tells how far outputs have gone the way they should, up or down", async () => {
  const policy = await moved();
  const weights = [1, -1, 1];
  const terms = weights.map(
    (weight, id): LossTerm => ({ loss: "log-prob", agent: "say", chosen: chosen(id), weight, kl: 0 }),
  );
  const references = await policy.margins("say", terms, "reference");
  const optimizer = new Cocob(100);
  const options = { beta: 0.5, loss: defaultSettings().loss, clip: "none" } as const;
  const { report } = await updateAgent(policy, "say", terms, references, optimizer, options);
  const beyond = weights.map((weight, i) => weight * (Math.log(probabilities[i]!) - Math.log(1 / 4)));
  expect(report.accuracy).toBe(beyond.filter((by) => by > 0).length / 3);
  expect(report.advantage).toBeCloseTo(beyond.reduce((sum, by) => sum + by, 0) / 3, 12);
});

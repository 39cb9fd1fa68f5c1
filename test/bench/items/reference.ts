import { existsSync } from "node:fs";
import { AdamW, preferenceLoss } from "../../../runtime/learner/index.js";
import { Uniforms } from "../../../runtime/machine/random.js";
import { newAdapter } from "../../../runtime/policy/adapter/adapter.js";
import type { LanguageModel } from "../../../runtime/policy/language-model.js";
import type { Completion } from "../../../runtime/policy/model/gradient-batches.js";
import type { Item, Measurement } from "../item.js";
import { often, repeat, seconds } from "../measure.js";
import { reference } from "../places.js";
import { forWorkers, withModel } from "../workers.js";

/*
 * The shapes for which it is known what PyTorch, transformers and PEFT do on two cores with this checkpoint; the targets
 * are their figures. Tokens are random and new in every repetition, so nothing but what a call's own prompts share comes
 * from a cache.
 */
const PROMPTS_PER_SECOND = 334;
const TOKENS_PER_SECOND = new Map([
  [1, 267],
  [8, 1309],
  [64, 5746],
]);
const PAIRS_PER_SECOND = 16;

/** 20 prompts of 128 tokens that share their first 96, in one call. */
export const referenceScore: Item = onReference("reference/score", async (model, workers, context) => {
  const target = { value: PROMPTS_PER_SECOND, better: "higher" } as const;
  const measured = async (
    what: string,
    completionsOf: (tokens: Tokens) => Completion[],
  ): Promise<Measurement> => {
    const values = await repeat(often(context, 15, 3), async (index) => {
      const completions = completionsOf(tokensOf(model, [what, index]));
      return completions.length / (await seconds(() => model.score(completions)));
    });
    return { name: `reference/score/${what}/workers-${workers}`, unit: "prompts/s", values, target };
  };
  const prompts = (tokens: Tokens, length: number) => {
    const head = tokens(96);
    return Array.from({ length: 20 }, () => [...head, ...tokens(length - 96)]);
  };
  return [
    // What follows the 128 tokens: one label of one token.
    await measured("next-token", (tokens) =>
      prompts(tokens, 128).map((prompt) => ({ prompt, ids: tokens(1) })),
    ),
    // Each of the 32 tokens that are not shared.
    await measured("last-32-tokens", (tokens) =>
      prompts(tokens, 128).map((all) => ({ prompt: all.slice(0, 96), ids: all.slice(96) })),
    ),
  ];
});

/** Greedy outputs of 32 tokens after prompts of 64, prefill included. */
export const referenceDecode: Item = onReference("reference/decode", async (model, workers, context) => {
  const measurements: Measurement[] = [];
  for (const [batch, figure] of TOKENS_PER_SECOND) {
    const values = await repeat(often(context, 7, 2), async (index) => {
      const tokens = tokensOf(model, ["decode", batch, index]);
      const prompts = Array.from({ length: batch }, () => ({ ids: tokens(64), maxTokens: 32 }));
      let count = 0;
      const spent = await seconds(async () => {
        for (const ids of await model.generate(prompts)) count += ids.length;
      });
      return count / spent;
    });
    const target = { value: figure, better: "higher" } as const;
    measurements.push({
      name: `reference/decode/batch-${batch}/workers-${workers}`,
      unit: "tokens/s",
      values,
      target,
    });
  }
  return measurements;
});

/**
 * Updates of one pair each: a prompt of 128 tokens, two completions of 8, rank 8 on q and v. Log-probabilities with the
 * adapter off and on, the gradient, a step of AdamW, and the new adapter handed to the model.
 */
export const referencePair: Item = onReference("reference/pair", async (model, workers, context) => {
  const adapter = newAdapter(model.config, { rank: 8, key: "bench" });
  const optimizer = new AdamW({ lr: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0 });
  await model.setAdapter("agent", adapter);
  const updates = context.quick ? 2 : 10;
  const values = await repeat(often(context, 7, 2), async (index) => {
    const tokens = tokensOf(model, ["pair", index]);
    const pairs = Array.from({ length: updates }, () => {
      const prompt = tokens(128);
      return [tokens(8), tokens(8)].map((ids): Completion => ({ prompt, ids }));
    });
    const spent = await seconds(async () => {
      for (const completions of pairs) {
        const referred = margin(await model.score(completions));
        const { slope } = preferenceLoss(margin(await model.score(completions, "agent")), referred, 1, 1, 1);
        optimizer.step(adapter.tensors, await model.gradient("agent", completions, [slope, -slope]));
        await model.setAdapter("agent", adapter);
      }
    });
    return updates / spent;
  });
  const target = { value: PAIRS_PER_SECOND, better: "higher" } as const;
  return [{ name: `reference/pair/workers-${workers}`, unit: "pairs/s", values, target }];
});

/** l(chosen) - l(rejected), summed over the tokens of each. */
function margin(logProbs: readonly (readonly number[])[]): number {
  const [chosen, rejected] = logProbs.map((tokens) => tokens.reduce((sum, value) => sum + value, 0));
  return chosen! - rejected!;
}

/** Draws that many tokens. */
type Tokens = (count: number) => number[];

/** Random tokens that depend on the key, none of them special: the first few ids are. */
function tokensOf({ config: { vocabSize } }: LanguageModel, key: readonly unknown[]): Tokens {
  const uniforms = new Uniforms(JSON.stringify(key));
  return (count) => Array.from({ length: count }, () => 4 + Math.floor(uniforms.next() * (vocabSize - 4)));
}

/** An item on the reference checkpoint, which is left out where that is not at hand. */
function onReference(
  name: string,
  measure: (
    model: LanguageModel,
    workers: number,
    context: Parameters<Item["measure"]>[0],
  ) => Promise<readonly Measurement[]>,
): Item {
  return {
    name,
    async measure(context) {
      if (!existsSync(reference)) {
        context.note(`${name}: left out, there is no ${reference}; FLOWC_REFERENCE may name the folder`);
        return [];
      }
      const results = await forWorkers((workers) =>
        withModel(reference, workers, (model) => measure(model, workers, context)),
      );
      return results.flat();
    },
  };
}

import { AdamW, preferenceLoss } from "../../../runtime/learner/index.js";
import { Uniforms } from "../../../runtime/machine/random.js";
import { newAdapter } from "../../../runtime/policy/adapter/adapter.js";
import type { LanguageModel } from "../../../runtime/policy/language-model.js";
import type { Completion } from "../../../runtime/policy/model/gradient-batches.js";
import { seconds } from "../measure.js";

/*
 * The shapes for which it is known what PyTorch, transformers and PEFT do with a tiny checkpoint. Tokens are random and
 * new in every repetition, so nothing but what a call's own prompts share comes from a cache.
 */

/** Something that is done again and again with one model. */
export interface Task {
  readonly name: string;
  readonly unit: string;
  /** How many of them it does at once. */
  readonly units: number;
  /** What the model must do at the very least, were nothing in the way but arithmetic and memory. */
  readonly work: readonly Phase[];
  /** Does it once. @returns units per second */
  once(model: LanguageModel, index: number): Promise<number>;
}

/** Rows that go through the model together, `passes` times. */
export interface Phase {
  readonly passes: number;
  /** Rows of a pass through all layers. */
  readonly rows: number;
  /** Slots that all the rows of a pass attend to, summed. */
  readonly contexts: number;
  /** Rows of a pass whose logits are wanted. */
  readonly logits: number;
  /** Whether each row is of a text of its own, so that keys and values are read for each. */
  readonly apart?: boolean;
  /** How often the layers' products are computed: once, and once more for the gradient in their inputs. */
  readonly products?: 1 | 2;
}

const PROMPT = 128;
const HEAD = 96;
const PROMPTS = 20;

/** 20 prompts of 128 tokens each, of which nothing is shared, and one token after each. */
export const prefill: Task = {
  name: "prefill",
  unit: "tokens/s",
  units: PROMPTS * PROMPT,
  work: [{ passes: 1, rows: PROMPTS * PROMPT, contexts: PROMPTS * triangle(PROMPT), logits: PROMPTS }],
  async once(model, index) {
    const tokens = tokensOf(model, ["prefill", index]);
    const completions = Array.from({ length: PROMPTS }, () => ({ prompt: tokens(PROMPT), ids: tokens(1) }));
    return (PROMPTS * PROMPT) / (await seconds(() => model.score(completions)));
  },
};

/** 20 prompts of 128 tokens that share their first 96, in one call; what follows them is one label of one token. */
export const scoreNext: Task = {
  name: "score/next-token",
  unit: "prompts/s",
  units: PROMPTS,
  work: [{ ...sharedRows(), logits: PROMPTS }],
  once: (model, index) =>
    scored(model, ["next-token", index], (prompt, tokens) => ({ prompt, ids: tokens(1) })),
};

/** The same prompts; each of the 32 tokens that are not shared. */
export const scoreLast: Task = {
  name: "score/last-32-tokens",
  unit: "prompts/s",
  units: PROMPTS,
  work: [{ ...sharedRows(), logits: PROMPTS * (PROMPT - HEAD) }],
  once: (model, index) =>
    scored(model, ["last-32-tokens", index], (prompt) => ({
      prompt: prompt.slice(0, HEAD),
      ids: prompt.slice(HEAD),
    })),
};

async function scored(
  model: LanguageModel,
  key: readonly unknown[],
  completion: (prompt: number[], tokens: Tokens) => Completion,
): Promise<number> {
  const tokens = tokensOf(model, key);
  const head = tokens(HEAD);
  const completions = Array.from({ length: PROMPTS }, () =>
    completion([...head, ...tokens(PROMPT - HEAD)], tokens),
  );
  return PROMPTS / (await seconds(() => model.score(completions)));
}

function sharedRows() {
  const each = triangle(PROMPT) - triangle(HEAD);
  const rows = HEAD + PROMPTS * (PROMPT - HEAD);
  return { passes: 1, rows, contexts: triangle(HEAD) + PROMPTS * each };
}

const BEGUN = 64;
const NEW = 32;

/** Greedy outputs of 32 tokens after prompts of 64, prefill included. */
export function decode(batch: number): Task {
  return {
    name: `decode/batch-${batch}`,
    unit: "tokens/s",
    units: batch * NEW,
    work: [
      { passes: 1, rows: batch * BEGUN, contexts: batch * triangle(BEGUN), logits: batch },
      { passes: NEW - 1, rows: batch, contexts: batch * (BEGUN + NEW / 2), logits: batch, apart: true },
    ],
    async once(model, index) {
      const tokens = tokensOf(model, ["decode", batch, index]);
      const prompts = Array.from({ length: batch }, () => ({ ids: tokens(BEGUN), maxTokens: NEW }));
      let count = 0;
      const spent = await seconds(async () => {
        for (const ids of await model.generate(prompts)) count += ids.length;
      });
      return count / spent;
    },
  };
}

const OUTPUT = 8;

/**
 * Updates of one pair each: a prompt of 128 tokens, two completions of 8, rank 8 on q and v. Log-probabilities with the
 * adapter off and on, the gradient, a step of AdamW, and the new adapter handed to the model.
 */
export function pair(updates: number): Task {
  const rows = PROMPT + 2 * (OUTPUT - 1);
  const contexts = triangle(PROMPT) + 2 * (triangle(PROMPT + OUTPUT - 1) - triangle(PROMPT));
  const scoring = { passes: updates, rows, contexts, logits: 2 * OUTPUT };
  return {
    name: "pair",
    unit: "pairs/s",
    units: updates,
    work: [scoring, scoring, { ...scoring, products: 2 }],
    async once(model, index) {
      const adapter = newAdapter(model.config, { rank: 8, key: "bench" });
      const optimizer = new AdamW({ lr: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0 });
      await model.setAdapter("agent", adapter);
      const tokens = tokensOf(model, ["pair", index]);
      const pairs = Array.from({ length: updates }, () => {
        const prompt = tokens(PROMPT);
        return [tokens(OUTPUT), tokens(OUTPUT)].map((ids): Completion => ({ prompt, ids }));
      });
      const spent = await seconds(async () => {
        for (const completions of pairs) {
          const referred = margin(await model.score(completions));
          const trained = margin(await model.score(completions, "agent"));
          const { slope } = preferenceLoss(trained, referred, 1, 1, 1);
          optimizer.step(adapter.tensors, await model.gradient("agent", completions, [slope, -slope]));
          await model.setAdapter("agent", adapter);
        }
      });
      return updates / spent;
    },
  };
}

/** l(chosen) - l(rejected), summed over the tokens of each. */
function margin(logProbs: readonly (readonly number[])[]): number {
  const [chosen, rejected] = logProbs.map((tokens) => tokens.reduce((sum, value) => sum + value, 0));
  return chosen! - rejected!;
}

/** Slots that the rows of a text attend to, each to itself and to all before it. */
function triangle(length: number): number {
  return (length * (length + 1)) / 2;
}

/** Draws that many tokens. */
type Tokens = (count: number) => number[];

/** Random tokens that depend on the key, none of them special: the first few ids are. */
function tokensOf({ config: { vocabSize } }: LanguageModel, key: readonly unknown[]): Tokens {
  const uniforms = new Uniforms(JSON.stringify(key));
  return (count) => Array.from({ length: count }, () => 4 + Math.floor(uniforms.next() * (vocabSize - 4)));
}

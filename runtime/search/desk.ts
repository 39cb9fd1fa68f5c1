import { createHash } from "node:crypto";
import type { Request } from "../machine/index.js";
import type { Counters } from "./counters.js";
import type { Output } from "./episode.js";
import type { Decoding, Policy, Query } from "./ports/policy.js";

/** Answers kept at most; beyond it the oldest goes, so that memory stays flat. */
const CAPACITY = 1 << 16;

/**
 * Names everything that an answer is a function of: agent, prompt, form of the output, the adapter's version, and
 * the decoding with its random key. Where in the flow it is asked, and for which candidate, makes no difference.
 */
function memoKey(query: Query, version: string): string {
  const { agent, system, examples = [], user, ask }: Request = query.request;
  const form = ask.kind === "score" ? [ask.kind, ask.labels, ask.label] : ask;
  const text = JSON.stringify([agent, version, form, decodingKey(query.decoding), system, examples, user]);
  return createHash("sha256").update(text).digest("base64");
}

function decodingKey(decoding: Decoding): readonly unknown[] {
  switch (decoding.kind) {
    case "greedy":
      return [decoding.kind];
    case "sample":
      return [decoding.kind, decoding.temperature, decoding.topK ?? 0, decoding.topP, decoding.key];
    case "beam":
      return [decoding.kind, decoding.groups, decoding.beams, decoding.diversity, decoding.index];
  }
}

/**
 * Where rollouts ask a policy: every request that was answered before, or that another rollout asks in the same
 * wave, is asked once. Exact, because an answer is a function of its query and the adapter's version alone; with
 * the memo off every query reaches the policy.
 */
export class Desk {
  readonly #policy: Policy;
  readonly #memo: Map<string, Output> | undefined;
  readonly #counters: Counters;

  constructor(policy: Policy, counters: Counters, memo: boolean) {
    this.#policy = policy;
    this.#counters = counters;
    this.#memo = memo ? new Map() : undefined;
  }

  /** The versions of these agents' adapters as one string. */
  versions(agents: readonly string[]): string {
    return JSON.stringify(agents.map((agent) => this.#policy.version(agent)));
  }

  /** Answers in the order of the queries, in one batch of the policy. */
  async ask(queries: readonly Query[]): Promise<readonly Output[]> {
    const memo = this.#memo;
    if (memo === undefined) return this.#compute(queries);
    const keys = queries.map((query) => memoKey(query, this.#policy.version(query.request.agent)));
    const known = new Map<string, Output>();
    const fresh = new Map<string, Query>();
    keys.forEach((key, i) => {
      const output = memo.get(key);
      if (output !== undefined) known.set(key, output);
      else if (!fresh.has(key)) fresh.set(key, queries[i]!);
    });
    const outputs = await this.#compute([...fresh.values()]);
    [...fresh.keys()].forEach((key, i) => {
      known.set(key, outputs[i]!);
      memo.set(key, outputs[i]!);
    });
    this.#counters.savedByMemo += queries.length - fresh.size;
    for (const key of memo.keys()) {
      if (memo.size <= CAPACITY) break;
      memo.delete(key);
    }
    return keys.map((key) => known.get(key)!);
  }

  async #compute(queries: readonly Query[]): Promise<readonly Output[]> {
    if (queries.length === 0) return [];
    const answers = await this.#policy.answer(queries);
    if (answers.length !== queries.length) {
      throw new Error(`the policy gave ${answers.length} answers to ${queries.length} queries`);
    }
    this.#counters.calls += queries.length;
    return answers.map(({ tokens, ...output }) => {
      this.#counters.prefilled += tokens.prefilled;
      this.#counters.reused += tokens.reused;
      this.#counters.decoded += tokens.decoded;
      return output;
    });
  }
}

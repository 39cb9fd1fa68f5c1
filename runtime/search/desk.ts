import type { Ask, Request } from "../machine/index.js";
import type { Counters } from "./counters.js";
import type { Output } from "./episode.js";
import { SearchError } from "./error.js";
import type { Decoding, Policy, Query } from "./ports/policy.js";
import { Recent } from "./recent.js";

/** Characters of what answers are kept by, at most, so that memory stays flat. */
const CAPACITY = 1 << 24;
/** What an answer takes besides, in characters. */
const ANSWER = 256;

/**
 * Names everything that an answer is a function of: agent, prompt, form of the output, the adapter's version, and
 * the decoding with its random key. Where in the flow it is asked, and for which candidate, makes no difference.
 *
 * The text itself and no digest of it: a prompt is kept by its step anyway, and hashing takes longer than all else here.
 */
function memoKey({ request, decoding }: Query, version: string): string {
  const { agent, system, examples, user, ask }: Request = request;
  const shown = examples === undefined ? "" : JSON.stringify(examples);
  const form = formKey(ask);
  const how = decodingKey(decoding);
  // Lengths, so that no part can pass for a piece of the next one; a name holds no blank.
  const lengths = `${version.length} ${form.length} ${how.length} ${system.length} ${shown.length}`;
  return `${agent} ${lengths} ${version}${form}${how}${system}${shown}${user}`;
}

const forms = new WeakMap<Ask, string>();

/** A site's requests have one and the same form, so it is written once. */
function formKey(ask: Ask): string {
  const known = forms.get(ask);
  if (known !== undefined) return known;
  const key = JSON.stringify(ask.kind === "score" ? [ask.kind, ask.labels, ask.label] : ask);
  forms.set(ask, key);
  return key;
}

function decodingKey(decoding: Decoding): string {
  switch (decoding.kind) {
    case "greedy":
      return "";
    case "sample": {
      const { temperature, topK = 0, topP, key } = decoding;
      return JSON.stringify([decoding.kind, temperature, topK, topP, key]);
    }
    case "beam":
      return JSON.stringify([
        decoding.kind,
        decoding.groups,
        decoding.beams,
        decoding.diversity,
        decoding.index,
      ]);
  }
}

/**
 * Where rollouts ask a policy: every request that was answered before, or that another rollout asks in the same
 * wave, is asked once. Exact, because an answer is a function of its query and the adapter's version alone; with
 * the memo off every query reaches the policy.
 */
export class Desk {
  readonly #policy: Policy;
  readonly #memo: Recent<Output> | undefined;
  readonly #counters: Counters;

  constructor(policy: Policy, counters: Counters, memo: boolean) {
    this.#policy = policy;
    this.#counters = counters;
    this.#memo = memo ? new Recent(CAPACITY, (key) => key.length + ANSWER) : undefined;
  }

  /** The versions of these agents' adapters as one string. */
  versions(agents: readonly string[]): string {
    return JSON.stringify(agents.map((agent) => this.#policy.version(agent)));
  }

  /** Answers in the order of the queries, in one batch of the policy. */
  async ask(queries: readonly Query[]): Promise<readonly Output[]> {
    const memo = this.#memo;
    if (memo === undefined) return this.#compute(queries);
    const keys: string[] = [];
    const fresh: Query[] = [];
    const places = new Map<string, number>();
    // What is not known is a place among the fresh ones.
    const known = queries.map((query): Output | number => {
      const key = memoKey(query, this.#policy.version(query.request.agent));
      const found = memo.get(key) ?? places.get(key);
      if (found !== undefined) return found;
      places.set(key, fresh.length);
      keys.push(key);
      return fresh.push(query) - 1;
    });
    const outputs = await this.#compute(fresh);
    this.#counters.savedByMemo += queries.length - fresh.length;
    for (const [i, key] of keys.entries()) memo.set(key, outputs[i]!);
    return known.map((found) => (typeof found === "number" ? outputs[found]! : found));
  }

  async #compute(queries: readonly Query[]): Promise<readonly Output[]> {
    if (queries.length === 0) return [];
    const answers = await this.#policy.answer(queries);
    if (answers.length !== queries.length) {
      const { request, affinity } = queries[0]!;
      const problem = `the policy gave ${answers.length} answers to ${queries.length} queries, of which this is the first`;
      throw new SearchError(problem, affinity ?? "-", request.id);
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

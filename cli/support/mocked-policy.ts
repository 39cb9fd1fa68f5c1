import type { FlowModule, Reply, Request } from "../../runtime/machine/index.js";
import { Uniforms } from "../../runtime/machine/random.js";
import type { Answer, Decoding, Policy, Query } from "../../runtime/search/index.js";
import { type Mock, replyOf } from "./mocked-replies.js";
import { type MocksFile, readMocksFile, unanswered, type Answer as Written } from "./mocks.js";

const FREE = { prefilled: 0, reused: 0, decoded: 0 } as const;

/**
 * Mocked agents as a policy. A search asks the same choice point in many episodes, and every answer must be a function of
 * what is asked; so the answers of a list are not given one after the other, but are what an agent could say, the best
 * first: it gives the first, and the others are what else is tried. Of a pick's candidates the first in the list that is
 * among them is taken.
 */
export class MockedPolicy implements Policy {
  /** The most answers that an agent could give. */
  readonly most: number;
  readonly #path: string;
  readonly #file: MocksFile;

  /** @throws CommandFailure with line and column: no YAML, a name that the flow does not have, or that of an effect */
  constructor(path: string, flow: FlowModule) {
    this.#path = path;
    this.#file = readMocksFile(path, flow);
    const { mocks, fail } = this.#file;
    const effects = (flow.effects ?? []).flatMap(({ name, sites }) => [name, ...sites.map(({ id }) => id)]);
    for (const [name, { answers }] of mocks) {
      if (!effects.includes(name.replace(/@.*$/s, ""))) continue;
      const at = answers[0]?.offset ?? 0;
      fail(at, `${name} is an effect: its module does it, with --allow-extern, and no mock`);
    }
    this.most = Math.max(1, ...[...mocks.values()].map(({ answers }) => answers.length));
  }

  async answer(queries: readonly Query[]): Promise<readonly Answer[]> {
    return queries.map(({ request, decoding }) => this.#answer(request, decoding));
  }

  version(): string {
    return "mocks";
  }

  #answer(request: Request, decoding: Decoding): Answer {
    const { point, site, agent, ask } = request;
    const { mocks } = this.#file;
    const key = [point, site, agent].find((name) => (mocks.get(name)?.answers.length ?? 0) > 0);
    if (key === undefined) throw unanswered(this.#path, request);
    const { answers } = mocks.get(key) as Mock<Written>;
    switch (ask.kind) {
      case "generate":
      case "record":
        return {
          reply: this.#reply(request, answers[indexOf(decoding, answers.length)]!),
          logProb: 0,
          tokens: FREE,
        };
      case "choose": {
        const ranked = answers.map((answer) => {
          const reply = this.#reply(request, answer);
          return reply.kind === "label" ? reply.label : "";
        });
        const labelLogProbs = ask.labels.map((label) => 0 - rankOf(label, ranked));
        return { reply: { kind: "label", label: ranked[0]! }, logProb: 0, labelLogProbs, tokens: FREE };
      }
      case "score": {
        const ranked = answers.map(({ value, offset }) => {
          if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
          return this.#file.fail(offset, `${point} is a pick: its answer is the place of a candidate`);
        });
        const logOdds = 0 - rankOf(ask.candidate, ranked);
        return { reply: { kind: "score", logOdds }, logProb: logOdds, tokens: FREE };
      }
    }
  }

  #reply(request: Request, { value, offset }: Written): Reply {
    const answered = replyOf([request], value);
    return "problem" in answered ? this.#file.fail(offset, answered.problem) : answered[1];
  }
}

/** Which of so many answers is given. */
function indexOf(decoding: Decoding, answers: number): number {
  switch (decoding.kind) {
    case "greedy":
      return 0;
    case "beam":
      return Math.min(decoding.index, answers - 1);
    case "sample":
      return Math.floor(new Uniforms(decoding.key).next() * answers);
  }
}

/** What is in no list comes after all that is. */
function rankOf<T>(value: T, ranked: readonly T[]): number {
  const rank = ranked.indexOf(value);
  return rank === -1 ? ranked.length : rank;
}

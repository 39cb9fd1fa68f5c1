import {
  conform,
  type EffectRequest,
  type FlowModule,
  isEffect,
  type Json,
  type Pending,
  type Request,
} from "../../runtime/machine/index.js";
import type { Answered } from "./play.js";

/** What is answered for an agent or an effect, a site, or a choice point. */
export interface Mock<Answer> {
  readonly answers: readonly Answer[];
  /** Whether the first answer is given every time, or one after the other. */
  readonly repeats: boolean;
  /** How often it was asked. */
  used: number;
}

/** By the names and ids that they answer for. */
export type Mocks<Answer> = ReadonlyMap<string, Mock<Answer>>;

/** The answer to a request from the most exact mock that there is for it. */
export type Taken<Answer> =
  | { readonly answer: Answer; readonly problem?: undefined }
  | { readonly problem: "no mock" }
  | { readonly problem: "no more answers"; readonly key: string; readonly answers: number };

export function takeAnswer<Answer>(mocks: Mocks<Answer>, request: Pending): Taken<Answer> {
  const { point, site } = request;
  const key = [point, site, calleeOf(request)].find((name) => mocks.has(name));
  if (key === undefined) return { problem: "no mock" };
  const mock = mocks.get(key)!;
  const answer = mock.answers[mock.repeats ? 0 : mock.used];
  if (answer === undefined) return { problem: "no more answers", key, answers: mock.answers.length };
  mock.used += 1;
  return { answer };
}

/** The name of the agent or of the effect. */
export function calleeOf(request: Pending): string {
  return isEffect(request) ? request.effect : request.agent;
}

/** What can be mocked of a flow: the names of its agents and effects, and their sites. */
export function mockable({ agents, sites, effects = [] }: FlowModule): readonly string[] {
  return [
    ...[...agents, ...effects].map(({ name }) => name),
    ...[...sites, ...effects.flatMap((effect) => effect.sites)].map(({ id }) => id),
  ];
}

/**
 * What a written value means as what an effect gives.
 * @returns what is wrong with it, if it does not fit
 */
export function effectReplyOf(
  flow: FlowModule,
  { id, effect }: EffectRequest,
  value: unknown,
): Answered | { readonly problem: string } {
  const declared = flow.effects?.find(({ name }) => name === effect);
  if (declared === undefined) throw new Error(`the flow has no effect ${effect}`);
  const held = conform(declared.output, value as Json);
  if ("problem" in held) return { problem: `${effect} gives something else: ${held.problem}` };
  return [id, { kind: "effect", value: held.value }];
}

/**
 * What a written value means as the answer to the first request of a state, or to the whole pick that it belongs to.
 * @returns what is wrong with it, if it does not fit
 */
export function replyOf(
  requests: readonly Request[],
  value: unknown,
): Answered | { readonly problem: string } {
  const { id, point, ask, agent } = requests[0]!;
  switch (ask.kind) {
    case "generate":
      if (typeof value === "string" || typeof value === "number")
        return [id, { kind: "text", text: String(value) }];
      return { problem: `${agent} answers with a text` };
    case "record": {
      const held = conform(ask.schema, recordOf(value));
      if ("problem" in held) return { problem: `${agent} answers with a record: ${held.problem}` };
      return [id, { kind: "record", value: held.value }];
    }
    case "choose": {
      const label = String(value);
      if (ask.labels.includes(label)) return [id, { kind: "label", label }];
      const labels = ask.labels.join(", ");
      return { problem: `${agent} answers with one of ${labels}, not ${JSON.stringify(value)}` };
    }
    case "score": {
      const candidates = requests.flatMap((each) =>
        each.point === point && each.ask.kind === "score" ? [each.ask.candidate] : [],
      );
      if (candidates.includes(value as number)) return [point, { kind: "pick", candidate: value as number }];
      return {
        problem: `${point} is a pick: its answer is the place of a candidate, which may be ${candidates.join(", ")}`,
      };
    }
  }
}

/** A record as a value, or as the text that a model would write. */
function recordOf(value: unknown): Json {
  if (typeof value !== "string") return value as Json;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

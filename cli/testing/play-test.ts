import type { Sources, Span, TestAnswers, TestCase, TestFile, TestValue } from "../../compiler/index.js";
import {
  agentRequests,
  type EffectRequest,
  FlowFailure,
  type FlowModule,
  isEffect,
  type Json,
  type Pending,
  type Reply,
  type Request,
} from "../../runtime/machine/index.js";
import { type Effects, SearchError } from "../../runtime/search/index.js";
import { EpisodeEffects } from "../support/effects.js";
import { CommandFailure } from "../support/exit.js";
import { calleeOf, effectReplyOf, type Mock, replyOf, takeAnswer } from "../support/mocked-replies.js";
import { type Answered, play } from "../support/play.js";
import { type Difference, differences } from "./differences.js";
import { readFixture } from "./fixtures.js";

export type FailureKind =
  /** The flow needs code that may not be run, cannot be loaded, or does not do what it is declared to. */
  | "code"
  /** A value of the test, or of a file that it names, cannot be given. */
  | "value"
  /** Something was asked that the test has no answer for. */
  | "unanswered"
  /** An answer of the test was never asked for. */
  | "unused"
  /** The flow failed on its values, or was to. */
  | "flow"
  | "result"
  | "path";

/** What is wrong with one place of a test. */
export interface Failure {
  readonly kind: FailureKind;
  readonly message: string;
  readonly span: Span;
  /** Of a result. */
  readonly differences?: readonly Difference[];
  /** Of a path. */
  readonly points?: { readonly expected: readonly string[]; readonly found: readonly string[] };
}

/** How a test went. It passed if nothing is wrong. */
export interface Played {
  readonly failures: readonly Failure[];
  /** What was answered, in the order in which it was asked. */
  readonly answers: readonly { readonly id: string; readonly reply: Reply }[];
  readonly milliseconds: number;
}

/** No flow whose test can be understood asks more often. */
const MAX_ANSWERS = 10_000;

/** What a test is played with. */
export interface Surroundings {
  readonly sources: Sources;
  readonly folder: string;
  readonly effects: Effects | undefined;
}

/**
 * Plays a test on its compiled flow.
 * @param folder of the .flow file, below which the test's files lie
 * @param effects does those of which the test says nothing; without it, all must be mocked
 */
export async function playTest(
  test: TestCase,
  flow: FlowModule,
  { sources, folder, effects }: Surroundings,
): Promise<Played> {
  const begun = performance.now();
  const answers: { id: string; reply: Reply }[] = [];
  const failures = await failuresOf(test, flow, { sources, folder, effects }, (id, reply) =>
    answers.push({ id, reply }),
  );
  return {
    failures: failures.toSorted((a, b) => a.span.start - b.span.start),
    answers,
    milliseconds: performance.now() - begun,
  };
}

/** Ends an episode that cannot go on. */
class Stopped extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

type Ending = { readonly result: Json } | { readonly failure: FlowFailure };

async function failuresOf(
  test: TestCase,
  flow: FlowModule,
  { sources, folder, effects }: Surroundings,
  trace: (id: string, reply: Reply) => void,
): Promise<readonly Failure[]> {
  const given = (value: TestValue): Json => value.value((file) => fixture(folder, file)) as Json;
  const mocks = mocksOf(test);
  const asked: string[] = [];
  const answer = (requests: readonly Request[]): readonly Answered[] => {
    asked.push(requests[0]!.point);
    return [answered(test, flow, mocks, requests, given)];
  };
  const isMocked = ({ point, site, effect }: EffectRequest): boolean =>
    [point, site, effect].some((key) => mocks.has(key));
  try {
    const expected = test.result && { value: given(test.result), span: test.result.span };
    const input = given(test.input);
    const { answer: done } = new EpisodeEffects(flow, effects, input, (request) =>
      effects !== undefined && !isMocked(request) ? undefined : answered(test, flow, mocks, [request], given),
    );
    const ending = await ended(() => play(flow, input, answer, { limit: MAX_ANSWERS, trace, effects: done }));
    if ("failure" in ending && test.failure === undefined) return [failed(ending.failure, sources)];
    return [...checkEnding(test, expected, ending), ...checkPath(test, asked), ...unusedAnswers(mocks)];
  } catch (thrown) {
    if (thrown instanceof Stopped) return [thrown.failure];
    if (thrown instanceof CommandFailure)
      return [{ kind: "unanswered", message: thrown.message, span: test.span }];
    if (thrown instanceof SearchError) return [{ kind: "code", message: thrown.message, span: test.span }];
    throw thrown;
  }
}

async function ended(playing: () => Promise<Json | undefined>): Promise<Ending> {
  try {
    return { result: (await playing()) as Json };
  } catch (thrown) {
    if (thrown instanceof FlowFailure) return { failure: thrown };
    throw thrown;
  }
}

function fixture(folder: string, file: TestFile): Json {
  const read = readFixture(folder, file);
  if ("problem" in read) throw new Stopped({ kind: "value", message: read.problem, span: file.span });
  return read.value;
}

interface TestMock extends Mock<TestValue> {
  readonly key: string;
}

function mocksOf({ mocks }: TestCase): ReadonlyMap<string, TestMock> {
  return new Map(
    [...mocks].map(([key, { answers, always }]: [string, TestAnswers]) => [
      key,
      { key, answers, repeats: always, used: 0 },
    ]),
  );
}

function answered(
  test: TestCase,
  flow: FlowModule,
  mocks: ReadonlyMap<string, TestMock>,
  requests: readonly Pending[],
  given: (value: TestValue) => Json,
): Answered {
  const request: Pending = requests[0]!;
  const { point } = request;
  const name = calleeOf(request);
  const taken = takeAnswer(mocks, request);
  if (taken.problem === "no mock") {
    const code = isEffect(request) ? ", or say --allow-extern for its module to do it" : "";
    const message = `${point} is asked, and nothing is said for it: add \`mock ${name} -> ...\`${code}`;
    throw new Stopped({ kind: "unanswered", message, span: test.span });
  }
  if (taken.problem !== undefined) {
    const { answers } = mocks.get(taken.key)!;
    const mock = taken.key === name ? name : JSON.stringify(taken.key);
    const count = answers.length === 1 ? "1 answer" : `${answers.length} answers`;
    const message = `\`mock ${mock}\` has ${count}, and ${point} wants another one`;
    throw new Stopped({ kind: "unanswered", message, span: answers.at(-1)!.span });
  }
  const { span } = taken.answer;
  const value = given(taken.answer);
  const reply = isEffect(request)
    ? effectReplyOf(flow, request, value)
    : replyOf(agentRequests(requests), value);
  if ("problem" in reply) throw new Stopped({ kind: "value", message: reply.problem, span });
  return reply;
}

function checkEnding(
  { failure }: TestCase,
  expected: { readonly value: Json; readonly span: Span } | undefined,
  ending: Ending,
): readonly Failure[] {
  if (failure !== undefined) {
    if ("failure" in ending) {
      const { message } = ending.failure;
      if (message.includes(failure.message)) return [];
      const other = `the flow fails otherwise: ${message}`;
      return [{ kind: "flow", message: other, span: failure.span }];
    }
    const message = `the flow was to fail, and gives ${JSON.stringify(ending.result)}`;
    return [{ kind: "flow", message, span: failure.span }];
  }
  if (expected === undefined || "failure" in ending) return [];
  const found = differences(expected.value, ending.result);
  const message = "the result is another one";
  return found.length === 0 ? [] : [{ kind: "result", message, span: expected.span, differences: found }];
}

function failed({ message, place }: FlowFailure, sources: Sources): Failure {
  return { kind: "flow", message, span: spanOf(place, sources) };
}

/** A failure's place, `line:column` and before it perhaps the path of an imported file. */
function spanOf(place: string, { all, main }: Sources): Span {
  const [, path = "", line, column] = /^(?:(.*):)?(\d+):(\d+)$/s.exec(place) ?? [];
  const source = all.find((each) => each.path === path) ?? main;
  const start = source.offsetAt({ line: Number(line ?? 1), column: Number(column ?? 1) });
  return { start, end: start + 1 };
}

/** The place is the first point that differs. */
function checkPath({ path }: TestCase, asked: readonly string[]): readonly Failure[] {
  if (path === undefined) return [];
  const expected = path.map(({ id }) => id);
  const at = Array.from({ length: Math.max(expected.length, asked.length) }).findIndex(
    (_, index) => expected[index] !== asked[index],
  );
  if (at === -1) return [];
  const { span } = path[at] ?? path.at(-1)!;
  return [{ kind: "path", message: "something else is asked", span, points: { expected, found: asked } }];
}

/** One failure a mock, at the first of its answers that nobody asked for. */
function unusedAnswers(mocks: ReadonlyMap<string, TestMock>): readonly Failure[] {
  return [...mocks.values()].flatMap(({ answers, repeats, used }): Failure[] => {
    const left = repeats ? (used > 0 ? 0 : 1) : answers.length - used;
    if (left === 0) return [];
    const span = answers[answers.length - left]!.span;
    const more = left === 1 ? "this answer is" : `this answer and ${left - 1} more are`;
    return [{ kind: "unused", message: `${more} never asked for`, span }];
  });
}

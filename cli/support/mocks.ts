import { isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { suggest } from "../../compiler/index.js";
import {
  agentRequests,
  type FlowModule,
  isEffect,
  type Pending,
  type Request,
} from "../../runtime/machine/index.js";
import { CommandFailure, ExitCode } from "./exit.js";
import { effectReplyOf, type Mock, mockable, replyOf, takeAnswer } from "./mocked-replies.js";
import type { Answered } from "./play.js";
import { readTextFile } from "./read-text.js";

/** One answer, and where it stands in the file. */
export interface Answer {
  readonly value: unknown;
  readonly offset: number;
}

/** No file of answers comes near this. */
const MAX_CHARACTERS = 1 << 20;

/** What a file says, and how to complain of one of its places. */
export interface MocksFile {
  readonly mocks: ReadonlyMap<string, Mock<Answer>>;
  /** @throws CommandFailure with line and column */
  readonly fail: (offset: number, message: string) => never;
}

/**
 * Reads a file of mocked answers (see `flowc run --help`) for a flow.
 *
 * @throws CommandFailure with line and column: no YAML, or a name that the flow does not have
 */
export function readMocksFile(path: string, flow: FlowModule): MocksFile {
  const lines = new LineCounter();
  const fail = (offset: number, message: string): never => {
    const { line, col } = lines.linePos(offset);
    throw new CommandFailure(
      `${path}:${Math.max(1, line)}:${Math.max(1, col)} ${message}`,
      ExitCode.diagnostics,
    );
  };
  return { mocks: parse(readTextFile(path), lines, flow, fail), fail };
}

/** What to say of a choice point for which there is no answer. */
export function unanswered(path: string, { point, agent, site }: Request): CommandFailure {
  return new CommandFailure(
    `${path}: nothing is said for ${point}; add an answer for ${agent}, ${site} or ${point}`,
    ExitCode.diagnostics,
  );
}

/**
 * Mocked answers, given one after the other.
 *
 * @returns decides what the first request of a state, or the whole pick that it belongs to, is answered; nothing if
 *   that is an effect of which nothing is said
 * @throws CommandFailure with line and column: no YAML, a name that the flow does not have; and when an answer is asked
 *   for that is missing or does not fit
 */
export function readMocks(
  path: string,
  flow: FlowModule,
): (requests: readonly Pending[]) => Answered | undefined {
  const { mocks, fail } = readMocksFile(path, flow);
  return (requests) => {
    const request = requests[0]!;
    const taken = takeAnswer(mocks, request);
    if (taken.problem === "no mock") {
      if (isEffect(request)) return undefined;
      throw unanswered(path, request);
    }
    if (taken.problem !== undefined) {
      throw new CommandFailure(
        `${path}: ${taken.key} has ${taken.answers} answers, and ${request.point} wants another one`,
        ExitCode.diagnostics,
      );
    }
    const { value } = taken.answer;
    const reply = isEffect(request)
      ? effectReplyOf(flow, request, value)
      : replyOf(agentRequests(requests), value);
    return "problem" in reply ? fail(taken.answer.offset, reply.problem) : reply;
  };
}

function parse(
  text: string,
  lines: LineCounter,
  flow: FlowModule,
  fail: (offset: number, message: string) => never,
): Map<string, Mock<Answer>> {
  if (text.length > MAX_CHARACTERS) fail(0, `a file of answers has at most ${MAX_CHARACTERS} characters`);
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  for (const { pos, message } of [...document.errors, ...document.warnings]) fail(pos[0], message);
  const { contents } = document;
  const mocks = new Map<string, Mock<Answer>>();
  if (contents === null) return mocks;
  if (!isMap(contents)) return fail(0, "answers are given by the names of agents, sites or choice points");
  for (const { key, value } of contents.items) {
    const offset = (key as { range?: [number, number, number] }).range?.[0] ?? 0;
    const name = isScalar(key) ? String(key.value) : fail(offset, "a name is wanted here");
    checkName(name, flow, (message) => fail(offset, message));
    const nodes = isSeq(value) ? value.items : [value];
    const answers = nodes.map((node): Answer => {
      const at = (node as { range?: [number, number, number] } | null)?.range?.[0] ?? offset;
      if (isScalar(node)) return { value: node.value, offset: at };
      if (isMap(node) || isSeq(node)) return { value: node.toJS(document), offset: at };
      return fail(at, "an answer is a text, a label, a record, a place in a list, or what an effect gives");
    });
    mocks.set(name, { answers, repeats: !isSeq(value), used: 0 });
  }
  return mocks;
}

function checkName(name: string, flow: FlowModule, fail: (message: string) => never): void {
  const known = mockable(flow);
  if (known.includes(name.replace(/@.*$/s, ""))) return;
  const meant = suggest(name, known);
  const hint = meant.length > 0 ? `; did you mean ${meant.join(" or ")}?` : `; it has ${known.join(", ")}`;
  fail(`the flow ${flow.flow} has no agent, effect or site ${JSON.stringify(name)}${hint}`);
}

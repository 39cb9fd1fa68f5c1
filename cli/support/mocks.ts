import { readFileSync } from "node:fs";
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { suggest } from "../../compiler/index.js";
import {
  conform,
  type FlowModule,
  type Json,
  type Reply,
  type Request,
} from "../../runtime/machine/index.js";
import { CommandFailure, ExitCode } from "./exit.js";

/** One answer, and where it stands in the file. */
interface Answer {
  readonly value: unknown;
  readonly offset: number;
}

/** Answers for one agent, site or choice point. */
interface Mock {
  readonly answers: readonly Answer[];
  /** A single answer is given every time, a list from front to back. */
  readonly repeats: boolean;
  used: number;
}

/** No file of answers comes near this. */
const MAX_CHARACTERS = 1 << 20;

/**
 * Reads a file of mocked answers (see `flowc run --help`) for a flow.
 *
 * @returns decides what the first request of a state, or the whole pick that it belongs to, is answered
 * @throws CommandFailure with line and column: no YAML, a name that the flow does not have; and when an answer is asked
 *   for that is missing or does not fit
 */
export function readMocks(
  path: string,
  flow: FlowModule,
): (requests: readonly Request[]) => readonly [string, Reply] {
  const lines = new LineCounter();
  const fail = (offset: number, message: string): never => {
    const { line, col } = lines.linePos(offset);
    throw new CommandFailure(
      `${path}:${Math.max(1, line)}:${Math.max(1, col)} ${message}`,
      ExitCode.diagnostics,
    );
  };
  const mocks = parse(readText(path), lines, flow, fail);
  return (requests) => {
    const request = requests[0]!;
    const key = [request.point, request.site, request.agent].find((name) => mocks.has(name));
    if (key === undefined) {
      throw new CommandFailure(
        `${path}: nothing is said for ${request.point}; add an answer for ${request.agent}, ${request.site} or ${request.point}`,
        ExitCode.diagnostics,
      );
    }
    const mock = mocks.get(key)!;
    const answer = mock.answers[mock.repeats ? 0 : mock.used++];
    if (answer !== undefined) return replyTo(requests, answer, fail);
    throw new CommandFailure(
      `${path}: ${key} has ${mock.answers.length} answers, and ${request.point} wants another one`,
      ExitCode.diagnostics,
    );
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailure(
      `${path}: ${code === "ENOENT" ? "there is no such file" : `cannot be read (${code})`}`,
    );
  }
}

function parse(
  text: string,
  lines: LineCounter,
  flow: FlowModule,
  fail: (offset: number, message: string) => never,
): Map<string, Mock> {
  if (text.length > MAX_CHARACTERS) fail(0, `a file of answers has at most ${MAX_CHARACTERS} characters`);
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  for (const { pos, message } of [...document.errors, ...document.warnings]) fail(pos[0], message);
  const { contents } = document;
  const mocks = new Map<string, Mock>();
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
      if (isMap(node)) return { value: node.toJS(document), offset: at };
      return fail(at, "an answer is a text, a label, a record or a place in a list");
    });
    mocks.set(name, { answers, repeats: !isSeq(value), used: 0 });
  }
  return mocks;
}

function checkName(name: string, flow: FlowModule, fail: (message: string) => never): void {
  const known = [...flow.agents.map((agent) => agent.name), ...flow.sites.map((site) => site.id)];
  if (known.includes(name.replace(/@.*$/s, ""))) return;
  const meant = suggest(name, known);
  const hint = meant.length > 0 ? `; did you mean ${meant.join(" or ")}?` : `; it has ${known.join(", ")}`;
  fail(`the flow ${flow.flow} has no agent or site ${JSON.stringify(name)}${hint}`);
}

function replyTo(
  requests: readonly Request[],
  { value, offset }: Answer,
  fail: (offset: number, message: string) => never,
): readonly [string, Reply] {
  const { id, point, ask, agent } = requests[0]!;
  switch (ask.kind) {
    case "generate":
      if (typeof value !== "string" && typeof value !== "number")
        return fail(offset, `${agent} answers with a text`);
      return [id, { kind: "text", text: String(value) }];
    case "record": {
      const held = conform(ask.schema, recordOf(value));
      if ("problem" in held) return fail(offset, `${agent} answers with a record: ${held.problem}`);
      return [id, { kind: "record", value: held.value }];
    }
    case "choose": {
      const label = String(value);
      if (ask.labels.includes(label)) return [id, { kind: "label", label }];
      return fail(
        offset,
        `${agent} answers with one of ${ask.labels.join(", ")}, not ${JSON.stringify(value)}`,
      );
    }
    case "score": {
      const candidates = requests.flatMap((each) =>
        each.point === point && each.ask.kind === "score" ? [each.ask.candidate] : [],
      );
      if (!candidates.includes(value as number)) {
        return fail(offset, `${point} takes the place of a candidate, one of ${candidates.join(", ")}`);
      }
      return [point, { kind: "pick", candidate: value as number }];
    }
  }
}

/** A record as YAML, or as the text that a model would write. */
function recordOf(value: unknown): Json {
  if (typeof value !== "string") return value as Json;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

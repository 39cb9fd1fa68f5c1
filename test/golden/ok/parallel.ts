// Written by flowc 0.1.0 from parallel.flow. Change the flow and compile it again, not this file.
import { advanceLane, labelReply, loaded, textReply, unexpectedReply } from "flowc/machine";
import type { Agent, FlowModule, Json, Reply, Request, Site } from "flowc/machine";

/** Notes on all paragraphs at once, and one answer from them. */
export interface Paragraph {
  readonly title: string;
  readonly body: string;
}

/** What `parallel_notes` is given. */
export interface Input {
  readonly question: string;
  readonly paragraphs: readonly Paragraph[];
}

/** What `parallel_notes` returns. */
export type Output = string;

/** Waits for `note`. */
export interface AtNote0 {
  readonly at: "note#0";
  readonly question: string;
  readonly p: Paragraph;
  readonly index1: number;
}

/** Waits for `useful`. */
export interface AtUseful0 {
  readonly at: "useful#0";
  readonly n: string;
  readonly question: string;
  readonly index1: number;
}

/** The pass has ended. */
export interface Lane1Done {
  readonly at: "done";
  readonly result: string;
}

/** Where one pass of a `parallel` stands. */
export type Lane1 = AtNote0 | AtUseful0 | Lane1Done;

/** Waits for the passes of a `parallel`. */
export interface AtParallel1 {
  readonly at: "parallel1";
  readonly question: string;
  readonly lanes: readonly Lane1[];
}

/** Waits for `answer`. */
export interface AtAnswer0 {
  readonly at: "answer#0";
  readonly question: string;
  readonly notes: readonly string[];
}

/** The flow has ended. */
export interface Done {
  readonly at: "done";
  readonly result: Output;
}

/** Where the flow stands: what it waits for and what it still needs. */
export type State = AtParallel1 | AtAnswer0 | Done;

/** Version of the contract with the runtime. */
export const format: 1 = 1;

/** Version of the compiler that wrote this file. */
export const compiler: string = "0.1.0";

/** SHA-256 of the .flow file. */
export const source: string = "46fb88746ecfcbc936ab096b58cc43a049b8d35e77b20b9d83e64cb19165080d";

/** The flow's name. */
export const flow: string = "parallel_notes";

/** JSON Schema of the input. */
export const input: Json = {
  type: "object",
  properties: {
    question: { type: "string" },
    paragraphs: { type: "array", items: { $ref: "#/$defs/Paragraph" } },
  },
  required: ["question", "paragraphs"],
  additionalProperties: false,
  $defs: {
    Paragraph: {
      type: "object",
      properties: { title: { type: "string" }, body: { type: "string" } },
      required: ["title", "body"],
      additionalProperties: false,
    },
  },
};

/** JSON Schema of the output. */
export const output: Json = { type: "string" };

/** Who is asked. */
export const agents: readonly Agent[] = [
  { name: "note", output: { kind: "text", maxTokens: 20 } },
  { name: "useful", output: { kind: "labels", labels: ["yes", "no"] } },
  { name: "answer", output: { kind: "text", maxTokens: 10 } },
];

/** Where in the .flow file agents are asked. */
export const sites: readonly Site[] = [
  { id: "parallel_notes/note#0", agent: "note", kind: "generate", line: 28, column: 13 },
  { id: "parallel_notes/useful#0", agent: "useful", kind: "choose", line: 29, column: 12 },
  { id: "parallel_notes/answer#0", agent: "answer", kind: "generate", line: 34, column: 10 },
];

function askNote(id: string, point: string, site: string, ask: Request["ask"], question: string, p: Paragraph): Request {
  return {
    id,
    point,
    site,
    agent: "note",
    system: "",
    user: question + "\n" + p.title + ": " + p.body,
    ask,
  };
}

function askUseful(id: string, point: string, site: string, ask: Request["ask"], question: string, note: string): Request {
  return {
    id,
    point,
    site,
    agent: "useful",
    system: "",
    user: question + " " + note,
    ask,
  };
}

function askAnswer(id: string, point: string, site: string, ask: Request["ask"], question: string, notes: readonly string[]): Request {
  return {
    id,
    point,
    site,
    agent: "answer",
    system: "",
    user: notes.map((n) => n + "\n").join("") + question,
    ask,
  };
}

/** The first state. */
export function start(given: Input): State {
  const question = given.question;
  const paragraphs = given.paragraphs;
  return joinLane1({ at: "parallel1", question, lanes: paragraphs.map((p, index1) => startLane1(question, p, index1)) });
}

function afterParallel1(question: string, notes: readonly string[]): State {
  return { at: "answer#0", question, notes };
}

function afterAnswer0(answer: string): State {
  return { at: "done", result: answer };
}

/** Waits until all passes have ended. */
function joinLane1(state: AtParallel1): State {
  const results: string[] = [];
  for (const lane of state.lanes) {
    if (lane.at !== "done") return state;
    results.push(lane.result);
  }
  return afterParallel1(state.question, results);
}

/** The id of the choice point at which a state waits. */
function point(state: Exclude<State, Done | AtParallel1>): string {
  switch (state.at) {
    case "answer#0":
      return "parallel_notes/answer#0@";
  }
}

/** The open requests; none when the flow has ended. */
export function pending(state: State): readonly Request[] {
  switch (state.at) {
    case "parallel1":
      return state.lanes.flatMap(pendingLane1);
    case "answer#0": {
      const id = point(state);
      return [askAnswer(id, id, "parallel_notes/answer#0", { kind: "generate", maxTokens: 10 }, state.question, state.notes.filter((n_2) => n_2 !== ""))];
    }
    case "done":
      return [];
  }
}

/** The state after one reply; replies of one state commute. */
export function advance(state: State, id: string, reply: Reply): State {
  switch (state.at) {
    case "parallel1":
      return joinLane1({ ...state, lanes: advanceLane(state.lanes, advanceLane1, 0, id, reply) });
    case "answer#0": {
      const answer = textReply(point(state), id, reply);
      return afterAnswer0(answer);
    }
    case "done":
      throw unexpectedReply(id);
  }
}

function startLane1(question: string, p: Paragraph, index1: number): Lane1 {
  return { at: "note#0", question, p, index1 };
}

function afterNote0(n: string, question: string, index1: number): Lane1 {
  return { at: "useful#0", n, question, index1 };
}

function afterUseful0(n: string, useful: "yes" | "no"): Lane1 {
  if (useful === "yes") {
    return { at: "done", result: n };
  }
  return { at: "done", result: "" };
}

/** The id of the choice point at which a state waits. */
function pointLane1(state: Exclude<Lane1, Lane1Done>): string {
  switch (state.at) {
    case "note#0":
      return "parallel_notes/note#0@" + state.index1;
    case "useful#0":
      return "parallel_notes/useful#0@" + state.index1;
  }
}

function pendingLane1(state: Lane1): readonly Request[] {
  switch (state.at) {
    case "note#0": {
      const id = pointLane1(state);
      return [askNote(id, id, "parallel_notes/note#0", { kind: "generate", maxTokens: 20 }, state.question, state.p)];
    }
    case "useful#0": {
      const id = pointLane1(state);
      return [askUseful(id, id, "parallel_notes/useful#0", { kind: "choose", labels: ["yes", "no"] }, state.question, state.n)];
    }
    case "done":
      return [];
  }
}

function advanceLane1(state: Lane1, id: string, reply: Reply): Lane1 {
  switch (state.at) {
    case "note#0": {
      const answer = textReply(pointLane1(state), id, reply);
      return afterNote0(answer, state.question, state.index1);
    }
    case "useful#0": {
      const answer = labelReply(pointLane1(state), ["yes", "no"], id, reply);
      return afterUseful0(state.n, answer);
    }
    case "done":
      throw unexpectedReply(id);
  }
}

/** What the flow returned, once it has ended. */
export function result(state: State): Output | undefined {
  return state.at === "done" ? state.result : undefined;
}

const machine: FlowModule<Input, State, Output> = loaded({
  format,
  compiler,
  source,
  flow,
  input,
  output,
  agents,
  sites,
  start,
  pending,
  advance,
  result,
});
export default machine;

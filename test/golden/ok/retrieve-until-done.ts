// Written by flowc 0.1.0 from retrieve-until-done.flow. Change the flow and compile it again, not this file.
import { contains, labelReply, lists, loaded, pickReply, unexpectedReply, unscored, withoutLastBreak } from "flowc/machine";
import type { Agent, FlowModule, Json, Reply, Request, Scores, Site } from "flowc/machine";

/** Picks documents one by one until an agent is content: a bounded loop around a learned choice of a list's best. */
export interface Document {
  readonly idx: number;
  readonly text: string;
}

/** What `retrieve_until_done` is given. */
export interface Input {
  readonly question: string;
  readonly documents: readonly Document[];
}

/** What `retrieve_until_done` returns. */
export type Output = readonly number[];

/** Waits for `helpful`. */
export interface AtHelpful0 {
  readonly at: "helpful#0";
  readonly question: string;
  readonly documents: readonly Document[];
  readonly found: readonly Document[];
  readonly pass1: number;
  readonly candidates: readonly number[];
  readonly scores: Scores;
}

/** Waits for `done`. */
export interface AtDone0 {
  readonly at: "done#0";
  readonly question: string;
  readonly documents: readonly Document[];
  readonly found: readonly Document[];
  readonly pass1: number;
}

/** The flow has ended. */
export interface Done {
  readonly at: "done";
  readonly result: Output;
}

/** Where the flow stands: what it waits for and what it still needs. */
export type State = AtHelpful0 | AtDone0 | Done;

/** Version of the contract with the runtime. */
export const format: 1 = 1;

/** Version of the compiler that wrote this file. */
export const compiler: string = "0.1.0";

/** SHA-256 of the .flow file. */
export const source: string = "38f33969c4879404bb609398096593812d38665217632748a35e4686b367c54d";

/** The flow's name. */
export const flow: string = "retrieve_until_done";

/** JSON Schema of the input. */
export const input: Json = {
  type: "object",
  properties: {
    question: { type: "string" },
    documents: { type: "array", items: { $ref: "#/$defs/Document" } },
  },
  required: ["question", "documents"],
  additionalProperties: false,
  $defs: {
    Document: {
      type: "object",
      properties: {
        idx: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
        text: { type: "string" },
      },
      required: ["idx", "text"],
      additionalProperties: false,
    },
  },
};

/** JSON Schema of the output. */
export const output: Json = { type: "array", items: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 } };

/** Who is asked. */
export const agents: readonly Agent[] = [
  { name: "helpful", output: { kind: "labels", labels: ["yes", "no"] } },
  { name: "done", output: { kind: "labels", labels: ["yes", "no"] } },
];

/** Where in the .flow file agents are asked. */
export const sites: readonly Site[] = [
  { id: "retrieve_until_done/helpful#0", agent: "helpful", kind: "pick", line: 28, column: 62 },
  { id: "retrieve_until_done/done#0", agent: "done", kind: "choose", line: 30, column: 11 },
];

/** Whether a document helps, given what was found before. */
function askHelpful(id: string, point: string, site: string, ask: Request["ask"], question: string, found: readonly Document[], candidate: Document): Request {
  return {
    id,
    point,
    site,
    agent: "helpful",
    system: "",
    user: candidate.text + "\n" + found.map((d) => d.text + "\n").join("") + question,
    ask,
  };
}

/** Whether enough was found. */
function askDone(id: string, point: string, site: string, ask: Request["ask"], question: string, found: readonly Document[]): Request {
  return {
    id,
    point,
    site,
    agent: "done",
    system: "",
    user: withoutLastBreak(question + "\n" + found.map((d) => d.text + "\n").join("")),
    ask,
  };
}

/** The first state. */
export function start(given: Input): State {
  const question = given.question;
  const documents = given.documents;
  return loop1(question, documents, [], 1);
}

function loop1(question: string, documents: readonly Document[], found: readonly Document[], pass1: number): State {
  const candidates: readonly number[] = documents.flatMap((d, index) => (!contains(found, d) ? [index] : []));
  if (candidates.length === 0) {
    return after1(found);
  }
  return { at: "helpful#0", question, documents, found, pass1, candidates, scores: candidates.map(() => null) };
}

function after1(found: readonly Document[]): State {
  return { at: "done", result: found.map((d_2) => d_2.idx) };
}

function afterHelpful0(question: string, documents: readonly Document[], found: readonly Document[], pass1: number, best: Document): State {
  found = lists.sized([...found, best], "29:17");
  if (pass1 >= 3) {
    return after1(found);
  }
  return { at: "done#0", question, documents, found, pass1 };
}

function afterDone0(question: string, documents: readonly Document[], found: readonly Document[], pass1: number, done: "yes" | "no"): State {
  if (done === "yes") {
    return after1(found);
  }
  return loop1(question, documents, found, pass1 + 1);
}

/** The id of the choice point at which a state waits. */
function point(state: Exclude<State, Done>): string {
  switch (state.at) {
    case "helpful#0":
      return "retrieve_until_done/helpful#0@" + state.pass1;
    case "done#0":
      return "retrieve_until_done/done#0@" + state.pass1;
  }
}

/** The open requests; none when the flow has ended. */
export function pending(state: State): readonly Request[] {
  switch (state.at) {
    case "helpful#0": {
      const id = point(state);
      return unscored(state.candidates, state.scores).map((candidate) => {
        const d = state.documents[candidate]!;
        return askHelpful(id + "?" + candidate, id, "retrieve_until_done/helpful#0", { kind: "score", labels: ["yes", "no"], label: "yes", candidate }, state.question, state.found, d);
      });
    }
    case "done#0": {
      const id = point(state);
      return [askDone(id, id, "retrieve_until_done/done#0", { kind: "choose", labels: ["yes", "no"] }, state.question, state.found)];
    }
    case "done":
      return [];
  }
}

/** The state after one reply; replies of one state commute. */
export function advance(state: State, id: string, reply: Reply): State {
  switch (state.at) {
    case "helpful#0": {
      const picking = pickReply(point(state), state.candidates, state.scores, id, reply);
      if (!picking.done) return { ...state, scores: picking.scores };
      return afterHelpful0(state.question, state.documents, state.found, state.pass1, state.documents[picking.candidate]!);
    }
    case "done#0": {
      const answer = labelReply(point(state), ["yes", "no"], id, reply);
      return afterDone0(state.question, state.documents, state.found, state.pass1, answer);
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

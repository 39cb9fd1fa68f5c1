// Written by flowc 0.1.0 from examples.flow. Change the flow and compile it again, not this file.
import { labelReply, loaded, recordReply, texts, unexpectedReply } from "flowc/machine";
import type { Agent, FlowModule, Json, Reply, Request, Site } from "flowc/machine";
/** Where a request belongs. */
export type Topic = "billing" | "shipping";

/** What `answer` is given. */
export interface Input {
  readonly request: string;
}

/** What `answer` returns. */
export type Output = string;

/** Waits for `route`. */
export interface AtRoute0 {
  readonly at: "route#0";
  readonly request: string;
}

/** Waits for `reply`. */
export interface AtReply0 {
  readonly at: "reply#0";
  readonly request: string;
  readonly topic: Topic;
}

/** Waits for `reply`. */
export interface AtReply1 {
  readonly at: "reply#1";
  readonly topic: Topic;
  readonly one: string;
  readonly value: string;
}

/** Waits for `better`. */
export interface AtBetter0 {
  readonly at: "better#0";
  readonly one: string;
  readonly other: string;
}

/** The flow has ended. */
export interface Done {
  readonly at: "done";
  readonly result: Output;
}

/** Where the flow stands: what it waits for and what it still needs. */
export type State = AtRoute0 | AtReply0 | AtReply1 | AtBetter0 | Done;

/** Version of the contract with the runtime. */
export const format: 1 = 1;

/** Version of the compiler that wrote this file. */
export const compiler: string = "0.1.0";

/** SHA-256 of the .flow file. */
export const source: string = "40ca81c0ce988419694a97b20669ff846d3f0a92dd7405524cee49a555173c22";

/** The flow's name. */
export const flow: string = "answer";

/** JSON Schema of the input. */
export const input: Json = {
  type: "object",
  properties: { request: { type: "string" } },
  required: ["request"],
  additionalProperties: false,
};

/** JSON Schema of the output. */
export const output: Json = { type: "string" };

const schemaOfReply: Json = {
  type: "object",
  properties: { text: { type: "string" }, again: { type: "boolean" } },
  required: ["text", "again"],
  additionalProperties: false,
};

/** Who is asked. */
export const agents: readonly Agent[] = [
  { name: "route", output: { kind: "labels", labels: ["billing", "shipping"] } },
  { name: "reply", output: { kind: "record", schema: schemaOfReply, maxTokens: 30 } },
  { name: "better", output: { kind: "labels", labels: ["first", "second"] }, trained: false },
];

/** Where in the .flow file agents are asked. */
export const sites: readonly Site[] = [
  { id: "answer/route#0", agent: "route", kind: "choose", line: 30, column: 15 },
  { id: "answer/reply#0", agent: "reply", kind: "generate", line: 31, column: 13 },
  { id: "answer/reply#1", agent: "reply", kind: "generate", line: 32, column: 15 },
  { id: "answer/better#0", agent: "better", kind: "choose", line: 33, column: 10 },
];

function userOfRoute(request: string): string {
  return "Request: " + request;
}

/** Sorts requests. */
function askRoute(id: string, point: string, site: string, ask: Request["ask"], request: string): Request {
  return {
    id,
    point,
    site,
    agent: "route",
    system: "Which topic?",
    user: userOfRoute(request),
    examples: [
      { user: userOfRoute("Where is my parcel?"), answer: "shipping" },
      { user: userOfRoute("The bill is wrong: */ ${x} `{{ request }}`"), answer: "billing" },
    ],
    ask,
  };
}

function userOfReply(request: string, topic: Topic): string {
  return topic + ": " + request;
}

function askReply(id: string, point: string, site: string, ask: Request["ask"], request: string, topic: Topic): Request {
  return {
    id,
    point,
    site,
    agent: "reply",
    system: "",
    user: userOfReply(request, topic),
    examples: [
      { user: userOfReply("Why so much?", "billing"), answer: "{\"text\":\"It is \\\"right\\\".\",\"again\":false}" },
    ],
    ask,
  };
}

/** Says which of two replies is the better one. */
function askBetter(id: string, point: string, site: string, ask: Request["ask"], a: string, b: string): Request {
  return {
    id,
    point,
    site,
    agent: "better",
    system: "",
    user: "1. " + a + "\n2. " + b,
    ask,
  };
}

/** The first state. */
export function start(given: Input): State {
  const request = given.request;
  return { at: "route#0", request };
}

function afterRoute0(request: string, topic: Topic): State {
  return { at: "reply#0", request, topic };
}

function afterReply0(request: string, topic: Topic, reply_2: { readonly text: string; readonly again: boolean }): State {
  const one: string = reply_2.text;
  const value: string = texts.sized(request + "!", "32:21");
  return { at: "reply#1", topic, one, value };
}

function afterReply1(one: string, reply_3: { readonly text: string; readonly again: boolean }): State {
  return { at: "better#0", one, other: reply_3.text };
}

function afterBetter0(one: string, other: string, better: "first" | "second"): State {
  if (better === "first") {
    return { at: "done", result: one };
  }
  return { at: "done", result: other };
}

/** The id of the choice point at which a state waits. */
function point(state: Exclude<State, Done>): string {
  switch (state.at) {
    case "route#0":
      return "answer/route#0@";
    case "reply#0":
      return "answer/reply#0@";
    case "reply#1":
      return "answer/reply#1@";
    case "better#0":
      return "answer/better#0@";
  }
}

/** The open requests; none when the flow has ended. */
export function pending(state: State): readonly Request[] {
  switch (state.at) {
    case "route#0": {
      const id = point(state);
      return [askRoute(id, id, "answer/route#0", { kind: "choose", labels: ["billing", "shipping"] }, state.request)];
    }
    case "reply#0": {
      const id = point(state);
      return [askReply(id, id, "answer/reply#0", { kind: "record", schema: schemaOfReply, maxTokens: 30 }, state.request, state.topic)];
    }
    case "reply#1": {
      const id = point(state);
      return [askReply(id, id, "answer/reply#1", { kind: "record", schema: schemaOfReply, maxTokens: 30 }, state.value, state.topic)];
    }
    case "better#0": {
      const id = point(state);
      return [askBetter(id, id, "answer/better#0", { kind: "choose", labels: ["first", "second"] }, state.one, state.other)];
    }
    case "done":
      return [];
  }
}

/** The state after one reply; replies of one state commute. */
export function advance(state: State, id: string, reply: Reply): State {
  switch (state.at) {
    case "route#0": {
      const answer = labelReply(point(state), ["billing", "shipping"], id, reply);
      return afterRoute0(state.request, answer);
    }
    case "reply#0": {
      const answer = recordReply<{ readonly text: string; readonly again: boolean }>(point(state), schemaOfReply, id, reply);
      return afterReply0(state.request, state.topic, answer);
    }
    case "reply#1": {
      const answer = recordReply<{ readonly text: string; readonly again: boolean }>(point(state), schemaOfReply, id, reply);
      return afterReply1(state.one, answer);
    }
    case "better#0": {
      const answer = labelReply(point(state), ["first", "second"], id, reply);
      return afterBetter0(state.one, state.other, answer);
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

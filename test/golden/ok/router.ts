// Written by flowc 0.1.0 from router.flow. Change the flow and compile it again, not this file.
import { labelReply, loaded, textReply, unexpectedReply } from "flowc/machine";
import type { Agent, FlowModule, Json, Reply, Request, Site } from "flowc/machine";
/** Sends a request to one of three specialists. */
export type Topic = "billing" | "shipping" | "other";

export interface Outcome {
  readonly topic: Topic;
  readonly action: string;
}

/** What `router` is given. */
export interface Input {
  readonly request: string;
}

/** What `router` returns. */
export type Output = Outcome;

/** Waits for `route`. */
export interface AtRoute0 {
  readonly at: "route#0";
  readonly request: string;
}

/** Waits for `billing`. */
export interface AtBilling0 {
  readonly at: "billing#0";
  readonly request: string;
  readonly topic: Topic;
}

/** Waits for `shipping`. */
export interface AtShipping0 {
  readonly at: "shipping#0";
  readonly request: string;
  readonly topic: Topic;
}

/** Waits for `general`. */
export interface AtGeneral0 {
  readonly at: "general#0";
  readonly request: string;
  readonly topic: Topic;
}

/** The flow has ended. */
export interface Done {
  readonly at: "done";
  readonly result: Output;
}

/** Where the flow stands: what it waits for and what it still needs. */
export type State = AtRoute0 | AtBilling0 | AtShipping0 | AtGeneral0 | Done;

/** Version of the contract with the runtime. */
export const format: 1 = 1;

/** Version of the compiler that wrote this file. */
export const compiler: string = "0.1.0";

/** SHA-256 of the .flow file. */
export const source: string = "29d80542c91a88b6797f91e5afbaabf4391d7e9d42c72220a3278ccdabeeae64";

/** The flow's name. */
export const flow: string = "router";

/** JSON Schema of the input. */
export const input: Json = {
  type: "object",
  properties: { request: { type: "string" } },
  required: ["request"],
  additionalProperties: false,
};

/** JSON Schema of the output. */
export const output: Json = {
  $ref: "#/$defs/Outcome",
  $defs: {
    Outcome: {
      type: "object",
      properties: { topic: { $ref: "#/$defs/Topic" }, action: { type: "string" } },
      required: ["topic", "action"],
      additionalProperties: false,
    },
    Topic: { type: "string", enum: ["billing", "shipping", "other"] },
  },
};

/** Who is asked. */
export const agents: readonly Agent[] = [
  { name: "route", output: { kind: "labels", labels: ["billing", "shipping", "other"] } },
  { name: "billing", output: { kind: "labels", labels: ["refund", "explain"] } },
  { name: "shipping", output: { kind: "labels", labels: ["trace", "resend"] } },
  { name: "general", output: { kind: "text", maxTokens: 8 } },
];

/** Where in the .flow file agents are asked. */
export const sites: readonly Site[] = [
  { id: "router/route#0", agent: "route", kind: "choose", line: 31, column: 15 },
  { id: "router/billing#0", agent: "billing", kind: "choose", line: 34, column: 23 },
  { id: "router/shipping#0", agent: "shipping", kind: "choose", line: 38, column: 24 },
  { id: "router/general#0", agent: "general", kind: "generate", line: 42, column: 27 },
];

function askRoute(id: string, point: string, site: string, ask: Request["ask"], request: string): Request {
  return {
    id,
    point,
    site,
    agent: "route",
    system: "",
    user: request,
    ask,
  };
}

function askBilling(id: string, point: string, site: string, ask: Request["ask"], request: string): Request {
  return {
    id,
    point,
    site,
    agent: "billing",
    system: "",
    user: "billing: " + request,
    ask,
  };
}

function askShipping(id: string, point: string, site: string, ask: Request["ask"], request: string): Request {
  return {
    id,
    point,
    site,
    agent: "shipping",
    system: "",
    user: "shipping: " + request,
    ask,
  };
}

function askGeneral(id: string, point: string, site: string, ask: Request["ask"], request: string): Request {
  return {
    id,
    point,
    site,
    agent: "general",
    system: "",
    user: request,
    ask,
  };
}

/** The first state. */
export function start(given: Input): State {
  const request = given.request;
  return { at: "route#0", request };
}

function afterRoute0(request: string, topic: Topic): State {
  const action: string = "";
  if (topic === "billing") {
    return { at: "billing#0", request, topic };
  }
  if (topic === "shipping") {
    return { at: "shipping#0", request, topic };
  }
  return { at: "general#0", request, topic };
}

function afterBilling0(topic: Topic, billing: "refund" | "explain"): State {
  if (billing === "refund") {
    return join(topic, "refund");
  }
  return join(topic, "explain");
}

function join(topic: Topic, action: string): State {
  return { at: "done", result: { topic, action } };
}

function afterShipping0(topic: Topic, shipping: "trace" | "resend"): State {
  if (shipping === "trace") {
    return join(topic, "trace");
  }
  return join(topic, "resend");
}

function afterGeneral0(topic: Topic, general: string): State {
  return join(topic, general);
}

/** The id of the choice point at which a state waits. */
function point(state: Exclude<State, Done>): string {
  switch (state.at) {
    case "route#0":
      return "router/route#0@";
    case "billing#0":
      return "router/billing#0@";
    case "shipping#0":
      return "router/shipping#0@";
    case "general#0":
      return "router/general#0@";
  }
}

/** The open requests; none when the flow has ended. */
export function pending(state: State): readonly Request[] {
  switch (state.at) {
    case "route#0": {
      const id = point(state);
      return [askRoute(id, id, "router/route#0", { kind: "choose", labels: ["billing", "shipping", "other"] }, state.request)];
    }
    case "billing#0": {
      const id = point(state);
      return [askBilling(id, id, "router/billing#0", { kind: "choose", labels: ["refund", "explain"] }, state.request)];
    }
    case "shipping#0": {
      const id = point(state);
      return [askShipping(id, id, "router/shipping#0", { kind: "choose", labels: ["trace", "resend"] }, state.request)];
    }
    case "general#0": {
      const id = point(state);
      return [askGeneral(id, id, "router/general#0", { kind: "generate", maxTokens: 8 }, state.request)];
    }
    case "done":
      return [];
  }
}

/** The state after one reply; replies of one state commute. */
export function advance(state: State, id: string, reply: Reply): State {
  switch (state.at) {
    case "route#0": {
      const answer = labelReply(point(state), ["billing", "shipping", "other"], id, reply);
      return afterRoute0(state.request, answer);
    }
    case "billing#0": {
      const answer = labelReply(point(state), ["refund", "explain"], id, reply);
      return afterBilling0(state.topic, answer);
    }
    case "shipping#0": {
      const answer = labelReply(point(state), ["trace", "resend"], id, reply);
      return afterShipping0(state.topic, answer);
    }
    case "general#0": {
      const answer = textReply(point(state), id, reply);
      return afterGeneral0(state.topic, answer);
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

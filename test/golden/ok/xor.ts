// Written by flowc 0.1.0 from xor.flow. Change the flow and compile it again, not this file.
import { labelReply, loaded, unexpectedReply } from "flowc/machine";
import type { Agent, FlowModule, Json, Reply, Request, Site } from "flowc/machine";

export interface Pair {
  readonly left: "yes" | "no";
  readonly right: "yes" | "no";
}

/** What `xor` is given. */
export interface Input {
  readonly task: string;
}

/** What `xor` returns. */
export type Output = Pair;

/** Waits for `left`. */
export interface AtLeft0 {
  readonly at: "left#0";
  readonly task: string;
}

/** Waits for `right`. */
export interface AtRight0 {
  readonly at: "right#0";
  readonly task: string;
  readonly left: "yes" | "no";
}

/** The flow has ended. */
export interface Done {
  readonly at: "done";
  readonly result: Output;
}

/** Where the flow stands: what it waits for and what it still needs. */
export type State = AtLeft0 | AtRight0 | Done;

/** Version of the contract with the runtime. */
export const format: 1 = 1;

/** Version of the compiler that wrote this file. */
export const compiler: string = "0.1.0";

/** SHA-256 of the .flow file. */
export const source: string = "32d7e35ac4ce5232c214ce32129483baac37dd17cdf7f3cee3f1583f5896625e";

/** The flow's name. */
export const flow: string = "xor";

/** JSON Schema of the input. */
export const input: Json = {
  type: "object",
  properties: { task: { type: "string" } },
  required: ["task"],
  additionalProperties: false,
};

/** JSON Schema of the output. */
export const output: Json = {
  $ref: "#/$defs/Pair",
  $defs: {
    Pair: {
      type: "object",
      properties: {
        left: { type: "string", enum: ["yes", "no"] },
        right: { type: "string", enum: ["yes", "no"] },
      },
      required: ["left", "right"],
      additionalProperties: false,
    },
  },
};

/** Who is asked. */
export const agents: readonly Agent[] = [
  { name: "left", output: { kind: "labels", labels: ["yes", "no"] } },
  { name: "right", output: { kind: "labels", labels: ["yes", "no"] } },
];

/** Where in the .flow file agents are asked. */
export const sites: readonly Site[] = [
  { id: "xor/left#0", agent: "left", kind: "choose", line: 18, column: 18 },
  { id: "xor/right#0", agent: "right", kind: "choose", line: 18, column: 37 },
];

/**
 * Two agents that do not see each other and are right together or not at all: what one-step deviations can and
 * cannot find when credit is shared.
 */
function askLeft(id: string, point: string, site: string, ask: Request["ask"], task: string): Request {
  return {
    id,
    point,
    site,
    agent: "left",
    system: "",
    user: "left " + task,
    ask,
  };
}

function askRight(id: string, point: string, site: string, ask: Request["ask"], task: string): Request {
  return {
    id,
    point,
    site,
    agent: "right",
    system: "",
    user: "right " + task,
    ask,
  };
}

/** The first state. */
export function start(given: Input): State {
  const task = given.task;
  return { at: "left#0", task };
}

function afterLeft0(task: string, left: "yes" | "no"): State {
  return { at: "right#0", task, left };
}

function afterRight0(left: "yes" | "no", right: "yes" | "no"): State {
  return { at: "done", result: { left, right } };
}

/** The id of the choice point at which a state waits. */
function point(state: Exclude<State, Done>): string {
  switch (state.at) {
    case "left#0":
      return "xor/left#0@";
    case "right#0":
      return "xor/right#0@";
  }
}

/** The open requests; none when the flow has ended. */
export function pending(state: State): readonly Request[] {
  switch (state.at) {
    case "left#0": {
      const id = point(state);
      return [askLeft(id, id, "xor/left#0", { kind: "choose", labels: ["yes", "no"] }, state.task)];
    }
    case "right#0": {
      const id = point(state);
      return [askRight(id, id, "xor/right#0", { kind: "choose", labels: ["yes", "no"] }, state.task)];
    }
    case "done":
      return [];
  }
}

/** The state after one reply; replies of one state commute. */
export function advance(state: State, id: string, reply: Reply): State {
  switch (state.at) {
    case "left#0": {
      const answer = labelReply(point(state), ["yes", "no"], id, reply);
      return afterLeft0(state.task, answer);
    }
    case "right#0": {
      const answer = labelReply(point(state), ["yes", "no"], id, reply);
      return afterRight0(state.left, answer);
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

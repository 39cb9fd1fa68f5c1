// Written by flowc 0.1.0 from dependent-labels.flow. Change the flow and compile it again, not this file.
import { labelReply, loaded, unexpectedReply } from "flowc/machine";
import type { Agent, FlowModule, Json, Reply, Request, Site } from "flowc/machine";
/**
 * Three choices, each of which sees the earlier ones: the smallest flow in which an early choice decides what
 * a later one is worth.
 */
export type Move = "left" | "right";

/** What `dependent_labels` is given. */
export interface Input {
  readonly task: string;
}

/** What `dependent_labels` returns. */
export type Output = readonly Move[];

/** Waits for `first`. */
export interface AtFirst0 {
  readonly at: "first#0";
  readonly task: string;
}

/** Waits for `second`. */
export interface AtSecond0 {
  readonly at: "second#0";
  readonly task: string;
  readonly one: Move;
}

/** Waits for `third`. */
export interface AtThird0 {
  readonly at: "third#0";
  readonly task: string;
  readonly one: Move;
  readonly two: Move;
}

/** The flow has ended. */
export interface Done {
  readonly at: "done";
  readonly result: Output;
}

/** Where the flow stands: what it waits for and what it still needs. */
export type State = AtFirst0 | AtSecond0 | AtThird0 | Done;

/** Version of the contract with the runtime. */
export const format: 1 = 1;

/** Version of the compiler that wrote this file. */
export const compiler: string = "0.1.0";

/** SHA-256 of the .flow file. */
export const source: string = "b97123179d96f9416a639783dd11511bc660dcf50cae2d5d801acc8bb80db726";

/** The flow's name. */
export const flow: string = "dependent_labels";

/** JSON Schema of the input. */
export const input: Json = {
  type: "object",
  properties: { task: { type: "string" } },
  required: ["task"],
  additionalProperties: false,
};

/** JSON Schema of the output. */
export const output: Json = {
  type: "array",
  items: { $ref: "#/$defs/Move" },
  $defs: { Move: { type: "string", enum: ["left", "right"] } },
};

/** Who is asked. */
export const agents: readonly Agent[] = [
  { name: "first", output: { kind: "labels", labels: ["left", "right"] } },
  { name: "second", output: { kind: "labels", labels: ["left", "right"] } },
  { name: "third", output: { kind: "labels", labels: ["left", "right"] } },
];

/** Where in the .flow file agents are asked. */
export const sites: readonly Site[] = [
  { id: "dependent_labels/first#0", agent: "first", kind: "choose", line: 24, column: 13 },
  { id: "dependent_labels/second#0", agent: "second", kind: "choose", line: 25, column: 13 },
  { id: "dependent_labels/third#0", agent: "third", kind: "choose", line: 26, column: 21 },
];

function askFirst(id: string, point: string, site: string, ask: Request["ask"], task: string): Request {
  return {
    id,
    point,
    site,
    agent: "first",
    system: "",
    user: task,
    ask,
  };
}

function askSecond(id: string, point: string, site: string, ask: Request["ask"], task: string, before: Move): Request {
  return {
    id,
    point,
    site,
    agent: "second",
    system: "",
    user: task + " " + before,
    ask,
  };
}

function askThird(id: string, point: string, site: string, ask: Request["ask"], task: string, one: Move, two: Move): Request {
  return {
    id,
    point,
    site,
    agent: "third",
    system: "",
    user: task + " " + one + " " + two,
    ask,
  };
}

/** The first state. */
export function start(given: Input): State {
  const task = given.task;
  return { at: "first#0", task };
}

function afterFirst0(task: string, one: Move): State {
  return { at: "second#0", task, one };
}

function afterSecond0(task: string, one: Move, two: Move): State {
  return { at: "third#0", task, one, two };
}

function afterThird0(one: Move, two: Move, third: Move): State {
  return { at: "done", result: [one, two, third] };
}

/** The id of the choice point at which a state waits. */
function point(state: Exclude<State, Done>): string {
  switch (state.at) {
    case "first#0":
      return "dependent_labels/first#0@";
    case "second#0":
      return "dependent_labels/second#0@";
    case "third#0":
      return "dependent_labels/third#0@";
  }
}

/** The open requests; none when the flow has ended. */
export function pending(state: State): readonly Request[] {
  switch (state.at) {
    case "first#0": {
      const id = point(state);
      return [askFirst(id, id, "dependent_labels/first#0", { kind: "choose", labels: ["left", "right"] }, state.task)];
    }
    case "second#0": {
      const id = point(state);
      return [askSecond(id, id, "dependent_labels/second#0", { kind: "choose", labels: ["left", "right"] }, state.task, state.one)];
    }
    case "third#0": {
      const id = point(state);
      return [askThird(id, id, "dependent_labels/third#0", { kind: "choose", labels: ["left", "right"] }, state.task, state.one, state.two)];
    }
    case "done":
      return [];
  }
}

/** The state after one reply; replies of one state commute. */
export function advance(state: State, id: string, reply: Reply): State {
  switch (state.at) {
    case "first#0": {
      const answer = labelReply(point(state), ["left", "right"], id, reply);
      return afterFirst0(state.task, answer);
    }
    case "second#0": {
      const answer = labelReply(point(state), ["left", "right"], id, reply);
      return afterSecond0(state.task, state.one, answer);
    }
    case "third#0": {
      const answer = labelReply(point(state), ["left", "right"], id, reply);
      return afterThird0(state.one, state.two, answer);
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

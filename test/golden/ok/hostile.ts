// Written by flowc 0.1.0 from hostile.flow. Change the flow and compile it again, not this file.
import { at, contains, labelReply, loaded, pickReply, textReply, unexpectedReply, unscored, withoutLastBreak } from "flowc/machine";
import type { Agent, FlowModule, Json, Reply, Request, Scores, Site } from "flowc/machine";

/** Names and texts that would be code in the emitted file: *\/ process.exit(1); /* ${1} */
export interface State_2 {
  readonly at: string;
  readonly class: number;
  readonly scores: readonly number[];
  readonly __dirname: boolean;
}

export interface Input_2 {
  readonly arguments: string;
}

export type Json_2 = "eval" | "await";

/** What `advance` is given. */
export interface Input {
  readonly state: State_2;
  readonly at: string;
  readonly scores: readonly Input_2[];
  readonly new: Json_2;
  readonly same: number;
  readonly index: number;
}

/** What `advance` returns. */
export type Output = string;

/** Waits for `machine`. */
export interface AtMachine0 {
  readonly at: "machine#0";
  readonly state_2: State_2;
  readonly at_2: string;
  readonly scores_2: readonly Input_2[];
  readonly new_: Json_2;
  readonly same_2: number;
  readonly index_2: number;
  readonly value: Input_2;
}

/** Waits for `start`. */
export interface AtStart0 {
  readonly at: "start#0";
  readonly state_2: State_2;
  readonly scores_2: readonly Input_2[];
  readonly contains_2: string;
  readonly String_: readonly Input_2[];
  readonly candidates: readonly number[];
  readonly scores: Scores;
}

/** Waits for `start`. */
export interface AtStart1 {
  readonly at: "start#1";
  readonly state_2: State_2;
  readonly contains_2: string;
  readonly String_: readonly Input_2[];
  readonly candidates_2: Input_2;
}

/** Waits for `machine`. */
export interface AtMachine1 {
  readonly at: "machine#1";
  readonly state_2: State_2;
  readonly candidates_2: Input_2;
  readonly value_2: Input_2;
}

/** The flow has ended. */
export interface Done {
  readonly at: "done";
  readonly result: Output;
}

/** Where the flow stands: what it waits for and what it still needs. */
export type State = AtMachine0 | AtStart0 | AtStart1 | AtMachine1 | Done;

/** Version of the contract with the runtime. */
export const format: 1 = 1;

/** Version of the compiler that wrote this file. */
export const compiler: string = "0.1.0";

/** SHA-256 of the .flow file. */
export const source: string = "89e1236c1cb70f6217bb8b61ff4a489f2ad37c46472e30e095ca3b192c7ea37c";

/** The flow's name. */
export const flow: string = "advance";

/** JSON Schema of the input. */
export const input: Json = {
  type: "object",
  properties: {
    state: { $ref: "#/$defs/State" },
    at: { type: "string" },
    scores: { type: "array", items: { $ref: "#/$defs/Input" } },
    new: { $ref: "#/$defs/Json" },
    same: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
    index: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
  },
  required: ["state", "at", "scores", "new", "same", "index"],
  additionalProperties: false,
  $defs: {
    State: {
      type: "object",
      properties: {
        at: { type: "string" },
        class: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
        scores: {
          type: "array",
          items: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
        },
        __dirname: { type: "boolean" },
      },
      required: ["at", "class", "scores", "__dirname"],
      additionalProperties: false,
    },
    Input: {
      type: "object",
      properties: { arguments: { type: "string" } },
      required: ["arguments"],
      additionalProperties: false,
    },
    Json: { type: "string", enum: ["eval", "await"] },
  },
};

/** JSON Schema of the output. */
export const output: Json = { type: "string" };

/** Who is asked. */
export const agents: readonly Agent[] = [
  { name: "machine", output: { kind: "text", maxTokens: 1 } },
  { name: "start", output: { kind: "labels", labels: ["function", "return_", "class"] } },
];

/** Where in the .flow file agents are asked. */
export const sites: readonly Site[] = [
  { id: "advance/machine#0", agent: "machine", kind: "generate", line: 22, column: 18 },
  { id: "advance/start#0", agent: "start", kind: "pick", line: 24, column: 50 },
  { id: "advance/start#1", agent: "start", kind: "choose", line: 25, column: 10 },
  { id: "advance/machine#1", agent: "machine", kind: "generate", line: 27, column: 31 },
];

/** *\/ import "fs"; /* */
function askMachine(id: string, point: string, site: string, ask: Request["ask"], state: State_2, id_2: string, point_2: Input_2, ask_2: Json_2): Request {
  return {
    id,
    point,
    site,
    agent: "machine",
    system: "`${process.exit(1)}` \u2028 \" */ // \\",
    user: withoutLastBreak("${state.at} `" + state.at + "` " + id_2 + " \" \\ </script> " + point_2.arguments + " " + "{{" + " " + ask_2 + "\n" + state.scores.map((String_) => String(String_)).join("")),
    ask,
  };
}

function askStart(id: string, point: string, site: string, ask: Request["ask"], user: string): Request {
  return {
    id,
    point,
    site,
    agent: "start",
    system: "",
    user: user,
    ask,
  };
}

/** The first state. */
export function start(given: Input): State {
  const state_2 = given.state;
  const at_2 = given.at;
  const scores_2 = given.scores;
  const new_ = given.new;
  const same_2 = given.same;
  const index_2 = given.index;
  const value: Input_2 = at(scores_2, index_2, "22:37");
  return { at: "machine#0", state_2, at_2, scores_2, new_, same_2, index_2, value };
}

function afterMachine0(state_2: State_2, scores_2: readonly Input_2[], same_2: number, index_2: number, contains_2: string): State {
  const String_: readonly Input_2[] = scores_2.filter((point_2) => point_2.arguments !== contains_2 && contains([index_2], same_2));
  const candidates: readonly number[] = scores_2.map((_, index) => index);
  if (candidates.length === 0) {
    return { at: "done", result: "none" };
  }
  return { at: "start#0", state_2, scores_2, contains_2, String_, candidates, scores: candidates.map(() => null) };
}

function afterStart0(state_2: State_2, contains_2: string, String_: readonly Input_2[], candidates_2: Input_2): State {
  return { at: "start#1", state_2, contains_2, String_, candidates_2 };
}

function afterStart1(state_2: State_2, contains_2: string, String_: readonly Input_2[], candidates_2: Input_2, start: "function" | "return_" | "class"): State {
  if (start === "function") {
    return { at: "done", result: contains_2 };
  }
  const value_2: Input_2 = at(String_, 0, "27:68");
  return { at: "machine#1", state_2, candidates_2, value_2 };
}

function afterMachine1(machine: string): State {
  return { at: "done", result: machine };
}

/** The id of the choice point at which a state waits. */
function point(state: Exclude<State, Done>): string {
  switch (state.at) {
    case "machine#0":
      return "advance/machine#0@";
    case "start#0":
      return "advance/start#0@";
    case "start#1":
      return "advance/start#1@";
    case "machine#1":
      return "advance/machine#1@";
  }
}

/** The open requests; none when the flow has ended. */
export function pending(state: State): readonly Request[] {
  switch (state.at) {
    case "machine#0": {
      const id = point(state);
      return [askMachine(id, id, "advance/machine#0", { kind: "generate", maxTokens: 1 }, state.state_2, state.at_2, state.value, state.new_)];
    }
    case "start#0": {
      const id = point(state);
      return unscored(state.candidates, state.scores).map((candidate) => {
        const candidate_2 = state.scores_2[candidate]!;
        return askStart(id + "?" + candidate, id, "advance/start#0", { kind: "score", labels: ["function", "return_", "class"], label: "class", candidate }, candidate_2.arguments);
      });
    }
    case "start#1": {
      const id = point(state);
      return [askStart(id, id, "advance/start#1", { kind: "choose", labels: ["function", "return_", "class"] }, state.candidates_2.arguments)];
    }
    case "machine#1": {
      const id = point(state);
      return [askMachine(id, id, "advance/machine#1", { kind: "generate", maxTokens: 1 }, state.state_2, state.candidates_2.arguments, state.value_2, "eval")];
    }
    case "done":
      return [];
  }
}

/** The state after one reply; replies of one state commute. */
export function advance(state: State, id: string, reply: Reply): State {
  switch (state.at) {
    case "machine#0": {
      const answer = textReply(point(state), id, reply);
      return afterMachine0(state.state_2, state.scores_2, state.same_2, state.index_2, answer);
    }
    case "start#0": {
      const picking = pickReply(point(state), state.candidates, state.scores, id, reply);
      if (!picking.done) return { ...state, scores: picking.scores };
      return afterStart0(state.state_2, state.contains_2, state.String_, state.scores_2[picking.candidate]!);
    }
    case "start#1": {
      const answer = labelReply(point(state), ["function", "return_", "class"], id, reply);
      return afterStart1(state.state_2, state.contains_2, state.String_, state.candidates_2, answer);
    }
    case "machine#1": {
      const answer = textReply(point(state), id, reply);
      return afterMachine1(answer);
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

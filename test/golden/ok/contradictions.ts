// Written by flowc 0.1.0 from contradictions.flow. Change the flow and compile it again, not this file.
import { int, loaded, same, textReply, texts, unexpectedReply } from "flowc/machine";
import type { Agent, FlowModule, Json, Reply, Request, Site } from "flowc/machine";

/** What can never be: TypeScript would draw its conclusions from the tests around it. */
export interface Friend {
  readonly name: string;
}

export interface Person {
  readonly name: string;
  readonly born: number | null;
  readonly friend: Friend | null;
}

/** What `contradictions` is given. */
export interface Input {
  readonly person: Person;
  readonly word: string | null;
}

/** What `contradictions` returns. */
export type Output = string;

/** Waits for `say`. */
export interface AtSay0 {
  readonly at: "say#0";
  readonly person: Person;
}

/** The flow has ended. */
export interface Done {
  readonly at: "done";
  readonly result: Output;
}

/** Where the flow stands: what it waits for and what it still needs. */
export type State = AtSay0 | Done;

/** Version of the contract with the runtime. */
export const format: 1 = 1;

/** Version of the compiler that wrote this file. */
export const compiler: string = "0.1.0";

/** SHA-256 of the .flow file. */
export const source: string = "704a43bbc2c7a99d32e713660128e65bb6060104eee404aaf63abb07103c3053";

/** The flow's name. */
export const flow: string = "contradictions";

/** JSON Schema of the input. */
export const input: Json = {
  type: "object",
  properties: { person: { $ref: "#/$defs/Person" }, word: { anyOf: [{ type: "string" }, { type: "null" }] } },
  required: ["person", "word"],
  additionalProperties: false,
  $defs: {
    Person: {
      type: "object",
      properties: {
        name: { type: "string" },
        born: {
          anyOf: [
            { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
            { type: "null" },
          ],
        },
        friend: { anyOf: [{ $ref: "#/$defs/Friend" }, { type: "null" }] },
      },
      required: ["name", "born", "friend"],
      additionalProperties: false,
    },
    Friend: {
      type: "object",
      properties: { name: { type: "string" } },
      required: ["name"],
      additionalProperties: false,
    },
  },
};

/** JSON Schema of the output. */
export const output: Json = { type: "string" };

/** Who is asked. */
export const agents: readonly Agent[] = [{ name: "say", output: { kind: "text", maxTokens: 8 } }];

/** Where in the .flow file agents are asked. */
export const sites: readonly Site[] = [{ id: "contradictions/say#0", agent: "say", kind: "generate", line: 33, column: 10 }];

function askSay(id: string, point: string, site: string, ask: Request["ask"], about: string): Request {
  return {
    id,
    point,
    site,
    agent: "say",
    system: "",
    user: about,
    ask,
  };
}

/** The first state. */
export function start(given: Input): State {
  const person = given.person;
  const word = given.word;
  const subject: boolean = person.friend === null;
  if (subject) {
    const subject_2: boolean = person.friend !== null;
    if (subject_2) {
      return { at: "done", result: person.friend!.name };
    }
    return join(person, word);
  }
  return join(person, word);
}

function join(person: Person, word: string | null): State {
  const subject_3: boolean = person.born === null;
  if (subject_3) {
    const subject_4: boolean = person.born !== null && person.born! > 2;
    if (subject_4) {
      return { at: "done", result: texts.of(int(person.born! + 1, "21:27")) };
    }
    return join_2(person, word);
  }
  return join_2(person, word);
}

function join_2(person: Person, word: string | null): State {
  if (same(word, "a")) {
    if (same(word, "b")) {
      return { at: "done", result: "neither" };
    }
    return join_3(person);
  }
  return join_3(person);
}

function join_3(person: Person): State {
  return { at: "say#0", person };
}

function afterSay0(say: string): State {
  return { at: "done", result: say };
}

/** The id of the choice point at which a state waits. */
function point(state: Exclude<State, Done>): string {
  switch (state.at) {
    case "say#0":
      return "contradictions/say#0@";
  }
}

/** The open requests; none when the flow has ended. */
export function pending(state: State): readonly Request[] {
  switch (state.at) {
    case "say#0": {
      const id = point(state);
      return [askSay(id, id, "contradictions/say#0", { kind: "generate", maxTokens: 8 }, state.person.name)];
    }
    case "done":
      return [];
  }
}

/** The state after one reply; replies of one state commute. */
export function advance(state: State, id: string, reply: Reply): State {
  switch (state.at) {
    case "say#0": {
      const answer = textReply(point(state), id, reply);
      return afterSay0(answer);
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

// Written by flowc 0.1.0 from imports.flow. Change the flow and compile it again, not this file.
import { at, external, labelReply, loaded, same, textReply, texts, unexpectedReply } from "flowc/machine";
import type { Agent, FlowModule, Json, Reply, Request, Site } from "flowc/machine";
import { shorter } from "./imports/flows/texts.js";

const resultOfShorter: Json = { type: "string" };

export interface Answer {
  readonly text: string;
  readonly sure: boolean;
}

export interface Fact {
  readonly title: string;
  readonly body: string;
}

/** What is asked. */
export interface Topic {
  readonly question: string;
  readonly facts: readonly Fact[];
}

/** A type of the same name as one of the file that imports this one. */
export interface Answer_2 {
  readonly text: string;
  readonly tries: number;
  readonly first_words: readonly string[];
}

/** What `imports` is given. */
export interface Input {
  readonly topic: Topic;
}

/** What `imports` returns. */
export type Output = Answer;

/** Waits for `answer`. */
export interface AtTwice0Answer0 {
  readonly at: "twice#0/answer#0";
  readonly topic_2: Topic;
}

/** Waits for `answer`. */
export interface AtTwice0Answer1 {
  readonly at: "twice#0/answer#1";
  readonly one: string;
  readonly value: Topic;
}

/** Waits for `better`. */
export interface AtTwice0Better0 {
  readonly at: "twice#0/better#0";
  readonly one: string;
  readonly two: string;
  readonly heads: readonly string[];
}

/** The flow has ended. */
export interface Done {
  readonly at: "done";
  readonly result: Output;
}

/** Where the flow stands: what it waits for and what it still needs. */
export type State = AtTwice0Answer0 | AtTwice0Answer1 | AtTwice0Better0 | Done;

/** Version of the contract with the runtime. */
export const format: 1 = 1;

/** Version of the compiler that wrote this file. */
export const compiler: string = "0.1.0";

/** SHA-256 of the .flow file and of all that it imports. */
export const source: string = "d8db63ce0fc309a1ca2ea4af40da64d996849ef2dca701d045f155b4c18ee947";

/** The flow's name. */
export const flow: string = "imports";

/** JSON Schema of the input. */
export const input: Json = {
  type: "object",
  properties: { topic: { $ref: "#/$defs/Topic" } },
  required: ["topic"],
  additionalProperties: false,
  $defs: {
    Topic: {
      type: "object",
      properties: { question: { type: "string" }, facts: { type: "array", items: { $ref: "#/$defs/Fact" } } },
      required: ["question", "facts"],
      additionalProperties: false,
    },
    Fact: {
      type: "object",
      properties: { title: { type: "string" }, body: { type: "string" } },
      required: ["title", "body"],
      additionalProperties: false,
    },
  },
};

/** JSON Schema of the output. */
export const output: Json = {
  $ref: "#/$defs/Answer",
  $defs: {
    Answer: {
      type: "object",
      properties: { text: { type: "string" }, sure: { type: "boolean" } },
      required: ["text", "sure"],
      additionalProperties: false,
    },
  },
};

/** Who is asked. */
export const agents: readonly Agent[] = [
  { name: "answer", output: { kind: "text", maxTokens: 20 } },
  { name: "better", output: { kind: "labels", labels: ["first", "second"] }, trained: false },
];

/** Where in the .flow file agents are asked. */
export const sites: readonly Site[] = [
  {
    id: "twice/answer#0",
    agent: "answer",
    kind: "generate",
    file: "imports/flows/twice.flow",
    line: 8,
    column: 13,
  },
  {
    id: "twice/answer#1",
    agent: "answer",
    kind: "generate",
    file: "imports/flows/twice.flow",
    line: 9,
    column: 13,
  },
  {
    id: "twice/better#0",
    agent: "better",
    kind: "choose",
    file: "imports/flows/twice.flow",
    line: 11,
    column: 10,
  },
];

/** Answers from the facts. */
function askAnswer(id: string, point: string, site: string, ask: Request["ask"], topic: Topic): Request {
  return {
    id,
    point,
    site,
    agent: "answer",
    system: "",
    user: topic.facts.map((fact) => fact.title + ": " + fact.body + "\n").join("") + topic.question,
    ask,
  };
}

function askBetter(id: string, point: string, site: string, ask: Request["ask"], a: string, b: string): Request {
  return {
    id,
    point,
    site,
    agent: "better",
    system: "",
    user: a + " or " + b,
    ask,
  };
}

/** Two files give a type the name `Answer`. */
export function start(given: Input): State {
  const topic = given.topic;
  return { at: "twice#0/answer#0", topic_2: topic };
}

function afterTwice0Answer0(topic_2: Topic, one: string): State {
  const value: Topic = { question: texts.sized(topic_2.question + "?", "imports/flows/twice.flow:9:32"), facts: topic_2.facts };
  return { at: "twice#0/answer#1", one, value };
}

function afterTwice0Answer1(one: string, two: string): State {
  const heads: readonly string[] = [one, two].map((each) => at(texts.words(external<string>(() => shorter(each), resultOfShorter, "shorter", "imports/flows/twice.flow:10:22"), "imports/flows/twice.flow:10:16"), 0, "imports/flows/twice.flow:10:16"));
  return { at: "twice#0/better#0", one, two, heads };
}

function afterTwice0Better0(one: string, two: string, heads: readonly string[], better: "first" | "second"): State {
  if (better === "first") {
    return after({ text: one, tries: 2, first_words: heads });
  }
  return after({ text: two, tries: 2, first_words: heads });
}

function after(found: Answer_2): State {
  return { at: "done", result: { text: found.text, sure: found.tries > 1 && same(at(found.first_words, 0, "9:56"), at(found.first_words, 1, "9:80")) } };
}

/** The id of the choice point at which a state waits. */
function point(state: Exclude<State, Done>): string {
  switch (state.at) {
    case "twice#0/answer#0":
      return "twice/answer#0@twice#0";
    case "twice#0/answer#1":
      return "twice/answer#1@twice#0";
    case "twice#0/better#0":
      return "twice/better#0@twice#0";
  }
}

/** The open requests; none when the flow has ended. */
export function pending(state: State): readonly Request[] {
  switch (state.at) {
    case "twice#0/answer#0": {
      const id = point(state);
      return [askAnswer(id, id, "twice/answer#0", { kind: "generate", maxTokens: 20 }, state.topic_2)];
    }
    case "twice#0/answer#1": {
      const id = point(state);
      return [askAnswer(id, id, "twice/answer#1", { kind: "generate", maxTokens: 20 }, state.value)];
    }
    case "twice#0/better#0": {
      const id = point(state);
      return [askBetter(id, id, "twice/better#0", { kind: "choose", labels: ["first", "second"] }, state.one, state.two)];
    }
    case "done":
      return [];
  }
}

/** The state after one reply; replies of one state commute. */
export function advance(state: State, id: string, reply: Reply): State {
  switch (state.at) {
    case "twice#0/answer#0": {
      const answer = textReply(point(state), id, reply);
      return afterTwice0Answer0(state.topic_2, answer);
    }
    case "twice#0/answer#1": {
      const answer = textReply(point(state), id, reply);
      return afterTwice0Answer1(state.one, answer);
    }
    case "twice#0/better#0": {
      const answer = labelReply(point(state), ["first", "second"], id, reply);
      return afterTwice0Better0(state.one, state.two, state.heads, answer);
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

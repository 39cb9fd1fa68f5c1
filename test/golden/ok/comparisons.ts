// Written by flowc 0.1.0 from comparisons.flow. Change the flow and compile it again, not this file.
import { labelReply, lists, loaded, same, textReply, texts, unexpectedReply, withoutLastBreak } from "flowc/machine";
import type { Agent, FlowModule, Json, Reply, Request, Site } from "flowc/machine";
/** What is compared twice: TypeScript would take the second `===` for a mistake. */
export type Mood = "good" | "bad" | "none_of_these";

export interface Person {
  readonly name: string;
  readonly age: number;
  readonly mood: Mood;
}

/** What `comparisons` is given. */
export interface Input {
  readonly person: Person;
  readonly people: readonly Person[];
  readonly word: string;
}

/** What `comparisons` returns. */
export type Output = readonly string[];

/** Waits for `mood`. */
export interface AtMood0 {
  readonly at: "mood#0";
  readonly person: Person;
  readonly people: readonly Person[];
  readonly word: string;
}

/** Waits for `note`. */
export interface AtNote0 {
  readonly at: "note#0";
  readonly first: Mood;
  readonly same_age: readonly Person[];
  readonly collected: readonly string[];
  readonly index1: number;
  readonly p: Person;
}

/** The flow has ended. */
export interface Done {
  readonly at: "done";
  readonly result: Output;
}

/** Where the flow stands: what it waits for and what it still needs. */
export type State = AtMood0 | AtNote0 | Done;

/** A state, or the next pass of a loop that has asked nothing. */
type Step =
  | State
  | { readonly at: "loop1"; readonly first: Mood; readonly same_age: readonly Person[]; readonly collected: readonly string[]; readonly index1: number };

/** Version of the contract with the runtime. */
export const format: 1 = 1;

/** Version of the compiler that wrote this file. */
export const compiler: string = "0.1.0";

/** SHA-256 of the .flow file. */
export const source: string = "6de4bbbc8b11092db5b7ff37321402e65ca31a177f8a187b6b2d0f38fbce8efb";

/** The flow's name. */
export const flow: string = "comparisons";

/** JSON Schema of the input. */
export const input: Json = {
  type: "object",
  properties: {
    person: { $ref: "#/$defs/Person" },
    people: { type: "array", items: { $ref: "#/$defs/Person" } },
    word: { type: "string" },
  },
  required: ["person", "people", "word"],
  additionalProperties: false,
  $defs: {
    Person: {
      type: "object",
      properties: {
        name: { type: "string" },
        age: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
        mood: { $ref: "#/$defs/Mood" },
      },
      required: ["name", "age", "mood"],
      additionalProperties: false,
    },
    Mood: { type: "string", enum: ["good", "bad", "none_of_these"] },
  },
};

/** JSON Schema of the output. */
export const output: Json = { type: "array", items: { type: "string" } };

/** Who is asked. */
export const agents: readonly Agent[] = [
  { name: "mood", output: { kind: "labels", labels: ["good", "bad", "none_of_these"] } },
  { name: "note", output: { kind: "text", maxTokens: 8 } },
];

/** Where in the .flow file agents are asked. */
export const sites: readonly Site[] = [
  { id: "comparisons/mood#0", agent: "mood", kind: "choose", line: 19, column: 15 },
  { id: "comparisons/note#0", agent: "note", kind: "generate", line: 61, column: 11 },
];

function askMood(id: string, point: string, site: string, ask: Request["ask"], of_: string): Request {
  return {
    id,
    point,
    site,
    agent: "mood",
    system: "",
    user: of_,
    ask,
  };
}

function askNote(id: string, point: string, site: string, ask: Request["ask"], person: Person, mood: Mood): Request {
  return {
    id,
    point,
    site,
    agent: "note",
    system: "",
    user: withoutLastBreak((mood === "good" ? "glad" + (same(mood, "bad") ? " and not" : "") : (same(mood, "good") ? "never" : "sad")) + "\n" + (person.age === 3 ? (same(person.age, 4) ? "four" : "") + person.name : "")),
    ask,
  };
}

/** The first state. */
export function start(given: Input): State {
  return settle(begin(given.person, given.people, given.word));
}

function begin(person: Person, people: readonly Person[], word: string): Step {
  return { at: "mood#0", person, people, word };
}

function afterMood0(person: Person, people: readonly Person[], word: string, first: Mood): Step {
  if (first === "good") {
    if (same(first, "bad")) {
      return { at: "done", result: ["never"] };
    }
    return join(person, people, word, first);
  }
  return join(person, people, word, first);
}

function join(person: Person, people: readonly Person[], word: string, first: Mood): Step {
  if (first === "good") {
    if (first === "good" || same(first, "bad")) {
      return join_2(person, people, word, first);
    }
    return { at: "done", result: ["never either"] };
  }
  if (first === "bad") {
    return { at: "done", result: ["bad"] };
  }
  return join_2(person, people, word, first);
}

function join_2(person: Person, people: readonly Person[], word: string, first: Mood): Step {
  if (word === "a") {
    if (same(word, "b") || (word === "a" && same(word, "c"))) {
      return { at: "done", result: ["nor this"] };
    }
    return join_3(person, people, word, first);
  }
  return join_3(person, people, word, first);
}

function join_3(person: Person, people: readonly Person[], word: string, first: Mood): Step {
  if ((person.mood === "good" && same(person.mood, "bad")) || (!same(person.mood, "good") && same(person.mood, "good"))) {
    return { at: "done", result: ["a contradiction"] };
  }
  if (lists.length(people) === 0) {
    return { at: "done", result: people.filter((p_2) => p_2.age === 3 && same(p_2.age, 4)).map((p_2) => p_2.name) };
  }
  const now: Mood = "good";
  if (same(now, "bad")) {
    return join_4(person, people, word, first, person.mood);
  }
  return join_4(person, people, word, first, now);
}

function join_4(person: Person, people: readonly Person[], word: string, first: Mood, now: Mood): Step {
  const same_age: readonly Person[] = people.filter((p_3) => p_3.age === person.age && same(p_3.mood, person.mood));
  const some: readonly Mood[] = [now, first].filter((m) => same(m, "bad"));
  if (same(some, ["bad"]) || (texts.lower(word) === "a" && texts.lower(word) === "b")) {
    return { at: "done", result: ["bad"] };
  }
  return loop1(first, same_age, [], 0);
}

function loop1(first: Mood, same_age: readonly Person[], collected: readonly string[], index1: number): Step {
  if (index1 < same_age.length) {
    const p: Person = same_age[index1]!;
    if (p.mood !== "bad") {
      return { at: "note#0", first, same_age, collected, index1, p };
    }
    return next1(first, same_age, collected, index1);
  }
  return { at: "done", result: collected };
}

function afterNote0(first: Mood, same_age: readonly Person[], collected: readonly string[], index1: number, note: string): Step {
  collected = lists.sized([...collected, note], "61:10");
  return next1(first, same_age, collected, index1);
}

function next1(first: Mood, same_age: readonly Person[], collected: readonly string[], index1: number): Step {
  return { at: "loop1", first, same_age, collected, index1: index1 + 1 };
}

function settle(step: Step): State {
  for (;;) {
    switch (step.at) {
      case "loop1":
        step = loop1(step.first, step.same_age, step.collected, step.index1);
        break;
      default:
        return step;
    }
  }
}

/** The id of the choice point at which a state waits. */
function point(state: Exclude<State, Done>): string {
  switch (state.at) {
    case "mood#0":
      return "comparisons/mood#0@";
    case "note#0":
      return "comparisons/note#0@" + state.index1;
  }
}

/** The open requests; none when the flow has ended. */
export function pending(state: State): readonly Request[] {
  switch (state.at) {
    case "mood#0": {
      const id = point(state);
      return [askMood(id, id, "comparisons/mood#0", { kind: "choose", labels: ["good", "bad", "none_of_these"] }, state.person.name)];
    }
    case "note#0": {
      const id = point(state);
      return [askNote(id, id, "comparisons/note#0", { kind: "generate", maxTokens: 8 }, state.p, state.first)];
    }
    case "done":
      return [];
  }
}

/** The state after one reply; replies of one state commute. */
export function advance(state: State, id: string, reply: Reply): State {
  switch (state.at) {
    case "mood#0": {
      const answer = labelReply(point(state), ["good", "bad", "none_of_these"], id, reply);
      return settle(afterMood0(state.person, state.people, state.word, answer));
    }
    case "note#0": {
      const answer = textReply(point(state), id, reply);
      return settle(afterNote0(state.first, state.same_age, state.collected, state.index1, answer));
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

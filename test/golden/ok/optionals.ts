// Written by flowc 0.1.0 from optionals.flow. Change the flow and compile it again, not this file.
import { int, labelReply, lists, loaded, numbers, same, textReply, texts, unexpectedReply } from "flowc/machine";
import type { Agent, FlowModule, Json, Reply, Request, Site } from "flowc/machine";

/** What may be missing, and the ways to go on without it. */
export interface Person {
  readonly name: string;
  readonly born: number | null;
  readonly mood: "good" | "bad" | null;
}

/** What `ages` is given. */
export interface Input {
  readonly people: readonly Person[];
  readonly hint: string | null;
}

/** What `ages` returns. */
export type Output = { readonly known: readonly number[]; readonly oldest: string; readonly first: Person | null; readonly moods: readonly ("good" | "bad" | null)[] };

/** Waits for `guess`. */
export interface AtYearOf1Guess0 {
  readonly at: "year_of#1/guess#0";
  readonly known: readonly number[];
  readonly start: Person | null;
  readonly p: Person;
  readonly p_2: Person;
  readonly hint_2: string | null;
  readonly found: number | null;
  readonly pass2: number;
}

/** Waits for `guess`. */
export interface AtYearOf0Guess0 {
  readonly at: "year_of#0/guess#0";
  readonly known: readonly number[];
  readonly start: Person | null;
  readonly named: string;
  readonly p: Person;
  readonly p_3: Person;
  readonly hint_3: string | null;
  readonly found_2: number | null;
  readonly pass1: number;
}

/** Waits for `sure`. */
export interface AtYearOf1Sure0 {
  readonly at: "year_of#1/sure#0";
  readonly known: readonly number[];
  readonly start: Person | null;
  readonly p: Person;
  readonly p_2: Person;
  readonly hint_2: string | null;
  readonly found: number | null;
  readonly pass2: number;
}

/** Waits for `sure`. */
export interface AtYearOf0Sure0 {
  readonly at: "year_of#0/sure#0";
  readonly known: readonly number[];
  readonly start: Person | null;
  readonly named: string;
  readonly p: Person;
  readonly p_3: Person;
  readonly hint_3: string | null;
  readonly found_2: number | null;
  readonly pass1: number;
}

/** Waits for `guess`. */
export interface AtGuess0 {
  readonly at: "guess#0";
  readonly known: readonly number[];
  readonly start: Person | null;
}

/** The flow has ended. */
export interface Done {
  readonly at: "done";
  readonly result: Output;
}

/** Where the flow stands: what it waits for and what it still needs. */
export type State =
  | AtYearOf1Guess0
  | AtYearOf0Guess0
  | AtYearOf1Sure0
  | AtYearOf0Sure0
  | AtGuess0
  | Done;

/** Version of the contract with the runtime. */
export const format: 1 = 1;

/** Version of the compiler that wrote this file. */
export const compiler: string = "0.1.0";

/** SHA-256 of the .flow file. */
export const source: string = "2cf7a724e4c12cd2e910d651954f9576986f2e6fe8b7e7715bddde153ef1a57b";

/** The flow's name. */
export const flow: string = "ages";

/** JSON Schema of the input. */
export const input: Json = {
  type: "object",
  properties: {
    people: { type: "array", items: { $ref: "#/$defs/Person" } },
    hint: { anyOf: [{ type: "string" }, { type: "null" }] },
  },
  required: ["people", "hint"],
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
        mood: { anyOf: [{ type: "string", enum: ["good", "bad"] }, { type: "null" }] },
      },
      required: ["name", "born", "mood"],
      additionalProperties: false,
    },
  },
};

/** JSON Schema of the output. */
export const output: Json = {
  type: "object",
  properties: {
    known: {
      type: "array",
      items: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
    },
    oldest: { type: "string" },
    first: { anyOf: [{ $ref: "#/$defs/Person" }, { type: "null" }] },
    moods: {
      type: "array",
      items: { anyOf: [{ type: "string", enum: ["good", "bad"] }, { type: "null" }] },
    },
  },
  required: ["known", "oldest", "first", "moods"],
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
        mood: { anyOf: [{ type: "string", enum: ["good", "bad"] }, { type: "null" }] },
      },
      required: ["name", "born", "mood"],
      additionalProperties: false,
    },
  },
};

/** Who is asked. */
export const agents: readonly Agent[] = [
  { name: "guess", output: { kind: "text", maxTokens: 8 } },
  { name: "sure", output: { kind: "labels", labels: ["yes", "no"] } },
];

/** Where in the .flow file agents are asked. */
export const sites: readonly Site[] = [
  { id: "year_of/guess#0", agent: "guess", kind: "generate", line: 23, column: 16 },
  { id: "year_of/sure#0", agent: "sure", kind: "choose", line: 28, column: 11 },
  { id: "ages/guess#0", agent: "guess", kind: "generate", line: 35, column: 23 },
];

function askGuess(id: string, point: string, site: string, ask: Request["ask"], name: string, hint: string | null): Request {
  return {
    id,
    point,
    site,
    agent: "guess",
    system: "",
    user: "When was " + name + " born?" + (hint !== null ? " Hint: " + hint! : ""),
    ask,
  };
}

function askSure(id: string, point: string, site: string, ask: Request["ask"], answer: string): Request {
  return {
    id,
    point,
    site,
    agent: "sure",
    system: "",
    user: answer,
    ask,
  };
}

/** The first state. */
export function start(given: Input): State {
  const people = given.people;
  const hint = given.hint;
  const known: readonly number[] = people.filter((p_4) => p_4.born !== null && p_4.born! > 0).map((p_4) => p_4.born!);
  const start: Person | null = lists.first(people.filter((p_5) => same(p_5.mood, "good") || p_5.mood === null));
  if (hint === null) {
    return { at: "guess#0", known, start };
  }
  return decided(known, start, hint!);
}

function afterGuess0(known: readonly number[], start: Person | null, guess: string): State {
  return decided(known, start, guess);
}

function decided(known: readonly number[], start: Person | null, value: string): State {
  const named: string = value;
  if (start === null) {
    return { at: "done", result: { known, oldest: named, first: null, moods: [] } };
  }
  const p: Person = start!;
  const p_3: Person = p;
  const hint_3: string | null = null;
  const subject: boolean = p_3.born === null;
  if (!subject) {
    const year_of: number | null = int(p_3.born! + 0, "18:21");
    return after(known, start, named, p, year_of);
  }
  return loop1(known, start, named, p, p_3, hint_3, null, 1);
}

function after(known: readonly number[], start: Person | null, named: string, p: Person, year_of: number | null): State {
  if (year_of === null) {
    const p_2: Person = p;
    const hint_2: string | null = named;
    const subject_2: boolean = p_2.born === null;
    if (!subject_2) {
      const year_of_2: number | null = int(p_2.born! + 0, "18:21");
      return after_2(known, start, p, year_of_2);
    }
    return loop2(known, start, p, p_2, hint_2, null, 1);
  }
  return decided_2(known, start, p, year_of!);
}

function after_2(known: readonly number[], start: Person | null, p: Person, year_of_2: number | null): State {
  return decided_2(known, start, p, year_of_2);
}

function decided_2(known: readonly number[], start: Person | null, p: Person, value_2: number | null): State {
  const year: number = value_2 ?? int(0 - 1, "39:59");
  return { at: "done", result: { known: lists.sized([...known, year], "40:23"), oldest: texts.of(lists.max(known) ?? year), first: start!, moods: ["good", null, p.mood] } };
}

function loop2(known: readonly number[], start: Person | null, p: Person, p_2: Person, hint_2: string | null, found: number | null, pass2: number): State {
  return { at: "year_of#1/guess#0", known, start, p, p_2, hint_2, found, pass2 };
}

function afterYearOf1Guess0(known: readonly number[], start: Person | null, p: Person, p_2: Person, hint_2: string | null, found: number | null, pass2: number, said: string): State {
  const subject_3: number | null = numbers.intOf(said);
  if (subject_3 === null) {
    return next2(known, start, p, p_2, hint_2, found, pass2);
  }
  const year_2: number = subject_3!;
  return next2(known, start, p, p_2, hint_2, year_2, pass2);
}

function next2(known: readonly number[], start: Person | null, p: Person, p_2: Person, hint_2: string | null, found: number | null, pass2: number): State {
  if (pass2 >= 2) {
    return after2(known, start, p, found);
  }
  return { at: "year_of#1/sure#0", known, start, p, p_2, hint_2, found, pass2 };
}

function after2(known: readonly number[], start: Person | null, p: Person, found: number | null): State {
  return after_2(known, start, p, found);
}

function afterYearOf1Sure0(known: readonly number[], start: Person | null, p: Person, p_2: Person, hint_2: string | null, found: number | null, pass2: number, sure: "yes" | "no"): State {
  if (sure === "yes") {
    return after2(known, start, p, found);
  }
  return loop2(known, start, p, p_2, hint_2, found, pass2 + 1);
}

function loop1(known: readonly number[], start: Person | null, named: string, p: Person, p_3: Person, hint_3: string | null, found_2: number | null, pass1: number): State {
  return { at: "year_of#0/guess#0", known, start, named, p, p_3, hint_3, found_2, pass1 };
}

function afterYearOf0Guess0(known: readonly number[], start: Person | null, named: string, p: Person, p_3: Person, hint_3: string | null, found_2: number | null, pass1: number, said_2: string): State {
  const subject_4: number | null = numbers.intOf(said_2);
  if (subject_4 === null) {
    return next1(known, start, named, p, p_3, hint_3, found_2, pass1);
  }
  const year_3: number = subject_4!;
  return next1(known, start, named, p, p_3, hint_3, year_3, pass1);
}

function next1(known: readonly number[], start: Person | null, named: string, p: Person, p_3: Person, hint_3: string | null, found_2: number | null, pass1: number): State {
  if (pass1 >= 2) {
    return after1(known, start, named, p, found_2);
  }
  return { at: "year_of#0/sure#0", known, start, named, p, p_3, hint_3, found_2, pass1 };
}

function after1(known: readonly number[], start: Person | null, named: string, p: Person, found_2: number | null): State {
  return after(known, start, named, p, found_2);
}

function afterYearOf0Sure0(known: readonly number[], start: Person | null, named: string, p: Person, p_3: Person, hint_3: string | null, found_2: number | null, pass1: number, sure_2: "yes" | "no"): State {
  if (sure_2 === "yes") {
    return after1(known, start, named, p, found_2);
  }
  return loop1(known, start, named, p, p_3, hint_3, found_2, pass1 + 1);
}

/** The id of the choice point at which a state waits. */
function point(state: Exclude<State, Done>): string {
  switch (state.at) {
    case "year_of#1/guess#0":
      return "year_of/guess#0@year_of#1." + state.pass2;
    case "year_of#0/guess#0":
      return "year_of/guess#0@year_of#0." + state.pass1;
    case "year_of#1/sure#0":
      return "year_of/sure#0@year_of#1." + state.pass2;
    case "year_of#0/sure#0":
      return "year_of/sure#0@year_of#0." + state.pass1;
    case "guess#0":
      return "ages/guess#0@";
  }
}

/** The open requests; none when the flow has ended. */
export function pending(state: State): readonly Request[] {
  switch (state.at) {
    case "year_of#1/guess#0": {
      const id = point(state);
      return [askGuess(id, id, "year_of/guess#0", { kind: "generate", maxTokens: 8 }, state.p_2.name, state.hint_2)];
    }
    case "year_of#0/guess#0": {
      const id = point(state);
      return [askGuess(id, id, "year_of/guess#0", { kind: "generate", maxTokens: 8 }, state.p_3.name, state.hint_3)];
    }
    case "year_of#1/sure#0": {
      const id = point(state);
      return [askSure(id, id, "year_of/sure#0", { kind: "choose", labels: ["yes", "no"] }, texts.of(state.found ?? 0))];
    }
    case "year_of#0/sure#0": {
      const id = point(state);
      return [askSure(id, id, "year_of/sure#0", { kind: "choose", labels: ["yes", "no"] }, texts.of(state.found_2 ?? 0))];
    }
    case "guess#0": {
      const id = point(state);
      return [askGuess(id, id, "ages/guess#0", { kind: "generate", maxTokens: 8 }, "nobody", null)];
    }
    case "done":
      return [];
  }
}

/** The state after one reply; replies of one state commute. */
export function advance(state: State, id: string, reply: Reply): State {
  switch (state.at) {
    case "year_of#1/guess#0": {
      const answer = textReply(point(state), id, reply);
      return afterYearOf1Guess0(state.known, state.start, state.p, state.p_2, state.hint_2, state.found, state.pass2, answer);
    }
    case "year_of#0/guess#0": {
      const answer = textReply(point(state), id, reply);
      return afterYearOf0Guess0(state.known, state.start, state.named, state.p, state.p_3, state.hint_3, state.found_2, state.pass1, answer);
    }
    case "year_of#1/sure#0": {
      const answer = labelReply(point(state), ["yes", "no"], id, reply);
      return afterYearOf1Sure0(state.known, state.start, state.p, state.p_2, state.hint_2, state.found, state.pass2, answer);
    }
    case "year_of#0/sure#0": {
      const answer = labelReply(point(state), ["yes", "no"], id, reply);
      return afterYearOf0Sure0(state.known, state.start, state.named, state.p, state.p_3, state.hint_3, state.found_2, state.pass1, answer);
    }
    case "guess#0": {
      const answer = textReply(point(state), id, reply);
      return afterGuess0(state.known, state.start, answer);
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

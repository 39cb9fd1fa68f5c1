// Written by flowc 0.1.0 from functions.flow. Change the flow and compile it again, not this file.
import { int, lists, loaded, numbers, textReply, texts, unexpectedReply } from "flowc/machine";
import type { Agent, FlowModule, Json, Reply, Request, Site } from "flowc/machine";

/** Every function of the language, and the operators beside them. */
export interface Row {
  readonly title: string;
  readonly score: number;
}

/** What `functions` is given. */
export interface Input {
  readonly rows: readonly Row[];
  readonly n: number;
}

/** What `functions` returns. */
export type Output = { readonly mean: number; readonly half: number; readonly rest: number; readonly found: readonly string[]; readonly near: readonly number[] };

/** Waits for `name`. */
export interface AtTexts0Name0 {
  readonly at: "texts#0/name#0";
  readonly n: number;
  readonly mean: number;
  readonly best: number;
  readonly of_: string;
  readonly others: readonly string[];
  readonly parts: readonly string[];
  readonly collected: readonly string[];
  readonly index1: number;
  readonly p: string;
}

/** The flow has ended. */
export interface Done {
  readonly at: "done";
  readonly result: Output;
}

/** Where the flow stands: what it waits for and what it still needs. */
export type State = AtTexts0Name0 | Done;

/** A state, or the next pass of a loop that has asked nothing. */
type Step =
  | State
  | { readonly at: "loop1"; readonly n: number; readonly mean: number; readonly best: number; readonly of_: string; readonly others: readonly string[]; readonly parts: readonly string[]; readonly collected: readonly string[]; readonly index1: number };

/** Version of the contract with the runtime. */
export const format: 1 = 1;

/** Version of the compiler that wrote this file. */
export const compiler: string = "0.1.0";

/** SHA-256 of the .flow file. */
export const source: string = "5291068be9c5d3779032b44d59d4d773a7519a38ee5826a4b57231aa2e516a79";

/** The flow's name. */
export const flow: string = "functions";

/** JSON Schema of the input. */
export const input: Json = {
  type: "object",
  properties: {
    rows: { type: "array", items: { $ref: "#/$defs/Row" } },
    n: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
  },
  required: ["rows", "n"],
  additionalProperties: false,
  $defs: {
    Row: {
      type: "object",
      properties: { title: { type: "string" }, score: { type: "number" } },
      required: ["title", "score"],
      additionalProperties: false,
    },
  },
};

/** JSON Schema of the output. */
export const output: Json = {
  type: "object",
  properties: {
    mean: { type: "number" },
    half: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
    rest: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
    found: { type: "array", items: { type: "string" } },
    near: {
      type: "array",
      items: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
    },
  },
  required: ["mean", "half", "rest", "found", "near"],
  additionalProperties: false,
};

/** Who is asked. */
export const agents: readonly Agent[] = [{ name: "name", output: { kind: "text", maxTokens: 4 } }];

/** Where in the .flow file agents are asked. */
export const sites: readonly Site[] = [{ id: "texts/name#0", agent: "name", kind: "generate", line: 12, column: 22 }];

function askName(id: string, point: string, site: string, ask: Request["ask"], of_: string): Request {
  return {
    id,
    point,
    site,
    agent: "name",
    system: "",
    user: texts.upper(texts.trim(of_)) + texts.lines(of_, "6:41").map((line) => " " + String(texts.length(line))).join(""),
    ask,
  };
}

/** The first state. */
export function start(given: Input): State {
  return settle(begin(given.rows, given.n));
}

function begin(rows: readonly Row[], n: number): Step {
  const scores_2: readonly number[] = rows.map((r) => r.score);
  const mean: number = numbers.divide(lists.sumFloats(scores_2, "23:14"), numbers.max(lists.length(rows), 1), "23:14");
  const best: number = (lists.max(scores_2) ?? lists.min(scores_2)) ?? 0;
  const value: string = texts.join(rows.map((r_2) => r_2.title), " ", "25:21");
  const of_: string = value;
  const others: readonly string[] = rows.filter((r_3) => r_3.score === best).map((r_3) => r_3.title);
  const parts: readonly string[] = lists.sized([...texts.split(texts.lower(of_), ",", "11:15"), ...texts.words(texts.upper(of_), "11:39"), ...texts.lines(texts.trim(of_), "11:58")], "11:15");
  return loop1(n, mean, best, of_, others, parts, [], 0);
}

function loop1(n: number, mean: number, best: number, of_: string, others: readonly string[], parts: readonly string[], collected: readonly string[], index1: number): Step {
  if (index1 < parts.length) {
    const p: string = parts[index1]!;
    if (texts.startsWith(p, "a") || texts.endsWith(p, "z")) {
      return { at: "texts#0/name#0", n, mean, best, of_, others, parts, collected, index1, p };
    }
    return next1(n, mean, best, of_, others, parts, collected, index1);
  }
  const joined: string = texts.join(collected, ", ", "12:16");
  const cut: string = texts.slice(joined, 1, int(texts.length(joined) - 1, "13:30"));
  const at_2: number = texts.find(cut, "é") ?? int(0 - 1, "14:30");
  if (texts.contains(cut, "x") && texts.compare(cut, of_) < 0 && at_2 >= 0) {
    const found: readonly string[] = [texts.replace(cut, "x", "y", "16:21"), texts.of(at_2), texts.of(0.5), texts.of(true)];
    return after(n, mean, best, found);
  }
  const found: readonly string[] = lists.sized([...lists.sortTexts(lists.unique(others)), ...lists.reverse(lists.slice(parts, 0, 2))], "17:21");
  return after(n, mean, best, found);
}

function afterTexts0Name0(n: number, mean: number, best: number, of_: string, others: readonly string[], parts: readonly string[], collected: readonly string[], index1: number, name: string): Step {
  collected = lists.sized([...collected, name], "12:21");
  return next1(n, mean, best, of_, others, parts, collected, index1);
}

function next1(n: number, mean: number, best: number, of_: string, others: readonly string[], parts: readonly string[], collected: readonly string[], index1: number): Step {
  return { at: "loop1", n, mean, best, of_, others, parts, collected, index1: index1 + 1 };
}

function after(n: number, mean: number, best: number, found: readonly string[]): Step {
  const near: readonly number[] = lists.sized([...lists.range(n, "26:34").map((i) => numbers.quotient(i, 2, "26:15")), ...lists.between(int(0 - 1, "26:52"), numbers.remainder(n, 3, "26:56"), "26:46"), numbers.abs(int(0 - n, "26:70")), numbers.round(mean, "26:75"), numbers.floor(mean, "26:88"), numbers.ceil(mean, "26:101")], "26:14");
  if (lists.any(near.map((i_2) => i_2 > 3)) && lists.all(found.map((t) => texts.length(t) > 0))) {
    return { at: "done", result: { mean, half: numbers.quotient(n, 2, "28:40"), rest: numbers.remainder(n, 2, "28:57"), found, near: lists.sortNumbers(near) } };
  }
  return { at: "done", result: { mean: numbers.remainder(best, 1.5, "29:29"), half: lists.find(near, 3) ?? 0, rest: lists.sumInts(near, "29:73"), found: [lists.first(found) ?? "", lists.last(found) ?? ""], near } };
}

function settle(step: Step): State {
  for (;;) {
    switch (step.at) {
      case "loop1":
        step = loop1(step.n, step.mean, step.best, step.of_, step.others, step.parts, step.collected, step.index1);
        break;
      default:
        return step;
    }
  }
}

/** The id of the choice point at which a state waits. */
function point(state: Exclude<State, Done>): string {
  switch (state.at) {
    case "texts#0/name#0":
      return "texts/name#0@texts#0." + state.index1;
  }
}

/** The open requests; none when the flow has ended. */
export function pending(state: State): readonly Request[] {
  switch (state.at) {
    case "texts#0/name#0": {
      const id = point(state);
      return [askName(id, id, "texts/name#0", { kind: "generate", maxTokens: 4 }, state.p)];
    }
    case "done":
      return [];
  }
}

/** The state after one reply; replies of one state commute. */
export function advance(state: State, id: string, reply: Reply): State {
  switch (state.at) {
    case "texts#0/name#0": {
      const answer = textReply(point(state), id, reply);
      return settle(afterTexts0Name0(state.n, state.mean, state.best, state.of_, state.others, state.parts, state.collected, state.index1, answer));
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

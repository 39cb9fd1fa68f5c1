// Written by flowc 0.1.0 from values.flow. Change the flow and compile it again, not this file.
import { at, contains, float, int, lists, loaded, same, textReply, texts, unexpectedReply, withoutLastBreak } from "flowc/machine";
import type { Agent, FlowModule, Json, Reply, Request, Site } from "flowc/machine";
export type Mood = "happy" | "sad";

export interface Point {
  readonly x: number;
  readonly y: number;
  readonly tags: readonly string[];
  readonly mood: Mood;
}

/** What `values` is given. */
export interface Input {
  readonly a: number;
  readonly b: number;
  readonly words: readonly string[];
  readonly points: readonly Point[];
}

/** What `values` returns. */
export type Output = readonly Point[];

/** Waits for `name`. */
export interface AtName0 {
  readonly at: "name#0";
  readonly points: readonly Point[];
  readonly nested: readonly (readonly number[])[];
  readonly holds: boolean;
  readonly made: { readonly x: number; readonly y: number; readonly tags: readonly string[]; readonly mood: Mood };
}

/** The flow has ended. */
export interface Done {
  readonly at: "done";
  readonly result: Output;
}

/** Where the flow stands: what it waits for and what it still needs. */
export type State = AtName0 | Done;

/** Version of the contract with the runtime. */
export const format: 1 = 1;

/** Version of the compiler that wrote this file. */
export const compiler: string = "0.1.0";

/** SHA-256 of the .flow file. */
export const source: string = "0c55826d29c99f1b231fe9c8e27483d9d0a2e4a4694572207fe0e1fefe52cde5";

/** The flow's name. */
export const flow: string = "values";

/** JSON Schema of the input. */
export const input: Json = {
  type: "object",
  properties: {
    a: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
    b: { type: "number" },
    words: { type: "array", items: { type: "string" } },
    points: { type: "array", items: { $ref: "#/$defs/Point" } },
  },
  required: ["a", "b", "words", "points"],
  additionalProperties: false,
  $defs: {
    Point: {
      type: "object",
      properties: {
        x: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
        y: { type: "number" },
        tags: { type: "array", items: { type: "string" } },
        mood: { $ref: "#/$defs/Mood" },
      },
      required: ["x", "y", "tags", "mood"],
      additionalProperties: false,
    },
    Mood: { type: "string", enum: ["happy", "sad"] },
  },
};

/** JSON Schema of the output. */
export const output: Json = {
  type: "array",
  items: { $ref: "#/$defs/Point" },
  $defs: {
    Point: {
      type: "object",
      properties: {
        x: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
        y: { type: "number" },
        tags: { type: "array", items: { type: "string" } },
        mood: { $ref: "#/$defs/Mood" },
      },
      required: ["x", "y", "tags", "mood"],
      additionalProperties: false,
    },
    Mood: { type: "string", enum: ["happy", "sad"] },
  },
};

/** Who is asked. */
export const agents: readonly Agent[] = [{ name: "name", output: { kind: "text", maxTokens: 4 } }];

/** Where in the .flow file agents are asked. */
export const sites: readonly Site[] = [{ id: "values/name#0", agent: "name", kind: "generate", line: 24, column: 50 }];

function askName(id: string, point: string, site: string, ask: Request["ask"], of_: Point): Request {
  return {
    id,
    point,
    site,
    agent: "name",
    system: "",
    user: withoutLastBreak("x=" + String(of_.x) + " y=" + String(of_.y) + (of_.mood === "sad" ? " :(" : " :)") + "\n" + of_.tags.map((tag) => tag + (tag !== "last" ? ", " : "")).join("") + "\n" + (of_.x > 0 && !(of_.y <= 1500) ? "positive: " + String(true) + "\n" : "")),
    ask,
  };
}

/** The first state. */
export function start(given: Input): State {
  const a = given.a;
  const b = given.b;
  const words = given.words;
  const points = given.points;
  const sum: number = int(int(a + int(2 * int(0 - a, "16:21"), "16:17"), "16:13") - 3, "16:13");
  const product: number = float(float(b * 2, "17:17") + a, "17:17");
  const text: string = texts.sized("tab\t \"quoted\" \\ 😀 {" + at(words, 0, "18:50"), "18:14");
  const nested: readonly (readonly number[])[] = [[1, 2], []];
  const doubled: readonly string[] = words.filter((w) => w !== "").map((w) => texts.sized(w + w, "20:18"));
  const holds: boolean = sum < 3 || (product >= 1.5 && !(text === "x") && contains([1, 2, a], a));
  const mood: Mood = "happy";
  const made: { readonly x: number; readonly y: number; readonly tags: readonly string[]; readonly mood: Mood } = { x: sum, y: product, tags: lists.sized([...doubled, text], "23:42"), mood };
  return { at: "name#0", points, nested, holds, made };
}

function afterName0(points: readonly Point[], nested: readonly (readonly number[])[], holds: boolean, made: { readonly x: number; readonly y: number; readonly tags: readonly string[]; readonly mood: Mood }, name: string): State {
  const renamed: Point = { x: made.x, y: 1, tags: [name, "last"], mood: "sad" };
  if (holds) {
    return { at: "done", result: lists.sized([made, renamed, ...points], "26:20") };
  }
  const subject: Mood = made.mood;
  return { at: "done", result: points.filter((p) => !contains([made], p) && p.mood === "happy" && same(at(at(nested, 0, "28:91"), 1, "28:91"), 2)) };
}

/** The id of the choice point at which a state waits. */
function point(state: Exclude<State, Done>): string {
  switch (state.at) {
    case "name#0":
      return "values/name#0@";
  }
}

/** The open requests; none when the flow has ended. */
export function pending(state: State): readonly Request[] {
  switch (state.at) {
    case "name#0": {
      const id = point(state);
      return [askName(id, id, "values/name#0", { kind: "generate", maxTokens: 4 }, state.made)];
    }
    case "done":
      return [];
  }
}

/** The state after one reply; replies of one state commute. */
export function advance(state: State, id: string, reply: Reply): State {
  switch (state.at) {
    case "name#0": {
      const answer = textReply(point(state), id, reply);
      return afterName0(state.points, state.nested, state.holds, state.made, answer);
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

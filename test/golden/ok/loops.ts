// Written by flowc 0.1.0 from loops.flow. Change the flow and compile it again, not this file.
import { labelReply, lists, loaded, pickReply, same, textReply, texts, unexpectedReply, unscored } from "flowc/machine";
import type { Agent, FlowModule, Json, Reply, Request, Scores, Site } from "flowc/machine";

/** Loops in loops, jumps out of both, a sub-flow in the middle, and passes in which nothing is asked. */
export interface Item {
  readonly key: string;
  readonly skip: boolean;
}

/** What `loops` is given. */
export interface Input {
  readonly items: readonly Item[];
}

/** What `loops` returns. */
export type Output = readonly string[];

/** Waits for `write`. */
export interface AtStudy0Write0 {
  readonly at: "study#0/write#0";
  readonly notes: readonly string[];
  readonly left: readonly Item[];
  readonly list: readonly Item[];
  readonly index1: number;
  readonly item: Item;
  readonly item_2: Item;
  readonly bound: number;
  readonly pass2: number;
  readonly value: string;
}

/** Waits for `write`. */
export interface AtStudy1Write0 {
  readonly at: "study#1/write#0";
  readonly notes: readonly string[];
  readonly left: readonly Item[];
  readonly pass3: number;
  readonly write: string;
  readonly item_3: Item;
  readonly bound_2: number;
  readonly pass4: number;
  readonly value_2: string;
}

/** Waits for `look`. */
export interface AtStudy0Look0 {
  readonly at: "study#0/look#0";
  readonly notes: readonly string[];
  readonly left: readonly Item[];
  readonly list: readonly Item[];
  readonly index1: number;
  readonly item: Item;
  readonly item_2: Item;
  readonly note: string;
  readonly bound: number;
  readonly pass2: number;
}

/** Waits for `look`. */
export interface AtStudy1Look0 {
  readonly at: "study#1/look#0";
  readonly notes: readonly string[];
  readonly left: readonly Item[];
  readonly pass3: number;
  readonly write: string;
  readonly item_3: Item;
  readonly note_2: string;
  readonly bound_2: number;
  readonly pass4: number;
}

/** Waits for `look`. */
export interface AtLook0 {
  readonly at: "look#0";
  readonly notes: readonly string[];
  readonly left: readonly Item[];
  readonly pass3: number;
  readonly list_2: readonly Item[];
  readonly candidates: readonly number[];
  readonly scores: Scores;
}

/** Waits for `write`. */
export interface AtWrite0 {
  readonly at: "write#0";
  readonly notes: readonly string[];
  readonly left: readonly Item[];
  readonly pass3: number;
  readonly best: Item;
}

/** Waits for `write`. */
export interface AtWrite1 {
  readonly at: "write#1";
  readonly notes: readonly string[];
  readonly left: readonly Item[];
  readonly pass3: number;
}

/** Waits for `write`. */
export interface AtWrite2 {
  readonly at: "write#2";
  readonly notes: readonly string[];
  readonly left: readonly Item[];
  readonly pass3: number;
}

/** The flow has ended. */
export interface Done {
  readonly at: "done";
  readonly result: Output;
}

/** Where the flow stands: what it waits for and what it still needs. */
export type State =
  | AtStudy0Write0
  | AtStudy1Write0
  | AtStudy0Look0
  | AtStudy1Look0
  | AtLook0
  | AtWrite0
  | AtWrite1
  | AtWrite2
  | Done;

/** A state, or the next pass of a loop that has asked nothing. */
type Step =
  | State
  | { readonly at: "loop1"; readonly notes: readonly string[]; readonly left: readonly Item[]; readonly list: readonly Item[]; readonly index1: number }
  | { readonly at: "loop5"; readonly notes: readonly string[]; readonly left: readonly Item[]; readonly pass3: number; readonly list_3: readonly string[]; readonly index5: number };

/** Version of the contract with the runtime. */
export const format: 1 = 1;

/** Version of the compiler that wrote this file. */
export const compiler: string = "0.1.0";

/** SHA-256 of the .flow file. */
export const source: string = "077e13670dbd2a1ab1342d56c8a06704af36eaae099c0c57a43067785001bbd5";

/** The flow's name. */
export const flow: string = "loops";

/** JSON Schema of the input. */
export const input: Json = {
  type: "object",
  properties: { items: { type: "array", items: { $ref: "#/$defs/Item" } } },
  required: ["items"],
  additionalProperties: false,
  $defs: {
    Item: {
      type: "object",
      properties: { key: { type: "string" }, skip: { type: "boolean" } },
      required: ["key", "skip"],
      additionalProperties: false,
    },
  },
};

/** JSON Schema of the output. */
export const output: Json = { type: "array", items: { type: "string" } };

/** Who is asked. */
export const agents: readonly Agent[] = [
  { name: "look", output: { kind: "labels", labels: ["more", "enough", "wrong"] } },
  { name: "write", output: { kind: "text", maxTokens: 12 } },
];

/** Where in the .flow file agents are asked. */
export const sites: readonly Site[] = [
  { id: "study/write#0", agent: "write", kind: "generate", line: 23, column: 16 },
  { id: "study/look#0", agent: "look", kind: "choose", line: 24, column: 12 },
  { id: "loops/look#0", agent: "look", kind: "pick", line: 50, column: 53 },
  { id: "loops/write#0", agent: "write", kind: "generate", line: 51, column: 26 },
  { id: "loops/write#1", agent: "write", kind: "generate", line: 53, column: 11 },
  { id: "loops/write#2", agent: "write", kind: "generate", line: 53, column: 39 },
];

function askLook(id: string, point: string, site: string, ask: Request["ask"], item: Item, note: string): Request {
  return {
    id,
    point,
    site,
    agent: "look",
    system: "",
    user: item.key + ": " + note,
    ask,
  };
}

function askWrite(id: string, point: string, site: string, ask: Request["ask"], about: string): Request {
  return {
    id,
    point,
    site,
    agent: "write",
    system: "Write one line.",
    user: about,
    ask,
  };
}

/** The first state. */
export function start(given: Input): State {
  return settle(begin(given.items));
}

function begin(items: readonly Item[]): Step {
  const notes: readonly string[] = [];
  const left: readonly Item[] = items;
  return loop1(notes, left, left, 0);
}

function loop1(notes: readonly string[], left: readonly Item[], list: readonly Item[], index1: number): Step {
  if (index1 < list.length) {
    const item: Item = list[index1]!;
    if (item.skip) {
      return next1(notes, left, list, index1);
    }
    const item_2: Item = item;
    const tries: number = 2;
    const note: string = "";
    const bound: number = tries;
    if (bound < 1) {
      return after2(notes, left, list, index1, item, item_2);
    }
    return loop2(notes, left, list, index1, item, item_2, note, bound, 1);
  }
  return loop3(notes, left, 1);
}

function next1(notes: readonly string[], left: readonly Item[], list: readonly Item[], index1: number): Step {
  return { at: "loop1", notes, left, list, index1: index1 + 1 };
}

function after2(notes: readonly string[], left: readonly Item[], list: readonly Item[], index1: number, item: Item, item_2: Item): Step {
  const note_3: string = texts.sized("nothing about " + item_2.key, "33:10");
  return after(notes, left, list, index1, item, note_3);
}

function after(notes: readonly string[], left: readonly Item[], list: readonly Item[], index1: number, item: Item, note_3: string): Step {
  notes = lists.sized([...notes, note_3], "44:21");
  return next1(notes, left.filter((other) => !same(other, item)), list, index1);
}

function loop2(notes: readonly string[], left: readonly Item[], list: readonly Item[], index1: number, item: Item, item_2: Item, note: string, bound: number, pass2: number): Step {
  const value: string = texts.sized(item_2.key + note, "23:22");
  return { at: "study#0/write#0", notes, left, list, index1, item, item_2, bound, pass2, value };
}

function afterStudy0Write0(notes: readonly string[], left: readonly Item[], list: readonly Item[], index1: number, item: Item, item_2: Item, bound: number, pass2: number, write_2: string): Step {
  return { at: "study#0/look#0", notes, left, list, index1, item, item_2, note: write_2, bound, pass2 };
}

function afterStudy0Look0(notes: readonly string[], left: readonly Item[], list: readonly Item[], index1: number, item: Item, item_2: Item, note: string, bound: number, pass2: number, look: "more" | "enough" | "wrong"): Step {
  if (look === "more") {
    if (pass2 >= bound) {
      return after2(notes, left, list, index1, item, item_2);
    }
    if (note === "stop") {
      return after2(notes, left, list, index1, item, item_2);
    }
    return loop2(notes, left, list, index1, item, item_2, note, bound, pass2 + 1);
  }
  if (look === "enough") {
    return after(notes, left, list, index1, item, note);
  }
  return after2(notes, left, list, index1, item, item_2);
}

function loop3(notes: readonly string[], left: readonly Item[], pass3: number): Step {
  const list_2: readonly Item[] = left;
  const candidates: readonly number[] = list_2.flatMap((i, index) => (!i.skip ? [index] : []));
  if (candidates.length === 0) {
    return { at: "done", result: notes };
  }
  return { at: "look#0", notes, left, pass3, list_2, candidates, scores: candidates.map(() => null) };
}

function afterLook0(notes: readonly string[], left: readonly Item[], pass3: number, best: Item): Step {
  return { at: "write#0", notes, left, pass3, best };
}

function afterWrite0(notes: readonly string[], left: readonly Item[], pass3: number, best: Item, write: string): Step {
  const item_3: Item = best;
  const tries_2: number = 1;
  const note_2: string = "";
  const bound_2: number = tries_2;
  if (bound_2 < 1) {
    return after4(notes, left, pass3, write, item_3);
  }
  return loop4(notes, left, pass3, write, item_3, note_2, bound_2, 1);
}

function after4(notes: readonly string[], left: readonly Item[], pass3: number, write: string, item_3: Item): Step {
  const study: string = texts.sized("nothing about " + item_3.key, "33:10");
  return after_2(notes, left, pass3, write, study);
}

function after_2(notes: readonly string[], left: readonly Item[], pass3: number, write: string, study: string): Step {
  notes = lists.sized([...notes, write, study], "51:17");
  return loop5(notes, left, pass3, notes, 0);
}

function loop5(notes: readonly string[], left: readonly Item[], pass3: number, list_3: readonly string[], index5: number): Step {
  if (index5 < list_3.length) {
    const note_4: string = list_3[index5]!;
    if (note_4 === "") {
      return { at: "done", result: [] };
    }
    return { at: "loop5", notes, left, pass3, list_3, index5: index5 + 1 };
  }
  if (pass3 >= 2) {
    return after3(notes);
  }
  return { at: "write#1", notes, left, pass3 };
}

function after3(notes: readonly string[]): Step {
  return { at: "done", result: notes };
}

function afterWrite1(notes: readonly string[], left: readonly Item[], pass3: number, write_3: string): Step {
  if (write_3 === "yes") {
    return after3(notes);
  }
  return { at: "write#2", notes, left, pass3 };
}

function afterWrite2(notes: readonly string[], left: readonly Item[], pass3: number, write_4: string): Step {
  if (write_4 === "yes" && same(left, [])) {
    return after3(notes);
  }
  return loop3(notes, left, pass3 + 1);
}

function loop4(notes: readonly string[], left: readonly Item[], pass3: number, write: string, item_3: Item, note_2: string, bound_2: number, pass4: number): Step {
  const value_2: string = texts.sized(item_3.key + note_2, "23:22");
  return { at: "study#1/write#0", notes, left, pass3, write, item_3, bound_2, pass4, value_2 };
}

function afterStudy1Write0(notes: readonly string[], left: readonly Item[], pass3: number, write: string, item_3: Item, bound_2: number, pass4: number, write_5: string): Step {
  return { at: "study#1/look#0", notes, left, pass3, write, item_3, note_2: write_5, bound_2, pass4 };
}

function afterStudy1Look0(notes: readonly string[], left: readonly Item[], pass3: number, write: string, item_3: Item, note_2: string, bound_2: number, pass4: number, look_2: "more" | "enough" | "wrong"): Step {
  if (look_2 === "more") {
    if (pass4 >= bound_2) {
      return after4(notes, left, pass3, write, item_3);
    }
    if (note_2 === "stop") {
      return after4(notes, left, pass3, write, item_3);
    }
    return loop4(notes, left, pass3, write, item_3, note_2, bound_2, pass4 + 1);
  }
  if (look_2 === "enough") {
    return after_2(notes, left, pass3, write, note_2);
  }
  return after4(notes, left, pass3, write, item_3);
}

function settle(step: Step): State {
  for (;;) {
    switch (step.at) {
      case "loop1":
        step = loop1(step.notes, step.left, step.list, step.index1);
        break;
      case "loop5":
        step = loop5(step.notes, step.left, step.pass3, step.list_3, step.index5);
        break;
      default:
        return step;
    }
  }
}

/** The id of the choice point at which a state waits. */
function point(state: Exclude<State, Done>): string {
  switch (state.at) {
    case "study#0/write#0":
      return "study/write#0@" + state.index1 + ".study#0." + state.pass2;
    case "study#1/write#0":
      return "study/write#0@" + state.pass3 + ".study#1." + state.pass4;
    case "study#0/look#0":
      return "study/look#0@" + state.index1 + ".study#0." + state.pass2;
    case "study#1/look#0":
      return "study/look#0@" + state.pass3 + ".study#1." + state.pass4;
    case "look#0":
      return "loops/look#0@" + state.pass3;
    case "write#0":
      return "loops/write#0@" + state.pass3;
    case "write#1":
      return "loops/write#1@" + state.pass3;
    case "write#2":
      return "loops/write#2@" + state.pass3;
  }
}

/** The open requests; none when the flow has ended. */
export function pending(state: State): readonly Request[] {
  switch (state.at) {
    case "study#0/write#0": {
      const id = point(state);
      return [askWrite(id, id, "study/write#0", { kind: "generate", maxTokens: 12 }, state.value)];
    }
    case "study#1/write#0": {
      const id = point(state);
      return [askWrite(id, id, "study/write#0", { kind: "generate", maxTokens: 12 }, state.value_2)];
    }
    case "study#0/look#0": {
      const id = point(state);
      return [askLook(id, id, "study/look#0", { kind: "choose", labels: ["more", "enough", "wrong"] }, state.item_2, state.note)];
    }
    case "study#1/look#0": {
      const id = point(state);
      return [askLook(id, id, "study/look#0", { kind: "choose", labels: ["more", "enough", "wrong"] }, state.item_3, state.note_2)];
    }
    case "look#0": {
      const id = point(state);
      return unscored(state.candidates, state.scores).map((candidate) => {
        const i = state.list_2[candidate]!;
        return askLook(id + "?" + candidate, id, "loops/look#0", { kind: "score", labels: ["more", "enough", "wrong"], label: "more", candidate }, i, "again");
      });
    }
    case "write#0": {
      const id = point(state);
      return [askWrite(id, id, "loops/write#0", { kind: "generate", maxTokens: 12 }, state.best.key)];
    }
    case "write#1": {
      const id = point(state);
      return [askWrite(id, id, "loops/write#1", { kind: "generate", maxTokens: 12 }, "done?")];
    }
    case "write#2": {
      const id = point(state);
      return [askWrite(id, id, "loops/write#2", { kind: "generate", maxTokens: 12 }, "sure?")];
    }
    case "done":
      return [];
  }
}

/** The state after one reply; replies of one state commute. */
export function advance(state: State, id: string, reply: Reply): State {
  switch (state.at) {
    case "study#0/write#0": {
      const answer = textReply(point(state), id, reply);
      return settle(afterStudy0Write0(state.notes, state.left, state.list, state.index1, state.item, state.item_2, state.bound, state.pass2, answer));
    }
    case "study#1/write#0": {
      const answer = textReply(point(state), id, reply);
      return settle(afterStudy1Write0(state.notes, state.left, state.pass3, state.write, state.item_3, state.bound_2, state.pass4, answer));
    }
    case "study#0/look#0": {
      const answer = labelReply(point(state), ["more", "enough", "wrong"], id, reply);
      return settle(afterStudy0Look0(state.notes, state.left, state.list, state.index1, state.item, state.item_2, state.note, state.bound, state.pass2, answer));
    }
    case "study#1/look#0": {
      const answer = labelReply(point(state), ["more", "enough", "wrong"], id, reply);
      return settle(afterStudy1Look0(state.notes, state.left, state.pass3, state.write, state.item_3, state.note_2, state.bound_2, state.pass4, answer));
    }
    case "look#0": {
      const picking = pickReply(point(state), state.candidates, state.scores, id, reply);
      if (!picking.done) return { ...state, scores: picking.scores };
      return settle(afterLook0(state.notes, state.left, state.pass3, state.list_2[picking.candidate]!));
    }
    case "write#0": {
      const answer = textReply(point(state), id, reply);
      return settle(afterWrite0(state.notes, state.left, state.pass3, state.best, answer));
    }
    case "write#1": {
      const answer = textReply(point(state), id, reply);
      return settle(afterWrite1(state.notes, state.left, state.pass3, answer));
    }
    case "write#2": {
      const answer = textReply(point(state), id, reply);
      return settle(afterWrite2(state.notes, state.left, state.pass3, answer));
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

// Written by flowc 0.1.0 from effects.flow. Change the flow and compile it again, not this file.
import { advanceInOrder, at, effectReply, effectRequest, loaded, pendingInOrder, pickReply, same, textReply, unexpectedReply, unscored } from "flowc/machine";
import type { Agent, Effect, FlowModule, Json, Pending, Reply, Request, Scores, Site } from "flowc/machine";

/** A shop: effects of each class, in order, in conditions and in passes beside one another. */
export interface Item {
  readonly name: string;
  readonly price: number;
}

/** What `effects` is given. */
export interface Input {
  readonly wish: string;
  readonly also: readonly string[];
  readonly most: number;
}

/** What `effects` returns. */
export type Output = { readonly paid: boolean; readonly found: readonly number[] };

/** Waits for the effect `search`. */
export interface AtSearch1 {
  readonly at: "search#1";
  readonly index2: number;
  readonly query: string;
}

/** Waits for `query`. */
export interface AtQuery1 {
  readonly at: "query#1";
  readonly each: string;
  readonly index2: number;
}

/** Waits for the effect `add`. */
export interface AtAdd2 {
  readonly at: "add#2";
  readonly index2: number;
  readonly items: readonly Item[];
  readonly value: string;
}

/** The pass has ended. */
export interface Lane1Done {
  readonly at: "done";
  readonly result: number;
}

/** Where one pass of a `parallel` stands. */
export type Lane1 = AtSearch1 | AtQuery1 | AtAdd2 | Lane1Done;

/** Waits for `fits`. */
export interface AtFits0 {
  readonly at: "fits#0";
  readonly wish: string;
  readonly also: readonly string[];
  readonly most: number;
  readonly pass1: number;
  readonly search: readonly Item[];
  readonly candidates: readonly number[];
  readonly scores: Scores;
}

/** Waits for the effect `search`. */
export interface AtSearch0 {
  readonly at: "search#0";
  readonly wish: string;
  readonly also: readonly string[];
  readonly most: number;
  readonly pass1: number;
  readonly query_2: string;
}

/** Waits for `query`. */
export interface AtQuery0 {
  readonly at: "query#0";
  readonly wish: string;
  readonly also: readonly string[];
  readonly most: number;
  readonly pass1: number;
}

/** Waits for the effect `add`. */
export interface AtAdd0 {
  readonly at: "add#0";
  readonly wish: string;
  readonly also: readonly string[];
  readonly most: number;
  readonly pass1: number;
  readonly best: Item;
}

/** Waits for the effect `add`. */
export interface AtAdd1 {
  readonly at: "add#1";
  readonly wish: string;
  readonly also: readonly string[];
  readonly most: number;
  readonly pass1: number;
}

/** Waits for the passes of a `parallel`. */
export interface AtParallel2 {
  readonly at: "parallel2";
  readonly most: number;
  readonly lanes: readonly Lane1[];
}

/** Waits for the effect `pay`. */
export interface AtPay0 {
  readonly at: "pay#0";
  readonly most: number;
  readonly found: readonly number[];
}

/** The flow has ended. */
export interface Done {
  readonly at: "done";
  readonly result: Output;
}

/** Where the flow stands: what it waits for and what it still needs. */
export type State = AtFits0 | AtSearch0 | AtQuery0 | AtAdd0 | AtAdd1 | AtParallel2 | AtPay0 | Done;

/** Version of the contract with the runtime. */
export const format: 1 = 1;

/** Version of the compiler that wrote this file. */
export const compiler: string = "0.1.0";

/** SHA-256 of the .flow file. */
export const source: string = "a7edcb4c613709e9c83b9056aab086c5c04ca7d1940ed3527887b9dfdd9519a4";

/** The flow's name. */
export const flow: string = "effects";

/** JSON Schema of the input. */
export const input: Json = {
  type: "object",
  properties: {
    wish: { type: "string" },
    also: { type: "array", items: { type: "string" } },
    most: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
  },
  required: ["wish", "also", "most"],
  additionalProperties: false,
};

/** JSON Schema of the output. */
export const output: Json = {
  type: "object",
  properties: {
    paid: { type: "boolean" },
    found: {
      type: "array",
      items: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
    },
  },
  required: ["paid", "found"],
  additionalProperties: false,
};

/** Who is asked. */
export const agents: readonly Agent[] = [
  { name: "query", output: { kind: "text", maxTokens: 10 } },
  { name: "fits", output: { kind: "labels", labels: ["yes", "no"] } },
];

/** Where in the .flow file agents are asked. */
export const sites: readonly Site[] = [
  { id: "effects/query#0", agent: "query", kind: "generate", line: 27, column: 38 },
  { id: "effects/fits#0", agent: "fits", kind: "pick", line: 27, column: 54 },
  { id: "effects/query#1", agent: "query", kind: "generate", line: 31, column: 24 },
];

const resultOfSearch: Json = {
  type: "array",
  items: { $ref: "#/$defs/Item" },
  $defs: {
    Item: {
      type: "object",
      properties: {
        name: { type: "string" },
        price: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
      },
      required: ["name", "price"],
      additionalProperties: false,
    },
  },
};

const resultOfAdd: Json = { type: "boolean" };

const resultOfPay: Json = { type: "string", enum: ["paid", "refused"] };

/** What the simulator does. */
export const effects: readonly Effect[] = [
  {
    name: "search",
    class: "pure",
    from: "./modules/shop.ts",
    input: {
      type: "object",
      properties: { query: { type: "string" } },
      required: ["query"],
      additionalProperties: false,
    },
    output: resultOfSearch,
    sites: [
      { id: "effects/search#0", line: 27, column: 31 },
      { id: "effects/search#1", line: 31, column: 17 },
    ],
  },
  {
    name: "add",
    class: "idempotent",
    from: "./modules/shop.ts",
    input: {
      type: "object",
      properties: { name: { type: "string" } },
      required: ["name"],
      additionalProperties: false,
    },
    output: resultOfAdd,
    sites: [
      { id: "effects/add#0", line: 28, column: 8 },
      { id: "effects/add#1", line: 29, column: 28 },
      { id: "effects/add#2", line: 32, column: 28 },
    ],
  },
  {
    name: "pay",
    class: "effectful",
    from: "./modules/shop.ts",
    input: {
      type: "object",
      properties: { most: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 } },
      required: ["most"],
      additionalProperties: false,
    },
    output: resultOfPay,
    sites: [{ id: "effects/pay#0", line: 37, column: 18 }],
  },
];

function askQuery(id: string, point: string, site: string, ask: Request["ask"], wish: string): Request {
  return {
    id,
    point,
    site,
    agent: "query",
    system: "",
    user: wish,
    ask,
  };
}

function askFits(id: string, point: string, site: string, ask: Request["ask"], wish: string, item: Item): Request {
  return {
    id,
    point,
    site,
    agent: "fits",
    system: "",
    user: wish + ": " + item.name + " for " + String(item.price) + "?",
    ask,
  };
}

/** The first state. */
export function start(given: Input): State {
  const wish = given.wish;
  const also = given.also;
  const most = given.most;
  return loop1(wish, also, most, 1);
}

function loop1(wish: string, also: readonly string[], most: number, pass1: number): State {
  return { at: "query#0", wish, also, most, pass1 };
}

function afterQuery0(wish: string, also: readonly string[], most: number, pass1: number, query_2: string): State {
  return { at: "search#0", wish, also, most, pass1, query_2 };
}

function afterSearch0(wish: string, also: readonly string[], most: number, pass1: number, search: readonly Item[]): State {
  const candidates: readonly number[] = search.map((_, index) => index);
  if (candidates.length === 0) {
    return after1(also, most);
  }
  return { at: "fits#0", wish, also, most, pass1, search, candidates, scores: candidates.map(() => null) };
}

function after1(also: readonly string[], most: number): State {
  return joinLane1({ at: "parallel2", most, lanes: also.map((each, index2) => startLane1(each, index2)) });
}

function afterParallel2(most: number, found: readonly number[]): State {
  return { at: "pay#0", most, found };
}

function afterPay0(found: readonly number[], pay: "paid" | "refused"): State {
  return { at: "done", result: { paid: pay === "paid", found } };
}

function afterFits0(wish: string, also: readonly string[], most: number, pass1: number, best: Item): State {
  return { at: "add#0", wish, also, most, pass1, best };
}

function afterAdd0(wish: string, also: readonly string[], most: number, pass1: number): State {
  if (pass1 >= 3) {
    return after1(also, most);
  }
  if (most < 10) {
    return after1(also, most);
  }
  return { at: "add#1", wish, also, most, pass1 };
}

function afterAdd1(wish: string, also: readonly string[], most: number, pass1: number, add: boolean): State {
  if (add) {
    return loop1(wish, also, most, pass1 + 1);
  }
  return after1(also, most);
}

/** Waits until all passes have ended. */
function joinLane1(state: AtParallel2): State {
  const results: number[] = [];
  for (const lane of state.lanes) {
    if (lane.at !== "done") return state;
    results.push(lane.result);
  }
  return afterParallel2(state.most, results);
}

/** The id of the choice point at which a state waits. */
function point(state: Exclude<State, Done | AtParallel2>): string {
  switch (state.at) {
    case "fits#0":
      return "effects/fits#0@" + state.pass1;
    case "search#0":
      return "effects/search#0@" + state.pass1;
    case "query#0":
      return "effects/query#0@" + state.pass1;
    case "add#0":
      return "effects/add#0@" + state.pass1;
    case "add#1":
      return "effects/add#1@" + state.pass1;
    case "pay#0":
      return "effects/pay#0@";
  }
}

/** The open requests; none when the flow has ended. */
export function pending(state: State): readonly Pending[] {
  switch (state.at) {
    case "fits#0": {
      const id = point(state);
      return unscored(state.candidates, state.scores).map((candidate) => {
        const item = state.search[candidate]!;
        return askFits(id + "?" + candidate, id, "effects/fits#0", { kind: "score", labels: ["yes", "no"], label: "yes", candidate }, state.wish, item);
      });
    }
    case "search#0":
      return [effectRequest(point(state), "effects/search#0", "search", "pure", { query: state.query_2 })];
    case "query#0": {
      const id = point(state);
      return [askQuery(id, id, "effects/query#0", { kind: "generate", maxTokens: 10 }, state.wish)];
    }
    case "add#0":
      return [effectRequest(point(state), "effects/add#0", "add", "idempotent", { name: state.best.name })];
    case "add#1":
      return [effectRequest(point(state), "effects/add#1", "add", "idempotent", { name: state.wish })];
    case "parallel2":
      return pendingInOrder(state.lanes, pendingLane1);
    case "pay#0":
      return [effectRequest(point(state), "effects/pay#0", "pay", "effectful", { most: state.most })];
    case "done":
      return [];
  }
}

/** The state after one reply; replies of one state commute. */
export function advance(state: State, id: string, reply: Reply): State {
  switch (state.at) {
    case "fits#0": {
      const picking = pickReply(point(state), state.candidates, state.scores, id, reply);
      if (!picking.done) return { ...state, scores: picking.scores };
      return afterFits0(state.wish, state.also, state.most, state.pass1, state.search[picking.candidate]!);
    }
    case "search#0": {
      const answer = effectReply<readonly Item[]>(point(state), resultOfSearch, id, reply);
      return afterSearch0(state.wish, state.also, state.most, state.pass1, answer);
    }
    case "query#0": {
      const answer = textReply(point(state), id, reply);
      return afterQuery0(state.wish, state.also, state.most, state.pass1, answer);
    }
    case "add#0": {
      const answer = effectReply<boolean>(point(state), resultOfAdd, id, reply);
      return afterAdd0(state.wish, state.also, state.most, state.pass1);
    }
    case "add#1": {
      const answer = effectReply<boolean>(point(state), resultOfAdd, id, reply);
      return afterAdd1(state.wish, state.also, state.most, state.pass1, answer);
    }
    case "parallel2":
      return joinLane1({ ...state, lanes: advanceInOrder(state.lanes, pendingLane1, advanceLane1, 0, id, reply) });
    case "pay#0": {
      const answer = effectReply<"paid" | "refused">(point(state), resultOfPay, id, reply);
      return afterPay0(state.found, answer);
    }
    case "done":
      throw unexpectedReply(id);
  }
}

function startLane1(each: string, index2: number): Lane1 {
  return { at: "query#1", each, index2 };
}

function afterQuery1(index2: number, query: string): Lane1 {
  return { at: "search#1", index2, query };
}

function afterSearch1(index2: number, items: readonly Item[]): Lane1 {
  if (!same(items, [])) {
    const value: string = at(items, 0, "32:32").name;
    return { at: "add#2", index2, items, value };
  }
  return fails(items);
}

function afterAdd2(items: readonly Item[], add_2: boolean): Lane1 {
  if (add_2) {
    return decided(items, true);
  }
  return fails(items);
}

function decided(items: readonly Item[], holds: boolean): Lane1 {
  if (holds) {
    return { at: "done", result: at(items, 0, "33:21").price };
  }
  return { at: "done", result: 0 };
}

function fails(items: readonly Item[]): Lane1 {
  return decided(items, false);
}

/** The id of the choice point at which a state waits. */
function pointLane1(state: Exclude<Lane1, Lane1Done>): string {
  switch (state.at) {
    case "search#1":
      return "effects/search#1@" + state.index2;
    case "query#1":
      return "effects/query#1@" + state.index2;
    case "add#2":
      return "effects/add#2@" + state.index2;
  }
}

function pendingLane1(state: Lane1): readonly Pending[] {
  switch (state.at) {
    case "search#1":
      return [effectRequest(pointLane1(state), "effects/search#1", "search", "pure", { query: state.query })];
    case "query#1": {
      const id = pointLane1(state);
      return [askQuery(id, id, "effects/query#1", { kind: "generate", maxTokens: 10 }, state.each)];
    }
    case "add#2":
      return [effectRequest(pointLane1(state), "effects/add#2", "add", "idempotent", { name: state.value })];
    case "done":
      return [];
  }
}

function advanceLane1(state: Lane1, id: string, reply: Reply): Lane1 {
  switch (state.at) {
    case "search#1": {
      const answer = effectReply<readonly Item[]>(pointLane1(state), resultOfSearch, id, reply);
      return afterSearch1(state.index2, answer);
    }
    case "query#1": {
      const answer = textReply(pointLane1(state), id, reply);
      return afterQuery1(state.index2, answer);
    }
    case "add#2": {
      const answer = effectReply<boolean>(pointLane1(state), resultOfAdd, id, reply);
      return afterAdd2(state.items, answer);
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
  effects,
  start,
  pending,
  advance,
  result,
});
export default machine;

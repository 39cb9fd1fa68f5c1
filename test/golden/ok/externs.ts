// Written by flowc 0.1.0 from externs.flow. Change the flow and compile it again, not this file.
import { external, labelReply, loaded, pickReply, unexpectedReply, unscored } from "flowc/machine";
import type { Agent, FlowModule, Json, Reply, Request, Scores, Site } from "flowc/machine";
import { ranked, overlap, shout } from "./modules/scoring.js";

const resultOfRanked: Json = {
  type: "array",
  items: { $ref: "#/$defs/Hit" },
  $defs: {
    Hit: {
      type: "object",
      properties: { title: { type: "string" }, score: { type: "number" } },
      required: ["title", "score"],
      additionalProperties: false,
    },
  },
};

const resultOfOverlap: Json = { type: "number" };

const resultOfShout: Json = { type: "string" };

/** Functions of a module beside the flow, called in expressions, prompts and picks. */
export interface Hit {
  readonly title: string;
  readonly score: number;
}

/** What `externs` is given. */
export interface Input {
  readonly query: string;
  readonly titles: readonly string[];
}

/** What `externs` returns. */
export type Output = { readonly best: string; readonly scores: readonly number[]; readonly external: string };

/** Waits for `judge_of`. */
export interface AtJudgeOf0 {
  readonly at: "judge_of#0";
  readonly query: string;
  readonly titles: readonly string[];
  readonly hits: readonly Hit[];
  readonly external_2: string;
  readonly index1: number;
  readonly hit: Hit;
}

/** Waits for `judge_of`. */
export interface AtJudgeOf1 {
  readonly at: "judge_of#1";
  readonly query: string;
  readonly titles: readonly string[];
  readonly hits: readonly Hit[];
  readonly external_2: string;
  readonly candidates: readonly number[];
  readonly scores: Scores;
}

/** The flow has ended. */
export interface Done {
  readonly at: "done";
  readonly result: Output;
}

/** Where the flow stands: what it waits for and what it still needs. */
export type State = AtJudgeOf0 | AtJudgeOf1 | Done;

/** Version of the contract with the runtime. */
export const format: 1 = 1;

/** Version of the compiler that wrote this file. */
export const compiler: string = "0.1.0";

/** SHA-256 of the .flow file. */
export const source: string = "04fe40084ef6b9d61caae52dbb96f24845337af76c737e01be63772f96235894";

/** The flow's name. */
export const flow: string = "externs";

/** JSON Schema of the input. */
export const input: Json = {
  type: "object",
  properties: { query: { type: "string" }, titles: { type: "array", items: { type: "string" } } },
  required: ["query", "titles"],
  additionalProperties: false,
};

/** JSON Schema of the output. */
export const output: Json = {
  type: "object",
  properties: {
    best: { type: "string" },
    scores: { type: "array", items: { type: "number" } },
    external: { type: "string" },
  },
  required: ["best", "scores", "external"],
  additionalProperties: false,
};

/** Who is asked. */
export const agents: readonly Agent[] = [{ name: "judge_of", output: { kind: "labels", labels: ["yes", "no"] } }];

/** Where in the .flow file agents are asked. */
export const sites: readonly Site[] = [
  { id: "externs/judge_of#0", agent: "judge_of", kind: "choose", line: 20, column: 12 },
  { id: "externs/judge_of#1", agent: "judge_of", kind: "pick", line: 25, column: 64 },
];

function askJudgeOf(id: string, point: string, site: string, ask: Request["ask"], query: string, title: string): Request {
  return {
    id,
    point,
    site,
    agent: "judge_of",
    system: "",
    user: external<string>(() => shout(query), resultOfShout, "shout", "12:8") + "? " + title + " (" + String(external<number>(() => overlap(query, title), resultOfOverlap, "overlap", "12:41")) + ")",
    ask,
  };
}

/** The first state. */
export function start(given: Input): State {
  const query = given.query;
  const titles = given.titles;
  const hits: readonly Hit[] = external<readonly Hit[]>(() => ranked(query, titles), resultOfRanked, "ranked", "17:14");
  const external_2: string = external<string>(() => shout("hits"), resultOfShout, "shout", "18:18");
  return loop1(query, titles, hits, external_2, 0);
}

function loop1(query: string, titles: readonly string[], hits: readonly Hit[], external_2: string, index1: number): State {
  if (index1 < hits.length) {
    return { at: "judge_of#0", query, titles, hits, external_2, index1, hit: hits[index1]! };
  }
  const candidates: readonly number[] = titles.flatMap((t, index) => (external<number>(() => overlap(query, t), resultOfOverlap, "overlap", "25:39") > 0 ? [index] : []));
  if (candidates.length === 0) {
    return { at: "done", result: { best: external<string>(() => shout("none"), resultOfShout, "shout", "25:110"), scores: [], external: "" } };
  }
  return { at: "judge_of#1", query, titles, hits, external_2, candidates, scores: candidates.map(() => null) };
}

function afterJudgeOf0(query: string, titles: readonly string[], hits: readonly Hit[], external_2: string, index1: number, hit: Hit, judge_of: "yes" | "no"): State {
  if (judge_of === "yes") {
    return { at: "done", result: { best: hit.title, scores: titles.map((t_2) => external<number>(() => overlap(query, t_2), resultOfOverlap, "overlap", "21:49")), external: external_2 } };
  }
  return loop1(query, titles, hits, external_2, index1 + 1);
}

function afterJudgeOf1(hits: readonly Hit[], external_2: string, best: string): State {
  return { at: "done", result: { best, scores: hits.map((h) => h.score), external: external_2 } };
}

/** The id of the choice point at which a state waits. */
function point(state: Exclude<State, Done>): string {
  switch (state.at) {
    case "judge_of#0":
      return "externs/judge_of#0@" + state.index1;
    case "judge_of#1":
      return "externs/judge_of#1@";
  }
}

/** The open requests; none when the flow has ended. */
export function pending(state: State): readonly Request[] {
  switch (state.at) {
    case "judge_of#0": {
      const id = point(state);
      return [askJudgeOf(id, id, "externs/judge_of#0", { kind: "choose", labels: ["yes", "no"] }, state.query, state.hit.title)];
    }
    case "judge_of#1": {
      const id = point(state);
      return unscored(state.candidates, state.scores).map((candidate) => {
        const t = state.titles[candidate]!;
        return askJudgeOf(id + "?" + candidate, id, "externs/judge_of#1", { kind: "score", labels: ["yes", "no"], label: "yes", candidate }, state.query, t);
      });
    }
    case "done":
      return [];
  }
}

/** The state after one reply; replies of one state commute. */
export function advance(state: State, id: string, reply: Reply): State {
  switch (state.at) {
    case "judge_of#0": {
      const answer = labelReply(point(state), ["yes", "no"], id, reply);
      return afterJudgeOf0(state.query, state.titles, state.hits, state.external_2, state.index1, state.hit, answer);
    }
    case "judge_of#1": {
      const picking = pickReply(point(state), state.candidates, state.scores, id, reply);
      if (!picking.done) return { ...state, scores: picking.scores };
      return afterJudgeOf1(state.hits, state.external_2, state.titles[picking.candidate]!);
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

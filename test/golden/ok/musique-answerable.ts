// Written by flowc 0.1.0 from musique-answerable.flow. Change the flow and compile it again, not this file.
import { contains, labelReply, lists, loaded, pickReply, textReply, unexpectedReply, unscored, withoutLastBreak } from "flowc/machine";
import type { Agent, FlowModule, Json, Reply, Request, Scores, Site } from "flowc/machine";

/** Multi-hop question answering over given paragraphs: Figure 1 of arXiv 2406.04516. */
export interface Paragraph {
  readonly idx: number;
  readonly title: string;
  readonly body: string;
}

export interface Answer {
  readonly answer: string;
  readonly support: readonly number[];
}

/** What `musique_answerable` is given. */
export interface Input {
  readonly question: string;
  readonly paragraphs: readonly Paragraph[];
}

/** What `musique_answerable` returns. */
export type Output = Answer;

/** Waits for `query`. */
export interface AtQuery0 {
  readonly at: "query#0";
  readonly question: string;
  readonly paragraphs: readonly Paragraph[];
  readonly known: readonly Paragraph[];
  readonly pass1: number;
}

/** Waits for `relevant`. */
export interface AtRelevant0 {
  readonly at: "relevant#0";
  readonly question: string;
  readonly paragraphs: readonly Paragraph[];
  readonly known: readonly Paragraph[];
  readonly pass1: number;
  readonly q: string;
  readonly candidates: readonly number[];
  readonly scores: Scores;
}

/** Waits for `enough`. */
export interface AtEnough0 {
  readonly at: "enough#0";
  readonly question: string;
  readonly paragraphs: readonly Paragraph[];
  readonly known: readonly Paragraph[];
  readonly pass1: number;
}

/** Waits for `final`. */
export interface AtFinal0 {
  readonly at: "final#0";
  readonly question: string;
  readonly known: readonly Paragraph[];
  readonly draft: string;
}

/** Waits for `draft`. */
export interface AtDraft0 {
  readonly at: "draft#0";
  readonly question: string;
  readonly known: readonly Paragraph[];
}

/** The flow has ended. */
export interface Done {
  readonly at: "done";
  readonly result: Output;
}

/** Where the flow stands: what it waits for and what it still needs. */
export type State = AtQuery0 | AtRelevant0 | AtEnough0 | AtFinal0 | AtDraft0 | Done;

/** Version of the contract with the runtime. */
export const format: 1 = 1;

/** Version of the compiler that wrote this file. */
export const compiler: string = "0.1.0";

/** SHA-256 of the .flow file. */
export const source: string = "0fcebc7bd4a74ade8e5d3985f226d905bc599d5ec1f53f5181671b183ac660ef";

/** The flow's name. */
export const flow: string = "musique_answerable";

/** JSON Schema of the input. */
export const input: Json = {
  type: "object",
  properties: {
    question: { type: "string" },
    paragraphs: { type: "array", items: { $ref: "#/$defs/Paragraph" } },
  },
  required: ["question", "paragraphs"],
  additionalProperties: false,
  $defs: {
    Paragraph: {
      type: "object",
      properties: {
        idx: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
        title: { type: "string" },
        body: { type: "string" },
      },
      required: ["idx", "title", "body"],
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
      properties: {
        answer: { type: "string" },
        support: {
          type: "array",
          items: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
        },
      },
      required: ["answer", "support"],
      additionalProperties: false,
    },
  },
};

/** Who is asked. */
export const agents: readonly Agent[] = [
  { name: "query", output: { kind: "text", maxTokens: 50 } },
  { name: "relevant", output: { kind: "labels", labels: ["yes", "no"] } },
  { name: "enough", output: { kind: "labels", labels: ["yes", "no"] } },
  { name: "draft", output: { kind: "text", maxTokens: 100 } },
  { name: "final", output: { kind: "text", maxTokens: 25 } },
];

/** Where in the .flow file agents are asked. */
export const sites: readonly Site[] = [
  { id: "musique_answerable/query#0", agent: "query", kind: "generate", line: 59, column: 13 },
  { id: "musique_answerable/relevant#0", agent: "relevant", kind: "pick", line: 60, column: 63 },
  { id: "musique_answerable/enough#0", agent: "enough", kind: "choose", line: 62, column: 11 },
  { id: "musique_answerable/final#0", agent: "final", kind: "generate", line: 63, column: 20 },
  { id: "musique_answerable/draft#0", agent: "draft", kind: "generate", line: 63, column: 36 },
];

/** The next thing to look up. */
function askQuery(id: string, point: string, site: string, ask: Request["ask"], question: string, known: readonly Paragraph[]): Request {
  return {
    id,
    point,
    site,
    agent: "query",
    system: "Write the next retrieval query. Be as brief as possible.",
    user: withoutLastBreak("Question: " + question + "\n" + known.map((p) => p.title + ": " + p.body + "\n").join("")),
    ask,
  };
}

/** Whether a paragraph answers a query. The paragraph comes first, so that its prefix is shared by all queries. */
function askRelevant(id: string, point: string, site: string, ask: Request["ask"], query: string, candidate: Paragraph): Request {
  return {
    id,
    point,
    site,
    agent: "relevant",
    system: "Does the document answer the query?",
    user: candidate.title + ": " + candidate.body + "\nQuery: " + query,
    ask,
  };
}

/** Whether the paragraphs found so far suffice. */
function askEnough(id: string, point: string, site: string, ask: Request["ask"], question: string, known: readonly Paragraph[]): Request {
  return {
    id,
    point,
    site,
    agent: "enough",
    system: "Are the documents enough to answer the question?",
    user: withoutLastBreak("Question: " + question + "\n" + known.map((p) => p.title + ": " + p.body + "\n").join("")),
    ask,
  };
}

/** What the paragraphs say about the question. */
function askDraft(id: string, point: string, site: string, ask: Request["ask"], question: string, known: readonly Paragraph[]): Request {
  return {
    id,
    point,
    site,
    agent: "draft",
    system: "Say what the documents tell about the question.",
    user: withoutLastBreak("Question: " + question + "\n" + known.map((p) => p.title + ": " + p.body + "\n").join("")),
    ask,
  };
}

/** The answer alone. */
function askFinal(id: string, point: string, site: string, ask: Request["ask"], question: string, draft: string): Request {
  return {
    id,
    point,
    site,
    agent: "final",
    system: "Give the final answer, as few words as possible.",
    user: "Question: " + question + "\n" + draft,
    ask,
  };
}

/** The first state. */
export function start(given: Input): State {
  const question = given.question;
  const paragraphs = given.paragraphs;
  return loop1(question, paragraphs, [], 1);
}

function loop1(question: string, paragraphs: readonly Paragraph[], known: readonly Paragraph[], pass1: number): State {
  return { at: "query#0", question, paragraphs, known, pass1 };
}

function afterQuery0(question: string, paragraphs: readonly Paragraph[], known: readonly Paragraph[], pass1: number, q: string): State {
  const candidates: readonly number[] = paragraphs.flatMap((p, index) => (!contains(known, p) ? [index] : []));
  if (candidates.length === 0) {
    return after1(question, known);
  }
  return { at: "relevant#0", question, paragraphs, known, pass1, q, candidates, scores: candidates.map(() => null) };
}

function after1(question: string, known: readonly Paragraph[]): State {
  return { at: "draft#0", question, known };
}

function afterDraft0(question: string, known: readonly Paragraph[], draft: string): State {
  return { at: "final#0", question, known, draft };
}

function afterFinal0(known: readonly Paragraph[], final: string): State {
  return { at: "done", result: { answer: final, support: known.map((p_2) => p_2.idx) } };
}

function afterRelevant0(question: string, paragraphs: readonly Paragraph[], known: readonly Paragraph[], pass1: number, best: Paragraph): State {
  known = lists.sized([...known, best], "61:17");
  if (pass1 >= 4) {
    return after1(question, known);
  }
  return { at: "enough#0", question, paragraphs, known, pass1 };
}

function afterEnough0(question: string, paragraphs: readonly Paragraph[], known: readonly Paragraph[], pass1: number, enough: "yes" | "no"): State {
  if (enough === "yes") {
    return after1(question, known);
  }
  return loop1(question, paragraphs, known, pass1 + 1);
}

/** The id of the choice point at which a state waits. */
function point(state: Exclude<State, Done>): string {
  switch (state.at) {
    case "query#0":
      return "musique_answerable/query#0@" + state.pass1;
    case "relevant#0":
      return "musique_answerable/relevant#0@" + state.pass1;
    case "enough#0":
      return "musique_answerable/enough#0@" + state.pass1;
    case "final#0":
      return "musique_answerable/final#0@";
    case "draft#0":
      return "musique_answerable/draft#0@";
  }
}

/** The open requests; none when the flow has ended. */
export function pending(state: State): readonly Request[] {
  switch (state.at) {
    case "query#0": {
      const id = point(state);
      return [askQuery(id, id, "musique_answerable/query#0", { kind: "generate", maxTokens: 50 }, state.question, state.known)];
    }
    case "relevant#0": {
      const id = point(state);
      return unscored(state.candidates, state.scores).map((candidate) => {
        const p = state.paragraphs[candidate]!;
        return askRelevant(id + "?" + candidate, id, "musique_answerable/relevant#0", { kind: "score", labels: ["yes", "no"], label: "yes", candidate }, state.q, p);
      });
    }
    case "enough#0": {
      const id = point(state);
      return [askEnough(id, id, "musique_answerable/enough#0", { kind: "choose", labels: ["yes", "no"] }, state.question, state.known)];
    }
    case "final#0": {
      const id = point(state);
      return [askFinal(id, id, "musique_answerable/final#0", { kind: "generate", maxTokens: 25 }, state.question, state.draft)];
    }
    case "draft#0": {
      const id = point(state);
      return [askDraft(id, id, "musique_answerable/draft#0", { kind: "generate", maxTokens: 100 }, state.question, state.known)];
    }
    case "done":
      return [];
  }
}

/** The state after one reply; replies of one state commute. */
export function advance(state: State, id: string, reply: Reply): State {
  switch (state.at) {
    case "query#0": {
      const answer = textReply(point(state), id, reply);
      return afterQuery0(state.question, state.paragraphs, state.known, state.pass1, answer);
    }
    case "relevant#0": {
      const picking = pickReply(point(state), state.candidates, state.scores, id, reply);
      if (!picking.done) return { ...state, scores: picking.scores };
      return afterRelevant0(state.question, state.paragraphs, state.known, state.pass1, state.paragraphs[picking.candidate]!);
    }
    case "enough#0": {
      const answer = labelReply(point(state), ["yes", "no"], id, reply);
      return afterEnough0(state.question, state.paragraphs, state.known, state.pass1, answer);
    }
    case "final#0": {
      const answer = textReply(point(state), id, reply);
      return afterFinal0(state.known, answer);
    }
    case "draft#0": {
      const answer = textReply(point(state), id, reply);
      return afterDraft0(state.question, state.known, answer);
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

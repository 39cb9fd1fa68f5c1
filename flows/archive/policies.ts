import { TabularPolicy } from "../../runtime/learner/index.js";
import type { FlowModule, Reply, Request } from "../../runtime/machine/index.js";
import { Uniforms } from "../../runtime/machine/random.js";
import type { Answer, Policy } from "../../runtime/search/index.js";
import { archiveOf } from "./documents.js";
import type { Question } from "./questions.js";

/** What `query` may say: the titles of all documents. */
export function queriesOf(questions: readonly Question[]): readonly string[] {
  const archives = [...new Set(questions.map(({ archive }) => archive))];
  return [...new Set(archives.flatMap((each) => archiveOf(each).documents.map(({ title }) => title)))];
}

const FREE = { prefilled: 0, reused: 0, decoded: 0 };

/** A policy whose answer to a request is a function of the request, in plain code. */
function policyOf(version: string, reply: (request: Request) => Reply): Policy {
  return {
    version: () => version,
    answer: async (queries) =>
      queries.map(({ request }): Answer => {
        const answer = reply(request);
        const logProb = answer.kind === "score" ? answer.logOdds : 0;
        return { reply: answer, ids: [], logProb, tokens: FREE };
      }),
  };
}

/** Every answer is drawn from all that may be given, each as likely as the others; another seed, other draws. */
export function randomPolicy(seed: number, queries: readonly string[]): Policy {
  return policyOf(`random ${seed}`, ({ agent, user, point, ask }) => {
    const random = new Uniforms(JSON.stringify([seed, agent, user, point])).next();
    const drawn = <T>(of: readonly T[]) => of[Math.floor(random * of.length)]!;
    switch (ask.kind) {
      case "choose":
        return { kind: "label", label: drawn(ask.labels) };
      case "score":
        return { kind: "score", logOdds: random };
      case "generate":
        return { kind: "text", text: drawn(queries) };
      case "record":
        throw new Error("no agent of the archive gives a record");
    }
  });
}

/**
 * What a person would write who knows the tools but not the archive: search for what the question names, one after the
 * other, note what was searched for, calculate if there are two numbers, and try again what has failed.
 */
export function scriptedPolicy(): Policy {
  return policyOf("scripted", (request) => {
    const said = scripted(request.agent, deskOf(request.user));
    switch (request.ask.kind) {
      case "choose":
        return { kind: "label", label: said };
      case "score":
        return { kind: "score", logOdds: said === "yes" ? 1 : -1 };
      default:
        return { kind: "text", text: said };
    }
  });
}

/** What a prompt says, by the words that its lines begin with. */
type Desk = ReadonlyMap<string, string>;

function deskOf(prompt: string): Desk {
  const lines = prompt.split("\n").map((line) => line.split(": ") as [string, ...string[]]);
  return new Map(lines.map(([name, ...rest]) => [name.replace(/:$/, ""), rest.join(": ").trim()]));
}

function scripted(agent: string, desk: Desk): string {
  const question = desk.get("Question")!;
  const noted = desk.get("Noted") ?? "";
  const missing = titlesIn(question).filter((title) => !noted.includes(`${title}:`));
  const calculated = desk.get("Calculated") ?? "";
  switch (agent) {
    case "act":
      if (missing.length > 0) return (desk.get("Found") ?? "") === "" ? "search" : "note";
      return titlesIn(question).length > 1 && calculated === "" ? "calculate" : "answer";
    case "query":
      return missing[0] ?? "";
    case "useful":
      return desk.get("Document") === missing[0] ? "yes" : "no";
    case "operation":
      return question.endsWith("together?") ? "sum" : "difference";
    default:
      return calculated === "" || calculated === desk.get("Number") ? "yes" : "no";
  }
}

/** Titles of the documents on the single facts that a question asks for. */
function titlesIn(question: string): readonly string[] {
  const [, what] = /(?:many|the) ([a-z]+) (?:do|does|of) /.exec(question)!;
  const villages = question.match(/[A-Z][a-z]+/g)!.filter((word) => word !== "How" && word !== "By");
  return villages.map((village) => `${what} of ${village}`);
}

/**
 * How a table begins: with the habits of one who knows what tools are for, but neither what to search for nor when to stop;
 * or with what the script would say.
 */
export type Beginning = "habits" | "script";

/** Logits. The opinions beside it lie between -1 and 1. */
const LEANING = 4;

/** A table of logits, to be trained: it leans as it begins, and has opinions on all else that the seed draws. */
export function tabularPolicy(
  flow: FlowModule,
  seed: number,
  queries: readonly string[],
  beginning: Beginning,
): TabularPolicy {
  const leaning = beginning === "script" ? scripted : habitOf;
  const known = new Map<string, number>();
  const initial = (agent: string, user: string, output: string) => {
    // Without an opinion on documents it takes the first one found, which matches the query best.
    const drawn = new Uniforms(JSON.stringify([seed, agent, user, output])).next();
    const opinion = agent === "useful" ? 0 : 2 * drawn - 1;
    return opinion + (output === leaning(agent, deskOf(user)) ? LEANING : 0);
  };
  return new TabularPolicy({
    agents: flow.agents,
    texts: new Map([["query", queries]]),
    initial: (agent, { user }, output) => {
      const key = JSON.stringify([agent, user, output]);
      const logit = known.get(key) ?? initial(agent, user, output);
      known.set(key, logit);
      return logit;
    },
  });
}

/** To note what is found, to calculate with two numbers, to believe the result, and to search otherwise. */
function habitOf(agent: string, desk: Desk): string {
  const calculated = desk.get("Calculated") ?? "";
  if (agent === "settles") return calculated !== "" && calculated === desk.get("Number") ? "yes" : "";
  if (agent !== "act") return "";
  if ((desk.get("Found") ?? "") !== "") return "note";
  const facts = (desk.get("Noted") ?? "").split(";").length - 1;
  return facts > 1 && calculated === "" ? "calculate" : "search";
}

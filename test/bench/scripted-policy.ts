import { createHash } from "node:crypto";
import type { Answer, Policy, Query } from "../../runtime/search/index.js";

const FREE = { prefilled: 0, reused: 0, decoded: 0 };
/** Different texts that it knows; few enough that rollouts meet now and then, as a model's do. */
const TEXTS = 40;

/** A policy that costs nothing and has arbitrary but fixed opinions: a hash of the prompt decides. */
export class ScriptedPolicy implements Policy {
  async answer(queries: readonly Query[]): Promise<readonly Answer[]> {
    return queries.map(answer);
  }

  version(): string {
    return "scripted";
  }
}

function answer({ request: { agent, system, user, ask }, decoding }: Query): Answer {
  const key = decoding.kind === "sample" ? decoding.key : "greedy";
  const hash = createHash("sha256").update(JSON.stringify([agent, system, user, key]));
  const opinion = hash.digest().readUInt32BE();
  switch (ask.kind) {
    case "generate": {
      const id = opinion % TEXTS;
      return { reply: { kind: "text", text: `text ${id}` }, ids: [id], logProb: 0, tokens: FREE };
    }
    case "record":
      throw new Error("no flow of the benchmark asks for records");
    case "choose": {
      const label = ask.labels[opinion % ask.labels.length]!;
      return { reply: { kind: "label", label }, logProb: 0, tokens: FREE };
    }
    case "score": {
      const logOdds = opinion / 2 ** 31 - 1;
      return { reply: { kind: "score", logOdds }, logProb: logOdds, tokens: FREE };
    }
  }
}

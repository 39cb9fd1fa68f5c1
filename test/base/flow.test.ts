import { beforeAll, describe, expect, it } from "vitest";
import { loadFlow } from "../../cli/load-flow.js";
import {
  type AgentName,
  finalPrompt,
  questionPrompt,
  relevancePrompt,
  SYSTEM,
} from "../../flows/base/agents.js";
import { goldDraft, goldQuery } from "../../flows/base/examples.js";
import {
  agentRequests,
  type FlowModule,
  type Json,
  type Reply,
  type Request,
} from "../../runtime/machine/index.js";
import { makeRows } from "./support.js";

const row = makeRows()[0]!;

/** Plays the flow with gold replies and returns everything it asked. */
function play(flow: FlowModule): {
  readonly requests: readonly Request[];
  readonly result: Json | undefined;
} {
  const requests: Request[] = [];
  let state = flow.start({
    question: row.question,
    paragraphs: row.paragraphs.map(({ title, body }, idx) => ({ idx, title, body })),
  });
  let hop = 0;
  const answer = (request: Request): Reply => {
    switch (request.agent as AgentName) {
      case "query":
        return { kind: "text", text: goldQuery(row, hop) };
      case "relevant": {
        const right = request.ask.kind === "score" && request.ask.candidate === row.hops[hop]!.support;
        return { kind: "score", logOdds: right ? 1 : -1 };
      }
      case "enough":
        hop += 1;
        return { kind: "label", label: hop === row.hops.length ? "yes" : "no" };
      case "draft":
        return { kind: "text", text: goldDraft(row) };
      case "final":
        return { kind: "text", text: row.answer };
    }
  };
  const asked = (): readonly Request[] => agentRequests(flow.pending(state));
  for (let open = asked(); open.length > 0; open = asked()) {
    requests.push(...open);
    for (const [request, reply] of open.map((r) => [r, answer(r)] as const))
      state = flow.advance(state, request.id, reply);
  }
  return { requests, result: flow.result(state) };
}

describe("the flow and the base model's training prompts", () => {
  let requests: readonly Request[] = [];
  let result: Json | undefined;

  beforeAll(async () => {
    const { module, diagnostics } = await loadFlow("flows/musique-answerable.flow");
    expect(diagnostics).toEqual([]);
    ({ requests, result } = play(module!));
    // The compiler's libraries load slowly on a busy machine.
  }, 60_000);

  it("share their system messages, agent by agent", () => {
    const asked = new Map(requests.map((request) => [request.agent, request.system]));
    expect(Object.fromEntries(asked)).toEqual(SYSTEM);
  });

  it("share their user messages, character by character", () => {
    const known = (count: number) => row.hops.slice(0, count).map((hop) => row.paragraphs[hop.support]!);
    const of = (agent: AgentName) => requests.filter((request) => request.agent === agent).map((r) => r.user);
    expect(of("query")).toEqual([questionPrompt(row.question, []), questionPrompt(row.question, known(1))]);
    expect(of("enough")).toEqual([
      questionPrompt(row.question, known(1)),
      questionPrompt(row.question, known(2)),
    ]);
    expect(of("draft")).toEqual([questionPrompt(row.question, known(2))]);
    expect(of("final")).toEqual([finalPrompt(row.question, goldDraft(row))]);
    expect(of("relevant")).toEqual([
      ...row.paragraphs.map((paragraph) => relevancePrompt(goldQuery(row, 0), paragraph)),
      ...row.paragraphs
        .filter((_, idx) => idx !== row.hops[0]!.support)
        .map((paragraph) => relevancePrompt(goldQuery(row, 1), paragraph)),
    ]);
  });

  it("agree on the labels", () => {
    const labels = requests.flatMap(({ ask }) => ("labels" in ask ? [ask.labels.join()] : []));
    expect(new Set(labels)).toEqual(new Set(["yes,no"]));
  });

  it("end in the gold answer when every agent answers as the base model was taught", () => {
    expect(result).toEqual({ answer: row.answer, support: row.hops.map((hop) => hop.support) });
  });
});

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { FlowGraph } from "../../../compiler/index.js";
import {
  FlowFailure,
  type FlowModule,
  isEffect,
  type Json,
  type Pending,
  type Reply,
} from "../../../runtime/machine/index.js";
import { machineOf, replyTo } from "../drive.js";
import { randomFlow } from "../random-flow.js";
import { sampleOf, shapeOfOutput, shapeOfSchema } from "../shapes.js";
import { graphOf } from "./graphs.js";

/** The node at which a request is asked: its choice point's id without what counts passes. */
function nodeOf({ id }: Pending): string {
  const [site, path] = id.split("?")[0]!.split("@") as [string, string];
  const calls = path.split(".").filter((part) => part.includes("#"));
  return [...calls, site.slice(site.indexOf("/") + 1)].join("/");
}

/** Sites and ends to which a node leads with nothing asked between. A fork may be without passes. */
function stepsOf(graph: FlowGraph): (from: string) => ReadonlySet<string> {
  const kinds = new Map(graph.nodes.map(({ id, kind }) => [id, kind]));
  return (from) => {
    const reached = new Set([from]);
    const found = new Set<string>();
    for (const id of reached) {
      if (kinds.get(id) === "fork") reached.add(id.replace(/fork$/, "join"));
      for (const { to } of graph.edges.filter((edge) => edge.from === id)) {
        const kind = kinds.get(to)!;
        if (kind === "end") found.add("end");
        else if (kind === "decision" || kind === "fork" || kind === "join") reached.add(to);
        else found.add(to);
      }
    }
    return found;
  };
}

function anyReply(module: FlowModule, request: Pending, next: () => number): Reply {
  if (isEffect(request)) {
    const { output } = module.effects!.find(({ name }) => name === request.effect)!;
    const shape = shapeOfSchema(output, (output as Record<string, Json>).$defs ?? {});
    return { kind: "effect", value: sampleOf(shape, next) as Json };
  }
  const { agent, ask } = request;
  const { output } = module.agents.find(({ name }) => name === agent)!;
  return replyTo(ask, ask.kind === "score" ? next() % 4 : sampleOf(shapeOfOutput(output), next));
}

/**
 * Whether a request is an effect that waited until the pass before its own had ended: then it does not follow what ended
 * that.
 */
function hasWaited(request: Pending, last: Pending): boolean {
  if (!isEffect(request) || request.class === "pure") return false;
  const [own, other] = [request, last].map(({ id }) => id.split("?")[0]!.split("@")[1]!.split("."));
  const index = own!.findIndex((part, i) => part !== other![i]);
  return [own![index], other![index]].every((part) => /^\d+$/.test(part ?? ""));
}

/** Plays with answers by chance and tells every step, `FROM -> TO`, that no edge of the graph allows. */
function violations(module: FlowModule, graph: FlowGraph, input: Json, seed: number): string[] {
  const steps = stepsOf(graph);
  const wrong: string[] = [];
  const check = (from: string, to: string) => {
    if (!steps(from).has(to)) wrong.push(`${from} -> ${to}`);
  };
  let hash = seed;
  const next = () => {
    hash = (Math.imul(hash, 1103515245) + 12345) | 0;
    return Math.abs(hash >> 8);
  };
  try {
    let state = module.start(input);
    let open = module.pending(state);
    for (const request of open) check("start0", nodeOf(request));
    for (let asked = 0; open.length > 0 && asked < 300; asked++) {
      const request = open[next() % open.length]!;
      state = module.advance(state, request.id, anyReply(module, request, next));
      const before = new Set(open.map(({ id }) => id));
      open = module.pending(state);
      for (const each of open)
        if (!before.has(each.id) && !hasWaited(each, request)) check(nodeOf(request), nodeOf(each));
      if (open.length === 0) check(nodeOf(request), "end");
    }
  } catch (error) {
    if (!(error instanceof FlowFailure)) throw error;
  }
  return wrong;
}

const paragraphs = [1, 2, 3].map((idx) => ({ idx, title: `t${idx}`, body: "b", text: "x" }));
const documents = ["one", "two"];

it.each([
  ["flows/musique-answerable.flow", { question: "q", paragraphs }],
  ["flows/musique-full.flow", { question: "q", paragraphs }],
  ["flows/examples/router.flow", { request: "r" }],
  ["flows/examples/parallel-notes.flow", { question: "q", documents }],
  ["test/golden/ok/parallel.flow", { question: "q", paragraphs }],
  ["test/golden/ok/effects.flow", { wish: "w", also: documents, most: 30 }],
  ["flows/examples/shop.flow", { wish: "w" }],
])("every step of %s is an edge of its graph", async (path, input) => {
  const text = readFileSync(path, "utf8");
  const [module, graph] = [await machineOf(text), await graphOf(text)];
  expect(new Set(graph.nodes.flatMap((node) => ("site" in node ? [node.site] : [])))).toEqual(
    new Set([...module.sites, ...(module.effects ?? []).flatMap(({ sites }) => sites)].map(({ id }) => id)),
  );
  for (let seed = 0; seed < 40; seed++) expect(violations(module, graph, input, seed)).toEqual([]);
});

it("every step of a random flow is an edge of its graph", async () => {
  const input = { a: "A", n: 2, all: ["one", "two"] };
  await fc.assert(
    fc.asyncProperty(randomFlow, fc.integer(), async (text, seed) => {
      const [module, graph] = [await machineOf(text), await graphOf(text)];
      expect(violations(module, graph, input, seed)).toEqual([]);
    }),
    { numRuns: 25, interruptAfterTimeLimit: 50_000, markInterruptAsFailure: true },
  );
});

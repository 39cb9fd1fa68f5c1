import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "../../grammar/index.js";
import {
  type FlowModule,
  isEffect,
  type Json,
  type Pending,
  type Reply,
} from "../../runtime/machine/index.js";
import { machineOf } from "./drive.js";
import { randomFlow } from "./random-flow.js";
import { sampleOf, shapeOfSchema } from "./shapes.js";

/** A change of a flow's text that changes nothing of what is asked where. */
type Edit = (text: string, next: () => number) => string;

/** The parts of a file that may stand in any order, with what stands above them. */
function declarationsOf(text: string): readonly string[] {
  const { file, problems } = parse(text);
  if (problems.length > 0) throw new Error(problems[0]!.kind);
  const starts = [...file.imports, ...file.declarations].map(({ span }) => span.start).sort((a, b) => a - b);
  return starts.map((start, i) => text.slice(start, starts[i + 1]));
}

/** Comments where a line of code ends. Prompts hold none, so that what stands in quotes of three is left alone. */
function commented(text: string, next: () => number): string {
  return text
    .split(/("""[\s\S]*?""")/)
    .map((part, i) =>
      i % 2 === 1 ? part : part.replace(/\n/g, () => (next() % 3 === 0 ? " # why\n\n" : "\n")),
    )
    .join("");
}

const edits: ReadonlyMap<string, Edit> = new Map<string, Edit>([
  ["a prompt is edited", (text) => text.replace(/user """\n/, 'user """\n    Be exact.\n')],
  ["comments are added", commented],
  [
    "declarations are put in another order",
    (text, next) =>
      declarationsOf(text)
        .map((part) => ({ part: part.endsWith("\n") ? part : `${part}\n`, key: next() }))
        .sort((a, b) => a.key - b.key)
        .map(({ part }) => part)
        .join("\n"),
  ],
  [
    "agents and flows are added",
    (text) =>
      `agent added(x: text) -> up | down {\n  user """\n    {{ x }}\n  """\n}\n\nflow unrelated(x: text) -> text {\n  branch added(x) { up -> return "up" down -> return "down" }\n}\n\n${text}`,
  ],
]);

/** A reply as a function of where something is asked, not of what. */
function replyBy(seed: number): (request: Pending, flow: FlowModule) => Reply {
  return (request, flow) => {
    let hash = seed;
    for (const unit of request.id) hash = (Math.imul(hash, 33) ^ unit.charCodeAt(0)) | 0;
    const next = () => {
      const n = Math.abs(hash);
      hash = (Math.imul(hash, 33) ^ 5) | 0;
      return n;
    };
    const fitting = (schema: Json) =>
      sampleOf(shapeOfSchema(schema, (schema as Record<string, Json>).$defs ?? {}), next) as Json;
    if (isEffect(request)) {
      const { output } = flow.effects!.find(({ name }) => name === request.effect)!;
      return { kind: "effect", value: fitting(output) };
    }
    const { ask } = request;
    switch (ask.kind) {
      case "generate":
        return { kind: "text", text: ["", "a", "bc"][next() % 3]! };
      case "record":
        return { kind: "record", value: fitting(ask.schema) };
      case "choose":
        return { kind: "label", label: ask.labels[next() % ask.labels.length]! };
      case "score":
        return { kind: "score", logOdds: next() % 5 };
    }
  };
}

/** Everything that is asked, by its id, up to a number; a flow may fail on its values on the way. */
function asked(flow: FlowModule, input: Json, seed: number): readonly string[] {
  const reply = replyBy(seed);
  const ids: string[] = [];
  try {
    let state = flow.start(input);
    for (
      let [request] = flow.pending(state);
      request !== undefined && ids.length < 300;
      [request] = flow.pending(state)
    ) {
      ids.push(request.id);
      state = flow.advance(state, request.id, reply(request, flow));
    }
  } catch (error) {
    ids.push((error as Error).message.replace(/ \(at .*/s, ""));
  }
  return ids;
}

function sitesOf({ sites, effects = [] }: FlowModule): readonly string[] {
  return [...sites, ...effects.flatMap((effect) => effect.sites)].map(({ id }) => id).sort();
}

describe.each([...edits])("when %s", (_, edit) => {
  it("a random flow asks the same under the same ids", async () => {
    let changes = 0;
    let long = 0;
    await fc.assert(
      fc.asyncProperty(randomFlow, fc.integer(), fc.infiniteStream(fc.nat()), async (text, seed, stream) => {
        const edited = edit(text, () => stream.next().value);
        if (edited !== text) changes += 1;
        const [before, after] = [await machineOf(text, "main"), await machineOf(edited, "main")];
        expect(sitesOf(after)).toEqual(sitesOf(before));
        const input = { a: "A", n: 2, all: ["one", "two"] };
        const ids = asked(before, input, seed);
        expect(asked(after, input, seed)).toEqual(ids);
        if (ids.length > 3) long += 1;
      }),
      { numRuns: 15, interruptAfterTimeLimit: 50_000, markInterruptAsFailure: true },
    );
    expect(changes).toBeGreaterThan(10);
    expect(long).toBeGreaterThan(5);
  });

  it("the project's own flows have the same sites", async () => {
    const folders = ["flows", "flows/examples", "flows/archive"];
    const paths = folders.flatMap((folder) =>
      readdirSync(folder).flatMap((name) => (name.endsWith(".flow") ? [join(folder, name)] : [])),
    );
    expect(paths.length).toBeGreaterThan(8);
    for (const path of paths) {
      // A test that names no flow is of the last one.
      const text = readFileSync(path, "utf8").replace(/^test [\s\S]*/m, "");
      const before = await machineOf(text, undefined, path);
      let n = 0;
      const edited = edit(text, () => (n = (n * 7919 + 13) % 1009));
      const after = await machineOf(edited, before.flow, path);
      expect(sitesOf(after), path).toEqual(sitesOf(before));
    }
  });
});

it("a call that is added before another of the same agent is the one thing that moves its ordinal", async () => {
  const text = (more: string) => `
    agent say(x: text) -> text(max_tokens: 2) { user """{{ x }}""" }
    agent check(x: text) -> yes | no { user """{{ x }}""" }
    flow f(x: text) -> text {
      ${more}
      branch check(x) { yes -> return say(x) no -> return x }
    }`;
  const sites = async (more: string) => sitesOf(await machineOf(text(more)));
  expect(await sites("")).toEqual(["f/check#0", "f/say#0"]);
  expect(await sites("let y = check(x) is yes")).toEqual(["f/check#0", "f/check#1", "f/say#0"]);
});

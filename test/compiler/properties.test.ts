import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type FlowModule,
  isEffect,
  type Json,
  type Pending,
  type Reply,
} from "../../runtime/machine/index.js";
import { machineOf } from "./drive.js";

/** Flows that together use every kind of choice point, loop and jump, with inputs for them. */
const flows: readonly { path: string; input: fc.Arbitrary<Json> }[] = [
  {
    path: "flows/musique-answerable.flow",
    input: fc.record({
      question: fc.string(),
      paragraphs: fc.array(fc.record({ idx: fc.nat(9), title: fc.string(), body: fc.string() }), {
        maxLength: 5,
      }),
    }),
  },
  {
    path: "test/golden/ok/loops.flow",
    input: fc.record({
      items: fc.array(fc.record({ key: fc.string({ maxLength: 2 }), skip: fc.boolean() }), { maxLength: 4 }),
    }),
  },
  { path: "flows/examples/router.flow", input: fc.record({ request: fc.string() }) },
];

/** A reply as a function of the request and a seed: the same request always gets the same one. */
function replyBy(seed: number): (request: Pending) => Reply {
  return (request) => {
    if (isEffect(request)) throw new Error("none of these flows has effects");
    const { id, user, ask } = request;
    let hash = seed;
    for (const unit of `${id}\n${user}`) hash = (Math.imul(hash, 31) + unit.charCodeAt(0)) | 0;
    const n = Math.abs(hash);
    if (ask.kind === "generate") return { kind: "text", text: ["stop", "yes", "", `t${n % 7}`][n % 4]! };
    if (ask.kind === "choose") return { kind: "label", label: ask.labels[n % ask.labels.length]! };
    return { kind: "score", logOdds: (n % 5) - 2 };
  };
}

/** Every state of an episode, open requests answered in the order that `order` gives. */
function episode(
  module: FlowModule,
  input: Json,
  reply: (request: Pending) => Reply,
  order: (requests: readonly Pending[]) => readonly Pending[] = (all) => all,
): Json[] {
  const states = [module.start(input)];
  for (let step = 0; step < 10_000; step++) {
    const state = states.at(-1)!;
    const open = order(module.pending(state));
    if (open.length === 0) return states;
    let next: Json = state;
    for (const request of open) next = module.advance(next, request.id, reply(request));
    states.push(next);
  }
  throw new Error("the flow does not end");
}

describe.each(flows)("$path", ({ path, input }) => {
  const module = machineOf(readFileSync(path, "utf8"));

  it("gives the same states for the same replies, from any state of the episode, written and read", async () => {
    const machine = await module;
    fc.assert(
      fc.property(input, fc.integer(), fc.nat(), (given, seed, at) => {
        const states = episode(machine, given, replyBy(seed));
        const from = at % states.length;
        let state = JSON.parse(JSON.stringify(states[from])) as Json;
        for (const expected of states.slice(from + 1)) {
          for (const request of machine.pending(state))
            state = machine.advance(state, request.id, replyBy(seed)(request));
          expect(state).toEqual(expected);
          expect(JSON.stringify(state)).toBe(JSON.stringify(expected));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("takes the replies of one state in any order", async () => {
    const machine = await module;
    fc.assert(
      fc.property(input, fc.integer(), (given, seed) => {
        const forwards = episode(machine, given, replyBy(seed));
        const backwards = episode(machine, given, replyBy(seed), (all) => [...all].reverse());
        expect(backwards).toEqual(forwards);
      }),
      { numRuns: 60 },
    );
  });

  it("changes no state by advancing it", async () => {
    const machine = await module;
    fc.assert(
      fc.property(input, fc.integer(), (given, seed) => {
        for (const state of episode(machine, given, replyBy(seed))) {
          const before = JSON.stringify(state);
          for (const request of machine.pending(state))
            machine.advance(state, request.id, replyBy(seed)(request));
          expect(JSON.stringify(state)).toBe(before);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("names every request once and every choice point once in an episode", async () => {
    const machine = await module;
    fc.assert(
      fc.property(input, fc.integer(), (given, seed) => {
        const points: string[] = [];
        for (const state of episode(machine, given, replyBy(seed))) {
          const open = machine.pending(state);
          expect(new Set(open.map((each) => each.id)).size).toBe(open.length);
          points.push(...new Set(open.map((each) => each.point)));
        }
        expect(new Set(points).size).toBe(points.length);
        const sites = new Set(machine.sites.map((each) => each.id));
        expect(points.every((point) => sites.has(point.slice(0, point.indexOf("@"))))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

it("picks the highest score, the lowest index among equals, and the same as a decision would", async () => {
  const machine = await machineOf(readFileSync("flows/examples/retrieve-until-done.flow", "utf8"));
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, 1)), { minLength: 1, maxLength: 6 }),
      (scores) => {
        const documents = scores.map((_, idx) => ({ idx, text: `${idx}` }));
        const start = machine.start({ question: "", documents });
        const open = machine.pending(start);
        const scored = open.reduce(
          (state, request, index) =>
            machine.advance(state, request.id, { kind: "score", logOdds: scores[index]! }),
          start,
        );
        const candidate = scores.indexOf(Math.max(...scores));
        expect(scored).toEqual(machine.advance(start, open[0]!.point, { kind: "pick", candidate }));
      },
    ),
  );
});

it("covers the examples: each compiles and has agents and sites", async () => {
  for (const name of readdirSync("flows/examples").filter((each) => each.endsWith(".flow"))) {
    const machine = await machineOf(readFileSync(`flows/examples/${name}`, "utf8"));
    expect(machine.agents.length).toBeGreaterThan(0);
    expect(machine.sites.length).toBeGreaterThanOrEqual(machine.agents.length);
  }
});

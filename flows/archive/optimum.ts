import {
  type FlowModule,
  isEffect,
  type Json,
  type Reply,
  type Request,
} from "../../runtime/machine/index.js";
import type { Simulator, Task } from "../../runtime/search/index.js";
import type { Question } from "./questions.js";
import { COSTS, costOf, usedOf } from "./simulator.js";
import { TROUBLE } from "./tools.js";

/** Steps that the flow takes at most. */
const STEPS = 8;

/**
 * What the best decisions are worth on average, by construction: the fewest documents that hold what is needed are searched
 * for and noted one after the other, two numbers are calculated with, what fails is tried again as long as there are
 * steps, and as soon as going on is worth less than stopping, the question is answered.
 */
export function optimumOf({ needed, documents }: Question, reliable: boolean): number {
  const trouble = reliable ? 0 : TROUBLE;
  const fetched = Array.from({ length: documents }, () => ["search", "note"] as const).flat();
  const plan = needed.length === 1 ? fetched : [...fetched, "calculation" as const];
  const stopped = (done: number): number => {
    const facts = (plan.slice(0, done).filter((tool) => tool === "note").length * needed.length) / documents;
    return (done === plan.length ? 1 : 0) / 2 + facts / (needed.length + facts);
  };
  const worth = (done: number, left: number): number => {
    const tool = plan[done];
    if (tool === undefined || left === 0) return stopped(done);
    const failing = tool === "note" ? 0 : trouble;
    const later = failing === 0 ? 0 : failing * worth(done, left - 1);
    return Math.max(stopped(done), (1 - failing) * worth(done + 1, left - 1) + later - COSTS[tool]);
  };
  return worth(0, STEPS);
}

/**
 * The same by exhaustive search, which knows the tools' state, both turns that chance may take, and nothing about
 * questions: all that agents can say in every state that there is, but where what the tools have cost already leaves
 * nothing better than what is known to be had (branch and bound).
 *
 * @param floor what is of interest: a value above it is exact, one below it means that there is no better one
 */
export async function exhaustiveOptimum(
  flow: FlowModule,
  simulator: Simulator,
  task: Task,
  queries: readonly string[],
  floor = Number.NEGATIVE_INFINITY,
): Promise<number> {
  const effects = simulator.effects!;
  const known = new Map<string, { readonly value: number; readonly isExact: boolean }>();
  const boundOf = (world: Json) => 1 - costOf(usedOf(world));

  async function worth(state: Json, world: Json, floor: number): Promise<number> {
    const bound = boundOf(world);
    if (bound <= floor) return bound;
    const key = JSON.stringify([state, world]);
    const before = known.get(key);
    if (before !== undefined && (before.isExact || before.value <= floor)) return before.value;
    const value = await explored(state, world, floor);
    known.set(key, { value, isExact: value > floor });
    return value;
  }

  async function explored(state: Json, world: Json, floor: number): Promise<number> {
    const open = flow.pending(state);
    const [first] = open;
    if (first === undefined) return simulator.judge(task, flow.result(state) ?? null, world).reward;
    if (isEffect(first)) {
      const all = await turns(world, first);
      // Nothing is lost by a turn that is not looked at if the whole stays at or below the floor without it.
      let sum = all.reduce((total, { weight, acted }) => total + weight * boundOf(acted.state), 0);
      for (const { weight, acted } of all) {
        const rest = sum - weight * boundOf(acted.state);
        const reply: Reply = { kind: "effect", value: acted.result };
        const next = flow.advance(state, first.id, reply);
        sum = rest + weight * (await worth(next, acted.state, (floor - rest) / weight));
        if (sum <= floor) break;
      }
      return sum;
    }
    let best = Number.NEGATIVE_INFINITY;
    for (const reply of repliesTo(open as readonly Request[], queries)) {
      const next = flow.advance(state, first.point, reply);
      best = Math.max(best, await worth(next, world, Math.max(floor, best)));
    }
    return best;
  }

  /** What an effect may come to: one thing if no random number is drawn, or either of two. */
  async function turns(world: Json, call: Parameters<typeof effects.act>[1]) {
    let drew = false;
    const random = (number: number) => () => {
      drew = true;
      return number;
    };
    const failed = await effects.act(world, call, random(0));
    if (!drew) return [{ weight: 1, acted: failed }];
    const done = await effects.act(world, call, random(TROUBLE));
    return [
      { weight: TROUBLE, acted: failed },
      { weight: 1 - TROUBLE, acted: done },
    ];
  }

  return worth(flow.start(task.input), await effects.start(task), floor);
}

/** All that one choice point can decide. */
function repliesTo(open: readonly Request[], queries: readonly string[]): readonly Reply[] {
  const { ask } = open[0]!;
  switch (ask.kind) {
    case "choose":
      return ask.labels.map((label) => ({ kind: "label" as const, label })).reverse();
    case "generate":
      return queries.map((text) => ({ kind: "text", text }));
    case "score":
      return open.flatMap((each) =>
        each.ask.kind === "score" ? [{ kind: "pick" as const, candidate: each.ask.candidate }] : [],
      );
    case "record":
      throw new Error("no agent of the archive gives a record");
  }
}

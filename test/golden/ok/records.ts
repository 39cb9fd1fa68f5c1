// Written by flowc 0.1.0 from records.flow. Change the flow and compile it again, not this file.
import { lists, loaded, recordReply, texts, unexpectedReply } from "flowc/machine";
import type { Agent, FlowModule, Json, Reply, Request, Site } from "flowc/machine";
/** How hard something is. */
export type Level = "easy" | "hard";

/** One thing to do. */
export interface Step_2 {
  readonly what: string;
  readonly minutes: number;
  readonly level: Level;
}

export interface Plan {
  readonly title: string;
  readonly steps: readonly Step_2[];
  readonly risk: number;
  readonly note: string | null;
}

/** What `planned` is given. */
export interface Input {
  readonly goal: string;
}

/** What `planned` returns. */
export type Output = Plan;

/** Waits for `plan`. */
export interface AtPlan0 {
  readonly at: "plan#0";
  readonly goal: string;
}

/** Waits for `review`. */
export interface AtReview0 {
  readonly at: "review#0";
  readonly goal: string;
  readonly first_plan: Plan;
  readonly collected: readonly ({ readonly fine: boolean; readonly instead: string })[];
  readonly list: readonly Step_2[];
  readonly index1: number;
  readonly step: Step_2;
}

/** Waits for `plan`. */
export interface AtPlan1 {
  readonly at: "plan#1";
  readonly value: string;
}

/** The flow has ended. */
export interface Done {
  readonly at: "done";
  readonly result: Output;
}

/** Where the flow stands: what it waits for and what it still needs. */
export type State = AtPlan0 | AtReview0 | AtPlan1 | Done;

/** Version of the contract with the runtime. */
export const format: 1 = 1;

/** Version of the compiler that wrote this file. */
export const compiler: string = "0.1.0";

/** SHA-256 of the .flow file. */
export const source: string = "768e461e525bc490f884d51ff32965c32b3783b1553347f9ad87cac4cb6a47e5";

/** The flow's name. */
export const flow: string = "planned";

/** JSON Schema of the input. */
export const input: Json = {
  type: "object",
  properties: { goal: { type: "string" } },
  required: ["goal"],
  additionalProperties: false,
};

/** JSON Schema of the output. */
export const output: Json = {
  $ref: "#/$defs/Plan",
  $defs: {
    Plan: {
      type: "object",
      properties: {
        title: { type: "string" },
        steps: { type: "array", items: { $ref: "#/$defs/Step" } },
        risk: { type: "number" },
        note: { anyOf: [{ type: "string" }, { type: "null" }] },
      },
      required: ["title", "steps", "risk", "note"],
      additionalProperties: false,
    },
    Step: {
      type: "object",
      properties: {
        what: { type: "string" },
        minutes: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
        level: { $ref: "#/$defs/Level" },
      },
      required: ["what", "minutes", "level"],
      additionalProperties: false,
    },
    Level: { type: "string", enum: ["easy", "hard"] },
  },
};

const schemaOfPlan: Json = {
  $ref: "#/$defs/Plan",
  $defs: {
    Plan: {
      type: "object",
      properties: {
        title: { type: "string" },
        steps: { type: "array", items: { $ref: "#/$defs/Step" } },
        risk: { type: "number" },
        note: { anyOf: [{ type: "string" }, { type: "null" }] },
      },
      required: ["title", "steps", "risk", "note"],
      additionalProperties: false,
    },
    Step: {
      type: "object",
      properties: {
        what: { type: "string" },
        minutes: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
        level: { $ref: "#/$defs/Level" },
      },
      required: ["what", "minutes", "level"],
      additionalProperties: false,
    },
    Level: { type: "string", enum: ["easy", "hard"] },
  },
};

const schemaOfReview: Json = {
  type: "object",
  properties: { fine: { type: "boolean" }, instead: { type: "string" } },
  required: ["fine", "instead"],
  additionalProperties: false,
};

/** Who is asked. */
export const agents: readonly Agent[] = [
  { name: "plan", output: { kind: "record", schema: schemaOfPlan, maxTokens: 80 } },
  { name: "review", output: { kind: "record", schema: schemaOfReview, maxTokens: 30 } },
];

/** Where in the .flow file agents are asked. */
export const sites: readonly Site[] = [
  { id: "planned/plan#0", agent: "plan", kind: "generate", line: 24, column: 20 },
  { id: "planned/review#0", agent: "review", kind: "generate", line: 25, column: 18 },
  { id: "planned/plan#1", agent: "plan", kind: "generate", line: 28, column: 20 },
];

/** Breaks a goal into steps. */
function askPlan(id: string, point: string, site: string, ask: Request["ask"], goal: string): Request {
  return {
    id,
    point,
    site,
    agent: "plan",
    system: "You plan.",
    user: "Goal: " + goal,
    ask,
  };
}

function askReview(id: string, point: string, site: string, ask: Request["ask"], plan: string, step: Step_2): Request {
  return {
    id,
    point,
    site,
    agent: "review",
    system: "",
    user: plan + ": " + step.what + " (" + String(step.minutes) + ", " + step.level + ")",
    ask,
  };
}

/** The first state. */
export function start(given: Input): State {
  const goal = given.goal;
  return { at: "plan#0", goal };
}

function afterPlan0(goal: string, first_plan: Plan): State {
  return loop1(goal, first_plan, [], first_plan.steps, 0);
}

function loop1(goal: string, first_plan: Plan, collected: readonly ({ readonly fine: boolean; readonly instead: string })[], list: readonly Step_2[], index1: number): State {
  if (index1 < list.length) {
    return { at: "review#0", goal, first_plan, collected, list, index1, step: list[index1]! };
  }
  const reviews: readonly ({ readonly fine: boolean; readonly instead: string })[] = collected;
  const wrong: readonly string[] = reviews.filter((r) => !r.fine).map((r) => r.instead);
  if (lists.length(wrong) > 0) {
    const value: string = texts.sized(goal + ", but " + texts.join(wrong, ", ", "28:43"), "28:25");
    return { at: "plan#1", value };
  }
  return { at: "done", result: first_plan };
}

function afterReview0(goal: string, first_plan: Plan, collected: readonly ({ readonly fine: boolean; readonly instead: string })[], list: readonly Step_2[], index1: number, review: { readonly fine: boolean; readonly instead: string }): State {
  collected = lists.sized([...collected, review], "25:17");
  return loop1(goal, first_plan, collected, list, index1 + 1);
}

function afterPlan1(plan: Plan): State {
  return { at: "done", result: plan };
}

/** The id of the choice point at which a state waits. */
function point(state: Exclude<State, Done>): string {
  switch (state.at) {
    case "plan#0":
      return "planned/plan#0@";
    case "review#0":
      return "planned/review#0@" + state.index1;
    case "plan#1":
      return "planned/plan#1@";
  }
}

/** The open requests; none when the flow has ended. */
export function pending(state: State): readonly Request[] {
  switch (state.at) {
    case "plan#0": {
      const id = point(state);
      return [askPlan(id, id, "planned/plan#0", { kind: "record", schema: schemaOfPlan, maxTokens: 80 }, state.goal)];
    }
    case "review#0": {
      const id = point(state);
      return [askReview(id, id, "planned/review#0", { kind: "record", schema: schemaOfReview, maxTokens: 30 }, state.first_plan.title, state.step)];
    }
    case "plan#1": {
      const id = point(state);
      return [askPlan(id, id, "planned/plan#1", { kind: "record", schema: schemaOfPlan, maxTokens: 80 }, state.value)];
    }
    case "done":
      return [];
  }
}

/** The state after one reply; replies of one state commute. */
export function advance(state: State, id: string, reply: Reply): State {
  switch (state.at) {
    case "plan#0": {
      const answer = recordReply<Plan>(point(state), schemaOfPlan, id, reply);
      return afterPlan0(state.goal, answer);
    }
    case "review#0": {
      const answer = recordReply<{ readonly fine: boolean; readonly instead: string }>(point(state), schemaOfReview, id, reply);
      return afterReview0(state.goal, state.first_plan, state.collected, state.list, state.index1, answer);
    }
    case "plan#1": {
      const answer = recordReply<Plan>(point(state), schemaOfPlan, id, reply);
      return afterPlan1(answer);
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

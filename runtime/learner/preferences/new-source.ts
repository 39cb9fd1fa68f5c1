import { type FlowModule, isTrained } from "../../machine/index.js";
import type { Policy, Simulator } from "../../search/index.js";
import type { Settings } from "../settings.js";
import { Comparator } from "./comparator.js";
import { EPISODE, Feedback, gradesOf } from "./feedback.js";
import { inputsOf, type Reads } from "./reading.js";
import { FlowReferee, problemOfVerdict, SIDES, SimulatorReferee } from "./referee.js";
import { type NewSource, rewards } from "./source.js";

/** Who says which of two episodes is better, where that is a flow. */
export interface EvaluatorFlow {
  readonly flow: FlowModule;
  /** Who answers for its judges; default the policy that is trained, which answers judges with its base model. */
  readonly policy?: Policy;
}

export interface SourceOptions {
  readonly settings: Pick<Settings, "preferences" | "seed" | "live_rollouts">;
  /** The flow that is trained. */
  readonly flow: FlowModule;
  readonly simulator: Simulator;
  readonly policy: Policy;
  readonly evaluator?: EvaluatorFlow | undefined;
}

/** Where preferences come from, as settings say; or what is wrong with it. */
export function sourceOf(options: SourceOptions): NewSource | string {
  const problem = problemOfSource(options);
  if (problem !== undefined) return problem;
  const { settings, simulator, policy, evaluator } = options;
  const { preferences, seed, live_rollouts: live } = settings;
  if (preferences.kind === "reward") return () => rewards;
  if (evaluator === undefined) return (search) => new Comparator(new SimulatorReferee(simulator, search));
  const played = { flow: evaluator.flow, policy: evaluator.policy ?? policy, seed, live };
  if (preferences.kind === "comparator")
    return (search) => new Comparator(new FlowReferee(played, simulator, search));
  const grades = gradesOf(evaluator.flow, preferences.grades);
  if (typeof grades === "string") return grades;
  return (search) => new Feedback(played, grades, simulator, search);
}

/** Why there would be no preferences; known before there is a policy. */
export function problemOfSource({
  settings: {
    preferences: { kind, grades: given },
  },
  flow,
  simulator,
  evaluator,
}: Omit<SourceOptions, "policy">): string | undefined {
  if (kind === "reward") return undefined;
  if (evaluator === undefined) {
    if (kind === "comparator" && simulator.compare !== undefined) return undefined;
    return `preferences.kind is ${kind}, which needs a flow: preferences.flow names its file`;
  }
  const problem =
    problemOfInputs(evaluator.flow, flow, simulator, kind === "comparator" ? SIDES : [EPISODE]) ??
    problemOfAgents(evaluator.flow, flow) ??
    (kind === "comparator" ? problemOfVerdict(evaluator.flow) : problemOfGrades(evaluator.flow, given));
  return problem && `the evaluator ${evaluator.flow.flow} ${problem}`;
}

function problemOfGrades(flow: FlowModule, given: Settings["preferences"]["grades"]): string | undefined {
  const grades = gradesOf(flow, given);
  return typeof grades === "string" ? grades : undefined;
}

function problemOfInputs(
  evaluator: FlowModule,
  trained: FlowModule,
  simulator: Simulator,
  ways: readonly Reads[],
): string | undefined {
  const taken = inputsOf(evaluator);
  const own = ways.flatMap(({ result, steps }) => [result, steps]);
  const truth = simulator.truth === undefined ? [] : ["truth"];
  const known = [...new Set([...own, ...truth, ...inputsOf(trained)])];
  const unknown = taken.find((name) => !known.includes(name));
  if (unknown !== undefined) return `takes ${unknown}; what it may take is ${known.join(", ")}`;
  const unread = ways.find(({ result, steps }) => !taken.includes(result) && !taken.includes(steps));
  return unread && `reads no episode: it must take ${unread.result} or ${unread.steps}`;
}

/** An adapter is named after its agent, so an evaluator of agents would be trained, or answer as one that is. */
function problemOfAgents(evaluator: FlowModule, trained: FlowModule): string | undefined {
  const agent = evaluator.agents.find(isTrained);
  if (agent !== undefined)
    return `has the agent ${agent.name}, where only judges may stand: declare it with judge`;
  const learning = new Set(trained.agents.filter(isTrained).map(({ name }) => name));
  const both = evaluator.agents.find(({ name }) => learning.has(name));
  if (both !== undefined) return `has a judge with the name of an agent that is trained, ${both.name}`;
  if ((evaluator.effects ?? []).length > 0) return "has effects, which nobody does for it";
  return undefined;
}

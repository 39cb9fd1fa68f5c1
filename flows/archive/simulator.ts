import type { FlowModule, Json } from "../../runtime/machine/index.js";
import type { Simulator } from "../../runtime/search/index.js";
import { effectsOf, withEffects } from "../../runtime/simulator/index.js";
import { archiveOf, type Fact } from "./documents.js";
import { type Question, questionsOf } from "./questions.js";
import * as tools from "./tools.js";

/** What each use of a tool takes off the reward; powers of two, so that sums of them are exact. */
export const COSTS = { search: 1 / 32, calculation: 1 / 32, note: 1 / 64 };

/**
 * The questions of some archives as tasks. The same question has the same id whether or not the tools are reliable.
 *
 * @param flow `archive.flow`, compiled
 */
export function simulatorOf(flow: FlowModule, questions: readonly Question[], reliable: boolean): Simulator {
  const byId = new Map(questions.map((question) => [question.id, question]));
  const judging: Simulator = {
    tasks: questions.map(({ id, archive, text }) => ({ id, input: { archive, reliable, question: text } })),
    judge: ({ id }, result, state) => {
      const { right, evidence, cost } = figuresOf(byId.get(id)!, result, usedOf(state!));
      return { reward: right / 2 + evidence / 2 - cost, metrics: { right, evidence, cost } };
    },
  };
  return withEffects(judging, effectsOf(flow, new Map([["./tools.ts", tools]])));
}

/** The questions of archives 0 to `archives`, exclusive. */
export function questionsOfFirst(archives: number): readonly Question[] {
  return Array.from({ length: archives }, (_, number) => questionsOf(number)).flat();
}

/** What the tools were used for, of the state of the effects. */
export function usedOf(state: Json): tools.Used {
  return (state as unknown as { readonly "./tools.ts": tools.Used })["./tools.ts"];
}

/** Whether the answer is right, how well the notebook supports it (F1 over facts), and what the tools have cost. */
function figuresOf({ answer, needed }: Question, result: Json, used: tools.Used) {
  return {
    right: result === answer ? 1 : 0,
    evidence: evidenceOf(needed, notedBy(used)),
    cost: costOf(used),
  };
}

export function costOf({ searches, calculations, noted }: tools.Used): number {
  return searches * COSTS.search + calculations * COSTS.calculation + noted.length * COSTS.note;
}

function notedBy({ archive, noted }: tools.Used): ReadonlySet<string> {
  const { documents } = archiveOf(archive);
  return new Set(documents.flatMap(({ title, facts }) => (noted.includes(title) ? facts.map(nameOf) : [])));
}

function evidenceOf(needed: readonly Fact[], noted: ReadonlySet<string>): number {
  const right = needed.filter((fact) => noted.has(nameOf(fact))).length;
  return (2 * right) / (needed.length + noted.size);
}

function nameOf({ of, what }: Fact): string {
  return `${what} of ${of}`;
}

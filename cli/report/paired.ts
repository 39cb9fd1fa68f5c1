import { fieldsOf, textOf } from "./fields.js";
import type { AgentRound, RunSummary } from "./run-summary.js";

/** Whether outputs are compared two by two, as far as an agent's rounds show. */
export function isPaired(rounds: readonly AgentRound[]): boolean {
  return rounds.some(({ greedyWon }) => greedyWon !== undefined);
}

/** Whether a run weighs outputs by themselves, as all algorithms but deviations do. */
export function weighsOutputs({ agents, settings }: RunSummary): boolean {
  const kind = textOf(fieldsOf(settings, "algorithm"), "kind");
  const isOther = kind !== undefined && kind !== "deviations";
  return isOther || [...agents.values()].some((rounds) => rounds.length > 0 && !isPaired(rounds));
}

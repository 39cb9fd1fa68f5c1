import type { AgentFigures, TrainEvent } from "./events.js";
import type { UpdateReport } from "./update.js";

/**
 * Sums a round's events up by agent, for its line in the metrics: of agents without pairs nothing is said. Loss,
 * accuracy, advantage and gradient are those of the round's last step, which has seen what the steps before it did.
 */
export class RoundFigures {
  readonly #agents = new Map<
    string,
    { wins: number | undefined; gaps: number; alarms: number; updates: UpdateReport[] }
  >();

  add(event: TrainEvent): void {
    if (event.type === "pair") {
      const agent = this.#agent(event.agent);
      agent.gaps += event.gap;
      agent.wins = (agent.wins ?? 0) + (event.greedyWon ? 1 : 0);
    } else if (event.type === "credit") {
      this.#agent(event.agent).gaps += Math.abs(event.advantage);
    } else if (event.type === "update") {
      const { type: _, round: __, step: ___, agent, ...report } = event;
      this.#agent(agent).updates.push(report);
    } else if (event.type === "alarm") {
      this.#agent(event.agent).alarms += 1;
    }
  }

  /** By agent, in the order in which they came. The next round begins with nothing. */
  take(): Readonly<Record<string, AgentFigures>> {
    const figures = [...this.#agents].flatMap(([name, { wins, gaps, alarms, updates }]) => {
      const last = updates.at(-1);
      if (last === undefined) return [];
      const of: AgentFigures = {
        ...last,
        steps: updates.length,
        ...(wins === undefined ? {} : { greedyWon: wins }),
        gap: gaps / last.pairs,
        largestMove: Math.max(...updates.map(({ largestMove }) => largestMove)),
        ...(alarms === 0 ? {} : { alarms }),
      };
      return [[name, of] as const];
    });
    this.#agents.clear();
    return Object.fromEntries(figures);
  }

  #agent(name: string) {
    const known = this.#agents.get(name) ?? { wins: undefined, gaps: 0, alarms: 0, updates: [] };
    this.#agents.set(name, known);
    return known;
  }
}

import { readFileSync } from "node:fs";
import { loadFlow } from "../../cli/load-flow.js";
import { parseSettings, type Settings } from "../../runtime/learner/index.js";
import { agentRequests, type FlowModule, type Reply, type Request } from "../../runtime/machine/index.js";
import type { Budget } from "../../runtime/search/index.js";
import { goldSupport, inputOf, type MusiqueRow } from "../../runtime/simulator/index.js";
import { settingsFile } from "./places.js";

/** Compiles a flow in memory, as `flowc train` does. */
export async function openFlow(path: string): Promise<FlowModule> {
  const { module, diagnostics } = await loadFlow(path);
  if (module === undefined) throw new Error(diagnostics.map(({ message }) => message).join("; "));
  return module;
}

/** What the quickstart trains with. */
export function quickstartSettings(): Settings {
  const parsed = parseSettings(readFileSync(settingsFile, "utf8"));
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join("; "));
  return parsed.settings;
}

/** All deviations: every label, every candidate, two other texts. */
export const everything: Budget = {
  generate: 2,
  draws: 4,
  choose: Number.POSITIVE_INFINITY,
  pick: Number.POSITIVE_INFINITY,
  temperature: 1,
  topP: 1,
  share: 1,
};

/** Part `index` of a list that is cut into parts of `size`: repetitions take one each, so that none meets another's. */
export function part<T>(items: readonly T[], size: number, index: number): readonly T[] {
  const found = items.slice(index * size, (index + 1) * size);
  if (found.length < size) throw new Error(`there are no ${(index + 1) * size} items, only ${items.length}`);
  return found;
}

/** What the flow asks on the way of a question's gold paragraphs, in order. */
export function requestsOf(flow: FlowModule, row: MusiqueRow): readonly Request[] {
  const gold = [...goldSupport(row)];
  const asked: Request[] = [];
  let found = 0;
  let state = flow.start(inputOf(row));
  for (;;) {
    const open = agentRequests(flow.pending(state));
    const [first] = open;
    if (first === undefined) return asked;
    asked.push(...open);
    let reply: Reply = { kind: "text", text: row.decomposition[found]?.question ?? row.question };
    if (first.ask.kind === "choose") reply = { kind: "label", label: found < gold.length ? "no" : "yes" };
    if (first.ask.kind === "score") {
      reply = { kind: "pick", candidate: row.paragraphs.findIndex(({ idx }) => idx === gold[found]) };
      found += 1;
    }
    state = flow.advance(state, first.point, reply);
  }
}

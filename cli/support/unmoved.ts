import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Settings, TrainSummary } from "../../runtime/learner/index.js";

/** Which agents a complete run has left as they were, and why that may be; nothing if there are none. */
export function unmovedTexts(
  { unmoved }: Pick<TrainSummary, "unmoved">,
  { algorithm }: Pick<Settings, "algorithm">,
  { out, logged }: { readonly out: string; readonly logged?: string },
): readonly string[] {
  const folder = join(out, "inspect");
  // Of the whole run, whatever of it was before a resumption.
  const batches = existsSync(folder) ? readdirSync(folder) : [];
  const hasFailed = (agent: string) => batches.some((file) => file.endsWith(`-${agent}.jsonl`));
  const text = (agents: readonly string[], why: string) =>
    agents.length === 0 ? [] : [`nothing was learned by ${agents.join(", ")}: ${why}`];
  return [
    ...text(
      unmoved.filter(hasFailed),
      `all steps were skipped, since their loss was not finite; ${folder} has the batches`,
    ),
    ...text(
      unmoved.filter((agent) => !hasFailed(agent)),
      whyUnmoved(algorithm, logged !== undefined),
    ),
  ];
}

function whyUnmoved(algorithm: Settings["algorithm"], isLogged: boolean): string {
  if (isLogged) return "no episode with a call of theirs was worth more or less than the others";
  switch (algorithm?.kind) {
    case undefined:
    case "deviations":
      return "no other output of theirs made a difference; more alternatives or episodes may find one, and flowc credit tells what there is";
    case "supervised":
      return "the data does not say what they should say";
    default:
      return "no output of theirs was worth more or less than what it was compared with; more episodes may find one, and flowc credit tells what there is";
  }
}

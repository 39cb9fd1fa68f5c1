import { createHash } from "node:crypto";
import type { Kind } from "./episodes.js";
import type { Summary } from "./summary.js";

/** Arms whose episodes are told beside one another: what a flow did before and after it was trained. */
export const told: readonly { readonly before: string; readonly after: string }[] = [
  { before: "untrained", after: "deviations" },
  { before: "full-untrained", after: "full-deviations" },
];

/**
 * The questions that are told, by a rule that was written down before there were any: the one whose answer gained most, the
 * one whose answer lost most, and of those whose answer is worth the same the one whose support changed most. Of equal ones
 * that whose id has the smallest SHA-256, so that nobody chooses.
 */
export function questionsToTell(
  before: Summary,
  after: Summary,
): readonly { readonly id: string; readonly kind: Kind }[] {
  const { ids } = after.evaluation;
  if (before.evaluation.ids.join() !== ids.join()) throw new RangeError("runs of different questions");
  const answer = after.arm.part === "full" ? "group_answer_sufficiency_f1" : "answer_f1";
  const gainsOf = (metric: string) => {
    const [old, now] = [before, after].map(({ evaluation }) => evaluation.columns[metric]!);
    return now!.map((figure, i) => figure - old![i]!);
  };
  const [answers, supports] = [gainsOf(answer), gainsOf("support_f1")];
  const worth: Readonly<Record<Kind, (i: number) => number>> = {
    better: (i) => answers[i]!,
    worse: (i) => -answers[i]!,
    otherwise: (i) => (answers[i] === 0 ? Math.abs(supports[i]!) : 0),
  };
  return (["better", "worse", "otherwise"] as const).flatMap((kind) => {
    const found = ids
      .map((id, i) => ({ id, kind, value: worth[kind](i), order: hash(id) }))
      .filter(({ value }) => value > 0)
      .sort((a, b) => b.value - a.value || (a.order < b.order ? -1 : 1));
    return found.slice(0, 1).map(({ id }) => ({ id, kind }));
  });
}

function hash(id: string): string {
  return createHash("sha256").update(id).digest("hex");
}

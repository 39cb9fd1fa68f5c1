/** A statement about arms: that a sum of their figures lies above a bound. */
export interface Comparison {
  readonly name: string;
  /** What it says, in words. */
  readonly claim: string;
  /** The column of figures that it is about. */
  readonly metric: string;
  /** What each arm counts in the difference. */
  readonly terms: Readonly<Record<string, number>>;
  /** The bound; what the claim says is that the difference is above it. */
  readonly above: number;
  readonly family: Family;
}

/**
 * When a claim was made as it stands, of which each has its own correction: before any arm was run; `later`, once figures had been
 * seen, which is no evidence before it is repeated; `again`, of those the ones that were written down before runs with other seeds.
 */
export type Family = "beforehand" | "later" | "again";
type Claim = Omit<Comparison, "family">;

/** That one arm is better than another. */
function better(arm: string, than: string, claim: string, metric = "answer_f1"): Claim {
  return { name: `${arm} - ${than}`, claim, metric, terms: { [arm]: 1, [than]: -1 }, above: 0 };
}

/** That an arm keeps 80 % of what another gains. */
function keeps(arm: string, of: string, untrained: string): Claim {
  return {
    name: `${arm} - 80 % of ${of}`,
    claim: `${arm} keeps at least 80 % of the gain of ${of}`,
    metric: "answer_f1",
    // (arm - untrained) - 0.8 (of - untrained)
    terms: { [arm]: 1, [of]: -0.8, [untrained]: -0.2 },
    above: 0,
  };
}

const GROUPED = "group_answer_sufficiency_f1";

/**
 * What was claimed or asked before any arm was run. Policy gradients took three steps a round then, as the others did; their
 * arms of one step came later.
 */
const beforehand: readonly Claim[] = [
  better("deviations", "untrained", "deviations make the saturated base better"),
  better("deviations", "episode-credit-3", "deviations beat whole-episode credit"),
  better("deviations", "leave-one-out-3", "deviations beat leave-one-out"),
  {
    name: "deviations - deviations-adamw",
    claim: "COCOB untuned comes within 0.02 of tuned AdamW",
    metric: "answer_f1",
    terms: { deviations: 1, "deviations-adamw": -1 },
    above: -0.02,
  },
  better("half-budget", "fixed-reference", "the soft reference helps"),
  better("half-budget", "no-gate", "its gate helps"),
  keeps("comparator", "fixed-reference", "untrained"),
  keeps("feedback", "fixed-reference", "untrained"),
  better("half-budget", "single-sample-3", "deviations beat single samples"),
  better("half-budget", "one-at-a-time", "joint training beats one agent at a time"),
  better("weak-deviations", "weak-untrained", "deviations make the weak base better"),
  better("half-deviations", "half-untrained", "deviations make the base taught half as long better"),
];

/**
 * What was asked once figures had been seen, and what had been claimed of arms that were changed then: the rivals, and the flow
 * of the Full part.
 */
const later: readonly Claim[] = [
  better("deviations", "episode-credit", "deviations beat whole-episode credit with one step a round"),
  better("deviations", "leave-one-out", "deviations beat leave-one-out with one step a round"),
  better("full-deviations", "full-untrained", "grouped answer F1 of Full rises", GROUPED),
  better(
    "full-deviations",
    "full-episode-credit",
    "on Full, deviations beat whole-episode credit with one step a round",
    GROUPED,
  ),
  better(
    "full-deviations",
    "full-episode-credit-3",
    "on Full, deviations beat whole-episode credit with three steps",
    GROUPED,
  ),
  better(
    "full-deviations-no-gate",
    "full-deviations",
    "on Full too, the soft reference helps without its gate",
    GROUPED,
  ),
  better("half-budget", "single-sample", "deviations beat single samples with one step a round"),
  better("self-feedback", "untrained", "feedback by the base itself, which knows no answer, makes it better"),
  better("record-gate", "half-budget", "a bare record is a better gate"),
  better("deviations-no-gate", "deviations", "without its gate the soft reference helps"),
  better(
    "deviations-no-gate",
    "episode-credit-3",
    "without it deviations beat whole-episode credit with three steps",
  ),
  better(
    "deviations-no-gate",
    "leave-one-out-3",
    "without it deviations beat leave-one-out with three steps",
  ),
  better("deviations-again", "episode-credit-3-again", "with it they beat whole-episode credit, other seeds"),
  better("deviations-again", "leave-one-out-3-again", "with it they beat leave-one-out, other seeds"),
];

/** Of those the ones that runs with seeds 3 to 6 were to answer, written down before them. */
const again: readonly Claim[] = [
  better("deviations-no-gate-again", "deviations-again", "without its gate the soft reference helps"),
  better(
    "deviations-no-gate-again",
    "episode-credit-3-again",
    "without it deviations beat whole-episode credit with three steps",
  ),
  better(
    "deviations-no-gate-again",
    "leave-one-out-3-again",
    "without it deviations beat leave-one-out with three steps",
  ),
];

/** All of them, family by family. */
export const comparisons: readonly Comparison[] = Object.entries({ beforehand, later, again }).flatMap(
  ([family, claims]) => claims.map((claim) => ({ ...claim, family: family as Family })),
);

import type { Arm } from "../../flows/experiments/arms.js";
import type { ToldQuestion } from "../../flows/experiments/episodes.js";
import { identityOf } from "../../flows/experiments/jobs.js";
import type { Columns, CurvePoint, Summary } from "../../flows/experiments/summary.js";

/** A finished run with these figures. */
export function summaryOf(
  arm: Arm,
  seed: number,
  columns: Columns,
  more: {
    readonly curve?: readonly CurvePoint[];
    readonly alone?: Readonly<Record<string, Columns>>;
    readonly told?: readonly ToldQuestion[];
  } = {},
): Summary {
  const ids = Object.values(columns)[0]!.map((_, i) => `2hop__${i}`);
  return {
    arm,
    seed,
    identity: identityOf({ arm, seed }),
    commands: [],
    commit: null,
    machine: { cpu: "none", cores: 2, node: "v20" },
    tokens: { rollouts: arm.tokens * 0.75, learning: arm.tokens * 0.25 },
    episodes: 80,
    judged: 400,
    seconds: 60,
    curve: [],
    evaluation: { data: "flows/data/report-apart.jsonl.gz", ids, columns },
    ...more,
  };
}

import { tuning } from "./arms.js";
import type { Tuned } from "./report.js";
import { finished } from "./summary.js";

/** The rates that AdamW's was chosen among, as far as their runs stand in a folder of summaries. */
export function tunedRates(results: string): Tuned {
  const summaries = tuning.flatMap((arm) => finished({ arm, seed: 0 }, results) ?? []);
  return { title: "AdamW's rate", arms: tuning, summaries };
}

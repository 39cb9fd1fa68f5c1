import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../support/temporary-folder.js";
import { musique, rowsOf, train, weak } from "./support.js";

/** Milliseconds that several processes may take on a machine with other work. */
export const PATIENCE = 120_000;

export const folder = temporaryFolder();
export const data = join(folder, "train.jsonl");
export const settings = join(folder, "settings.yaml");

writeFileSync(data, rowsOf(train, 6).join("\n"));
writeFileSync(
  settings,
  `episodes: 6
episodes_per_round: 2
steps_per_round: 1
checkpoint_every: 1
alternatives: { generate: 1, draws: 1, choose: 1, pick: 1 }
adapter: { rank: 2 }
`,
);

/** The arguments of the one training that tests of `flowc train` do, whole or in parts. */
export function training(out: string, ...more: readonly string[]): readonly string[] {
  const asked = ["--data", data, "--model", weak, "--config", settings, "--seed", "1"];
  return ["train", musique, ...asked, "--out", out, ...more];
}

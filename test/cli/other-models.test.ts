import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { EpisodeLog } from "../../runtime/search/index.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { jsonLines, root, run, succeeded } from "./support.js";

/*
 * The flows over MuSiQue questions with checkpoints of every family, as their makers lay them out: random weights, but the real
 * thing's configuration, tokenizer and chat template. What they answer is noise; that they are asked and answer is not.
 */

const PATIENCE = 120_000;
const folder = temporaryFolder();

it.each([
  ["musique-answerable", "monitor", "llama"],
  ["musique-full", "full-monitor", "llama-llama3"],
  ["musique-answerable", "monitor", "qwen2"],
  ["musique-full", "full-monitor", "qwen3"],
  ["musique-answerable", "monitor", "phi3-longrope"],
  ["musique-full", "full-monitor", "phi3"],
])(
  "flows/%s.flow is played on %s with a checkpoint like %s, unchanged",
  async (flow, data, model) => {
    const [out, record] = [join(folder, model), join(folder, `${model}.jsonl`)];
    const args = [
      ...["eval", join(root, `flows/${flow}.flow`), "--data", join(root, `flows/data/${data}.jsonl.gz`)],
      ...["--model", join(root, "test/fixtures/reference", model), "--workers", "0", "--limit", "2"],
      ...["--out", out, "--record", record, "--json"],
    ];
    const evaluation = JSON.parse(succeeded(await run(args)).stdout) as Record<string, unknown>;
    expect(evaluation).toMatchObject({ questions: 2, lost: [], adapters: [] });
    const logs = jsonLines<EpisodeLog>(readFileSync(record, "utf8"));
    const predictions = jsonLines<Record<string, unknown>>(
      readFileSync(join(out, "predictions.jsonl"), "utf8"),
    );
    expect(predictions.map(({ id }) => id)).toEqual(
      logs.map(({ task }) => task.id.replace("/unanswerable", "")),
    );
    for (const { steps } of logs) {
      const choices = steps.flatMap((step) => (step.kind === "choice" ? [step] : []));
      expect(choices[0]!.requests[0]!.agent).toBe("query");
      // Of a label all of its tokens count, whatever a tokenizer makes of it.
      for (const { outputs, requests } of choices)
        if (requests[0]!.ask.kind === "choose")
          for (const logProb of outputs[0]!.labelLogProbs!) expect(logProb).toBeLessThan(0);
    }
  },
  PATIENCE,
);

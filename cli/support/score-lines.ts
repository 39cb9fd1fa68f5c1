import { readAdapter } from "../../runtime/policy/adapter/peft.js";
import type { LanguageModel } from "../../runtime/policy/language-model.js";
import { readBatches, writeLine } from "./jsonl.js";
import { type ModelOptions, openModel } from "./model.js";
import { idOf, scoreRequest } from "./prompts.js";

/** Lines that are worked on at once. */
const BATCH = 128;

/** The name under which the one adapter of `score` and `generate` is held. */
export const ADAPTER = "adapter";

/** Scores what comes on standard input. */
export async function scoreLines(options: ModelOptions & { adapter?: string }): Promise<void> {
  const model = await openModel(options);
  try {
    await useAdapter(model, options.adapter);
    for await (const lines of readBatches(process.stdin, BATCH)) {
      const completions = lines.map((line) => scoreRequest(line, model));
      const ids = lines.map(idOf);
      const scored = await model.score(completions, ADAPTER);
      for (const [i, tokens] of scored.entries()) {
        const logprob = tokens.reduce((sum, value) => sum + value, 0);
        await writeLine({ id: ids[i], logprob, token_logprobs: tokens });
      }
    }
  } finally {
    await model.close();
  }
}

/** Gives the model the adapter of a folder in PEFT layout, if one is named. */
export async function useAdapter(model: LanguageModel, folder: string | undefined): Promise<void> {
  if (folder === undefined) return;
  await model.setAdapter(
    ADAPTER,
    readAdapter(folder, model.config, () => model.weightsDigest),
  );
}

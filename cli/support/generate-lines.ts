import { readBatches, writeLine } from "./jsonl.js";
import { type ModelOptions, openModel } from "./model.js";
import { generateRequest, idOf } from "./prompts.js";
import { ADAPTER, useAdapter } from "./score-lines.js";

/** Lines that are worked on at once: decoding gains most from company. */
const BATCH = 64;

/** Continues what comes on standard input. */
export async function generateLines(options: ModelOptions & { adapter?: string }): Promise<void> {
  const model = await openModel(options);
  const { tokenizer } = model;
  try {
    await useAdapter(model, options.adapter);
    for await (const lines of readBatches(process.stdin, BATCH)) {
      const ids = lines.map(idOf);
      const prompts = lines.map((line) => generateRequest(line, model));
      const outputs = await model.continue(prompts, ADAPTER);
      for (const [i, { ids: output, logProbs, finish }] of outputs.entries()) {
        const text = tokenizer.decode(output);
        await writeLine({ id: ids[i], ids: output, text, token_logprobs: logProbs, finish });
      }
    }
  } finally {
    await model.close();
  }
}

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
      const outputs = await model.generate(prompts, ADAPTER);
      for (const [i, output] of outputs.entries()) {
        await writeLine({ id: ids[i], ids: output, text: tokenizer.decode(output) });
      }
    }
  } finally {
    await model.close();
  }
}

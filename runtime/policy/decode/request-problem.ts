import type { ModelConfig } from "../model/config.js";

/**
 * What keeps a model from answering a prompt, or from scoring a completion after it: no token to begin with, more
 * tokens than its context, ids outside its vocabulary.
 *
 * @param completion undefined where one is to be generated; there must be room for one token of it
 * @returns undefined if nothing does
 */
export function requestProblem(
  { contextLength, vocabSize }: Pick<ModelConfig, "contextLength" | "vocabSize">,
  prompt: readonly number[],
  completion?: readonly number[],
): string | undefined {
  if (prompt.length === 0) return "a prompt must have at least one token";
  const output = completion?.length ?? 1;
  if (prompt.length + output > contextLength) {
    return `a prompt of ${prompt.length} tokens and an output of ${output} exceed the model's context of ${contextLength} tokens`;
  }
  for (const ids of [prompt, completion ?? []]) {
    const bad = ids.find((id) => !(Number.isInteger(id) && id >= 0 && id < vocabSize));
    if (bad !== undefined) return `token id ${bad} is outside the model's vocabulary of ${vocabSize}`;
  }
  return undefined;
}

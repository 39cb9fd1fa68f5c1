import type { TruncationCount } from "../../runtime/policy/prompts.js";

/** What was left out of prompts that did not fit into the model's context, for people. */
export function truncationNotice({ prompts, tokens }: TruncationCount): string {
  const [were, these] = prompts === 1 ? ["1 prompt was", "it"] : [`${prompts} prompts were`, "they"];
  return `${were} too long for the model: ${these} lost ${tokens} tokens at the beginning of the user's message`;
}

import type { TruncationCount } from "../../runtime/policy/prompts.js";
import { type LongPrompts, TRUNCATIONS, type Truncation } from "../../runtime/policy/truncation.js";
import { CommandFailure, ExitCode } from "./exit.js";

/** What did not fit into the model's context, for people; undefined if everything did. */
export function truncationNotice({ prompts, tokens, outputs }: TruncationCount): string | undefined {
  const notices: string[] = [];
  if (prompts > 0) {
    const [were, these] = prompts === 1 ? ["1 prompt was", "it"] : [`${prompts} prompts were`, "they"];
    notices.push(
      `${were} too long for the model: ${these} lost ${tokens} tokens at the beginning of the user's message`,
    );
  }
  if (outputs > 0) {
    notices.push(`${outputs === 1 ? "1 text" : `${outputs} texts`} ended where the model's context did`);
  }
  return notices.length === 0 ? undefined : notices.join("; ");
}

/**
 * Reads `--long-prompts`: what is done with prompts that are too long, for all agents or after an agent's name.
 * @throws CommandFailure for something else
 */
export function parseLongPrompts(text: string): LongPrompts {
  let others: Truncation | undefined;
  const agents: [string, Truncation][] = [];
  for (const part of text.split(",")) {
    const [, agent, policy] = /^(?:(\w+)=)?([\w-]+)$/.exec(part.trim()) ?? [];
    const known = TRUNCATIONS.find((each) => each === policy);
    if (known === undefined) {
      throw new CommandFailure(
        `--long-prompts ${JSON.stringify(part)}: expected ${TRUNCATIONS.join(" or ")}, alone or after AGENT=`,
      );
    }
    if (agent === undefined) others = known;
    else agents.push([agent, known]);
  }
  return { ...(others === undefined ? {} : { default: others }), agents: Object.fromEntries(agents) };
}

/** @throws CommandFailure for an agent that the flow does not have */
export function checkLongPrompts(
  longPrompts: LongPrompts,
  agents: readonly { readonly name: string }[],
): void {
  if (typeof longPrompts === "string") return;
  const names = agents.map(({ name }) => name);
  const unknown = Object.keys(longPrompts.agents ?? {}).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new CommandFailure(
    `the policy for long prompts names ${unknown}, which is no agent of the flow; it has ${names.join(", ")}`,
    ExitCode.diagnostics,
  );
}

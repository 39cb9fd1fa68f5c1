import { type Agent, isTrained } from "../../runtime/machine/index.js";
import { CommandFailure, ExitCode } from "./exit.js";

/**
 * Names of the agents that `--agents` asks for, in the flow's order; without it all but judges.
 * @throws CommandFailure for a judge, or an agent that the flow does not have
 */
export function chosenAgents(
  agents: readonly Agent[],
  only: readonly string[] | undefined,
): readonly string[] {
  const names = agents.filter(isTrained).map((agent) => agent.name);
  for (const name of only ?? []) {
    if (!names.includes(name) && agents.some((agent) => agent.name === name)) {
      throw new CommandFailure(`${name} is a judge, which is not trained`, ExitCode.diagnostics);
    }
    if (!names.includes(name)) {
      throw new CommandFailure(
        `the flow has no agent ${name}; it has ${names.join(", ")}`,
        ExitCode.diagnostics,
      );
    }
  }
  return names.filter((name) => only === undefined || only.includes(name));
}

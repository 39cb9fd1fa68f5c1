import type { Settings } from "../settings.js";

/** Why nothing can be learned from logged episodes with these settings; known before there is a policy. */
export function problemOfLogged({ algorithm, preferences, reference }: Settings): string | undefined {
  if (algorithm?.kind !== "single-sample") {
    const kind = algorithm?.kind ?? "deviations";
    return `algorithm.kind is ${kind}, which plays episodes; what was logged is learned from by single-sample alone`;
  }
  if (preferences.kind !== "reward")
    return `preferences.kind is ${preferences.kind}, which compares episodes that are played; logged ones have a reward`;
  if (reference.kind === "soft" && reference.gate === true)
    return "reference.gate asks whether rewards have got better, and those of logged episodes are of whoever played them; leave it out";
  return undefined;
}

import type { Span } from "../../grammar/index.js";
import type { AgentSymbol, EffectSymbol, Program } from "../check/symbols.js";
import { type Graph, isWait, type Parallel, type Wait } from "../lower/ir.js";

/** The exits at which a graph itself waits, in its order. */
export function waitsOf({ blocks }: Graph): readonly (Wait & { readonly span: Span })[] {
  return blocks.flatMap(({ exit }) => (isWait(exit) ? [exit] : []));
}

/** The `parallel`s of a graph and those inside of their passes, each after the one around it. */
export function lanesWithin(graph: Graph): readonly Parallel[] {
  return waitsOf(graph).flatMap((wait) =>
    wait.kind === "parallel" ? [wait, ...lanesWithin(wait.lane)] : [],
  );
}

/** Agents that graphs ask, in the order of their declaration. */
export function reachedAgents(program: Program, graphs: readonly Graph[]): AgentSymbol[] {
  const waits = graphs.flatMap(waitsOf);
  const reached = new Set(
    waits.flatMap((wait) => (wait.kind === "ask" || wait.kind === "pick" ? [wait.agent] : [])),
  );
  return [...program.agents.values()].filter((agent) => reached.has(agent));
}

export function reachedEffects(program: Program, graphs: readonly Graph[]): EffectSymbol[] {
  const waits = graphs.flatMap(waitsOf);
  const reached = new Set(waits.flatMap((wait) => (wait.kind === "effect" ? [wait.effect] : [])));
  return [...program.effects.values()].filter((effect) => reached.has(effect));
}

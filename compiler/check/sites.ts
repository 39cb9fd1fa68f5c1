import type { Call } from "../../grammar/index.js";
import { callsAmong, expressionsIn } from "./parts.js";
import type { AgentSymbol, EffectSymbol, Facts, FlowSymbol } from "./symbols.js";

/** A call of an agent or an effect in the text of a flow: the static half of the ids there. */
export interface CallSite {
  /** `flow/agent#ordinal` */
  readonly id: string;
  readonly callee: AgentSymbol | EffectSymbol;
  /** In whose text the call stands. */
  readonly flow: FlowSymbol;
  /** Whether it scores the candidates of a pick. */
  readonly picks: boolean;
}

/** The calls of agents and effects that a flow can come to: its own, and those of the flows that it calls. */
export function callSites(facts: Facts, flow: FlowSymbol): readonly CallSite[] {
  const found: CallSite[] = [];
  const seen = new Set<FlowSymbol>();
  const visit = (at: FlowSymbol): void => {
    if (seen.has(at)) return;
    seen.add(at);
    const expressions = [...expressionsIn(at.declaration.body)];
    const scorers = new Set(expressions.flatMap((each) => (each.kind === "pick" ? [each.scorer] : [])));
    const counts = new Map<string, number>();
    const calls = [...callsAmong(expressions)].sort((a: Call, b: Call) => a.span.start - b.span.start);
    for (const call of calls) {
      const callee = facts.calls.get(call);
      if (callee === undefined) continue;
      const ordinal = counts.get(callee.name) ?? 0;
      counts.set(callee.name, ordinal + 1);
      if (callee.kind === "flow") visit(callee);
      else {
        const id = `${at.name}/${callee.name}#${ordinal}`;
        found.push({ id, callee, flow: at, picks: scorers.has(call) });
      }
    }
  };
  visit(flow);
  return found;
}

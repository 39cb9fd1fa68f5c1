import type { EffectSymbol, Program } from "../check/symbols.js";
import { ordinals } from "../lower/lower.js";
import type { Part, Plan, PlannedEffect, PlannedSite } from "./plan.js";

/** One per static call, in the order of the text; several states may share one where a sub-flow is called twice. */
export function plannedSites(
  program: Program,
  parts: readonly Part[],
  reached: readonly EffectSymbol[],
): Pick<Plan, "sites" | "effects"> {
  const states = parts.flatMap((part) => part.states);
  const asks = new Map(
    states.flatMap((state) => (state.kind === "asking" ? [[state.ask.site, state.ask]] : [])),
  );
  const performed = new Set(
    states.flatMap((state) => (state.kind === "performing" ? [state.perform.site] : [])),
  );
  const sites: PlannedSite[] = [];
  const effects = reached.map((effect) => ({ effect, sites: [] as PlannedEffect["sites"][number][] }));
  for (const [call, ordinal] of ordinals(program)) {
    const callee = program.facts.calls.get(call)!;
    const flow = [...program.flows.values()].find(
      ({ declaration: { span } }) => span.start <= call.span.start && call.span.end <= span.end,
    )!;
    const id = `${flow.name}/${callee.name}#${ordinal}`;
    const source = program.sources.at(call.span.start);
    const file = source.path === "" ? {} : { file: source.path };
    const place = { ...file, ...source.positionAt(call.span.start) };
    if (performed.has(id)) effects.find(({ effect }) => effect === callee)?.sites.push({ id, ...place });
    const ask = asks.get(id);
    if (ask === undefined) continue;
    const kind =
      ask.kind === "pick"
        ? "pick"
        : callee.kind === "agent" && callee.output.kind !== "labels"
          ? "generate"
          : "choose";
    sites.push({ id, agent: callee.name, kind, ...place });
  }
  return { sites, effects };
}

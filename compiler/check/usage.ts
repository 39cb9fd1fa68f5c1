import type { Context } from "./context.js";
import type { Callee, FlowSymbol } from "./symbols.js";

/** The flows of all files of a program. */
interface Whole extends Pick<Context, "facts" | "report"> {
  /** In the order of their offsets. */
  readonly flows: readonly FlowSymbol[];
}

/** Sub-flows are written out where they are called, which must not grow without measure. */
const limits = { calls: 1_000, levels: 50 } as const;

/** A flow that reaches itself would not end. Each circle is reported once, at the flow of it that stands first. */
export function checkRecursion(context: Whole, calls: CallsByFlow): void {
  const done = new Set<FlowSymbol>();
  const path: FlowSymbol[] = [];
  const visit = (flow: FlowSymbol): void => {
    const from = done.has(flow) ? path.indexOf(flow) : -1;
    if (from !== -1) {
      const names = [...path.slice(from), flow].map((each) => each.name).join(" -> ");
      context.report("F108", flow.declaration.name.span, { path: names });
    }
    if (from !== -1 || done.has(flow)) return;
    done.add(flow);
    if (path.length > limits.levels) {
      reportLevels(context, flow);
      return;
    }
    path.push(flow);
    for (const next of calls.get(flow)!) if (next.kind === "flow") visit(next);
    path.pop();
  };
  for (const flow of context.flows) visit(flow);
}

/** Reports the first flow that has too many calls, or too many flows within flows, when all is written out. */
export function checkSize(context: Whole, calls: CallsByFlow): void {
  const measured = new Map<FlowSymbol, { calls: number; levels: number }>();
  const measure = (flow: FlowSymbol, depth: number): { calls: number; levels: number } => {
    const known = measured.get(flow);
    // A flow that reaches itself was reported, and so was a path that is too long.
    if (known !== undefined || depth > limits.levels) return known ?? { calls: 0, levels: 0 };
    const size = { calls: 0, levels: 0 };
    measured.set(flow, size);
    for (const callee of calls.get(flow)!) {
      size.calls++;
      if (callee.kind !== "flow") continue;
      const inner = measure(callee, depth + 1);
      size.calls += inner.calls;
      size.levels = Math.max(size.levels, inner.levels + 1);
    }
    return size;
  };
  for (const flow of context.flows) {
    const { calls, levels } = measure(flow, 0);
    const { span } = flow.declaration.name;
    if (calls > limits.calls) context.report("F308", span, { what: "calls", limit: limits.calls });
    else if (levels > limits.levels) reportLevels(context, flow);
    else continue;
    return;
  }
}

function reportLevels(context: Whole, flow: FlowSymbol): void {
  context.report("F308", flow.declaration.name.span, {
    what: "flows within each other",
    limit: limits.levels,
  });
}

/** Whom each flow calls, once per call, in the order of the calls. */
export function callsByFlow(context: Omit<Whole, "report">): CallsByFlow {
  const { flows } = context;
  const calls = [...context.facts.calls].sort(([a], [b]) => a.span.start - b.span.start);
  const found = new Map<FlowSymbol, Callee[]>(flows.map((flow) => [flow, []]));
  let at = 0;
  for (const [call, callee] of calls) {
    while (at < flows.length && flows[at]!.declaration.span.end < call.span.end) at++;
    const flow = flows[at];
    if (flow !== undefined) found.get(flow)!.push(callee);
  }
  return found;
}

export type CallsByFlow = ReadonlyMap<FlowSymbol, readonly Callee[]>;

/**
 * Names that nobody reads, agents that nobody calls, types of nothing, imports of what is not needed: of one file, whose
 * imports may declare more than it takes. A name that begins with `_` says so itself.
 */
export function checkUsage(context: Context): void {
  const { types, agents, flows, effects } = context.declared;
  // A file without a flow declares for others.
  const isLibrary = flows.size === 0;
  for (const { name } of context.imports.values()) {
    if (context.usedTypes.has(name.name) || context.usedCalls.has(name.name)) continue;
    if (!name.name.startsWith("_")) context.report("F112", name.span, { name: name.name, what: "import" });
  }
  for (const type of types.values()) {
    if (isLibrary || context.usedTypes.has(type.name) || type.name.startsWith("_")) continue;
    context.report("F112", type.declaration.name.span, { name: type.name, what: "type" });
  }
  const called = new Set(context.facts.calls.values());
  for (const agent of agents.values()) {
    if (isLibrary || called.has(agent) || agent.name.startsWith("_")) continue;
    context.report("F112", agent.declaration.name.span, {
      name: agent.name,
      what: agent.declaration.trained ? "agent" : "judge",
    });
  }
  for (const effect of effects.values()) {
    if (called.has(effect) || effect.name.startsWith("_")) continue;
    context.report("F112", effect.declaration.name.span, { name: effect.name, what: "effect" });
  }
  const inputs = [...agents.values(), ...flows.values()].flatMap((each) => each.parameters);
  const { sources } = context;
  const bound = [...context.facts.bindings.values()].filter(
    ({ span }) => sources.at(span.start) === sources.main,
  );
  for (const variable of [...inputs, ...bound]) {
    if (variable.name === "" || variable.name.startsWith("_")) continue;
    if (!variable.read) {
      const what = variable.role === "parameter" ? "input" : "variable";
      context.report("F112", variable.span, { name: variable.name, what });
    } else if (variable.role === "var" && !variable.assigned) {
      context.report("F115", variable.span, { name: variable.name });
    }
  }
}

import type { Context } from "./context.js";
import type { FlowSymbol } from "./symbols.js";

/** A flow that reaches itself would not end. Each circle is reported once, at the flow of it that stands first. */
export function checkRecursion(context: Context): void {
  const calls = flowCalls(context);
  const done = new Set<FlowSymbol>();
  const path: FlowSymbol[] = [];
  const visit = (flow: FlowSymbol): void => {
    const from = path.indexOf(flow);
    if (from !== -1) {
      const names = [...path.slice(from), flow].map((each) => each.name).join(" -> ");
      context.report("F108", flow.declaration.name.span, { path: names });
    }
    if (from !== -1 || done.has(flow)) return;
    path.push(flow);
    for (const next of calls.get(flow) ?? []) visit(next);
    path.pop();
    done.add(flow);
  };
  for (const flow of context.flows.values()) visit(flow);
}

/** Which flows each flow calls, in the order of the calls. */
function flowCalls(context: Context): Map<FlowSymbol, Set<FlowSymbol>> {
  const calls = new Map<FlowSymbol, Set<FlowSymbol>>();
  for (const [call, callee] of context.facts.calls) {
    if (callee.kind !== "flow") continue;
    for (const flow of context.flows.values()) {
      const { span } = flow.declaration;
      if (call.span.start < span.start || call.span.end > span.end) continue;
      const found = calls.get(flow) ?? new Set();
      calls.set(flow, found.add(callee));
    }
  }
  return calls;
}

/** Names that nobody reads, agents that nobody calls. A name that begins with `_` says so itself. */
export function checkUsage(context: Context): void {
  const called = new Set(context.facts.calls.values());
  for (const agent of context.agents.values()) {
    if (called.has(agent) || agent.name.startsWith("_")) continue;
    context.report("F112", agent.declaration.name.span, { name: agent.name, what: "agent" });
  }
  const inputs = [...context.agents.values(), ...context.flows.values()].flatMap((each) => each.parameters);
  for (const variable of [...inputs, ...context.facts.bindings.values()]) {
    if (variable.name === "" || variable.name.startsWith("_")) continue;
    if (!variable.read) {
      const what = variable.role === "parameter" ? "input" : "variable";
      context.report("F112", variable.span, { name: variable.name, what });
    } else if (variable.role === "var" && !variable.assigned) {
      context.report("F115", variable.span, { name: variable.name });
    }
  }
}

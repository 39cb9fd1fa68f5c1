import type { Context } from "./context.js";
import type { AgentSymbol, FlowSymbol } from "./symbols.js";

/** A flow that reaches itself would not end. Each circle is reported once, at the flow of it that stands first. */
export function checkRecursion(context: Context): void {
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
    for (const next of calleesOf(context, flow)) if (next.kind === "flow") visit(next);
    path.pop();
    done.add(flow);
  };
  for (const flow of context.flows.values()) visit(flow);
}

/** Sub-flows are written out where they are called, which must not grow without measure. */
const askLimit = 1_000;

/** Reports the first flow that calls more than the limit, counting through its sub-flows. */
export function checkSize(context: Context): void {
  const sizes = new Map<FlowSymbol, number>();
  const inProgress = new Set<FlowSymbol>();
  const sizeOf = (flow: FlowSymbol): number => {
    const known = sizes.get(flow);
    if (known !== undefined || inProgress.has(flow)) return known ?? 0;
    inProgress.add(flow);
    let size = 0;
    for (const callee of calleesOf(context, flow)) size += callee.kind === "flow" ? 1 + sizeOf(callee) : 1;
    sizes.set(flow, size);
    return size;
  };
  for (const flow of context.flows.values()) {
    if (sizeOf(flow) <= askLimit) continue;
    context.report("F308", flow.declaration.name.span, { limit: askLimit });
    return;
  }
}

/** Whom a flow calls, once per call, in the order of the calls. */
function calleesOf(context: Context, flow: FlowSymbol): (AgentSymbol | FlowSymbol)[] {
  const { span } = flow.declaration;
  return [...context.facts.calls].flatMap(([call, callee]) =>
    call.span.start >= span.start && call.span.end <= span.end ? [callee] : [],
  );
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

import type { Context } from "./context.js";
import type { Callee, FlowSymbol } from "./symbols.js";

/** The flows of all files of a program. */
interface Whole extends Pick<Context, "facts" | "report"> {
  /** In the order of their offsets. */
  readonly flows: readonly FlowSymbol[];
}

/**
 * Sub-flows are written out where they are called, which must not grow without measure. What a flow that keeps within
 * these becomes is measured when that is known (F309).
 */
const limits = { calls: 1_000, levels: 50, characters: 200_000 } as const;

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

/** Of a flow with its sub-flows written out. */
interface Size {
  calls: number;
  /** Flows within each other. */
  levels: number;
  /** Of the sub-flows' source text: that of the flow itself stands in a file, which has a limit of its own. */
  characters: number;
}

/** Reports the first flow that has too many calls, flows within flows or characters when all is written out. */
export function checkSize(context: Whole, calls: CallsByFlow): void {
  const measured = new Map<FlowSymbol, Size>();
  const measure = (flow: FlowSymbol, depth: number): Size => {
    const known = measured.get(flow);
    // A flow that reaches itself was reported, and so was a path that is too long.
    if (known !== undefined || depth > limits.levels) return known ?? { calls: 0, levels: 0, characters: 0 };
    const size = { calls: 0, levels: 0, characters: 0 };
    measured.set(flow, size);
    for (const callee of calls.get(flow)!) {
      size.calls++;
      if (callee.kind !== "flow") continue;
      const inner = measure(callee, depth + 1);
      size.calls += inner.calls;
      const { start, end } = callee.declaration.span;
      size.characters += end - start + inner.characters;
      size.levels = Math.max(size.levels, inner.levels + 1);
    }
    return size;
  };
  for (const flow of context.flows) {
    const { calls, levels, characters } = measure(flow, 0);
    const { span } = flow.declaration.name;
    if (calls > limits.calls) context.report("F308", span, { what: "calls", limit: limits.calls });
    else if (levels > limits.levels) reportLevels(context, flow);
    else if (characters > limits.characters)
      context.report("F308", span, { what: "characters", limit: limits.characters });
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

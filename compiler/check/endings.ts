import type { Block, BoundedLoop, Expression, ListLoop, Pick, Span, Statement } from "../../grammar/index.js";
import { constantOf } from "./constants.js";
import type { Context } from "./context.js";
import { expressionsIn, expressionsOf, statementsOf, within } from "./parts.js";
import type { Variable } from "./symbols.js";

/** Loops that go on, or do not, against what they look like; and picks between candidates that all look the same. */
export function checkEndings(context: Context): void {
  for (const { declaration } of context.declared.flows.values()) {
    for (const statement of statementsOf(declaration.body)) {
      if (statement.kind === "bounded-loop") checkBoundedLoop(context, statement);
      else if (statement.kind === "list-loop") checkPasses(context, statement, statement.list);
    }
    for (const expression of expressionsIn(declaration.body)) {
      if (expression.kind === "pick") checkCandidates(context, expression);
    }
  }
}

function checkBoundedLoop(context: Context, node: BoundedLoop): void {
  const { bound, body, until, exhausted } = node;
  const once = bound.kind === "number" && bound.value === 1;
  if (!once) checkPasses(context, node, bound);
  if (until === undefined || constantOf(until) !== undefined) return;
  if (once && exhausted === undefined) context.report("F354", until.span, {});
  else if (!once && !mayChange(context, until, body)) context.report("F351", until.span, {});
}

/** A body that always leaves, and never with `continue`, has one pass. */
function checkPasses(context: Context, node: BoundedLoop | ListLoop, head: Expression): void {
  const { end, next } = waysOut(node.body);
  if (end || next) return;
  const span: Span = { start: node.span.start, end: head.span.end };
  context.report("F350", span, {});
}

/** Whether a block's end can be reached, and whether the loop around it can be led to its next pass. */
interface WaysOut {
  readonly end: boolean;
  readonly next: boolean;
}

function waysOut(block: Block): WaysOut {
  let next = false;
  for (const statement of block.statements) {
    const ways = waysOutOf(statement);
    next ||= ways.next || mayContinue(statement);
    if (!ways.end) return { end: false, next };
  }
  return { end: true, next };
}

function waysOutOf(node: Statement): WaysOut {
  switch (node.kind) {
    case "break":
    case "return":
    case "yield":
      return { end: false, next: false };
    case "continue":
      return { end: false, next: true };
    case "branch": {
      const arms = node.arms.map(({ body }) => waysOut(body));
      return { end: arms.some((arm) => arm.end), next: arms.some((arm) => arm.next) };
    }
    case "bounded-loop":
      // The arm of an exhausted loop stands outside of it, so its jumps are those of the loop around.
      return { end: true, next: node.exhausted !== undefined && waysOut(node.exhausted).next };
    default:
      return { end: true, next: false };
  }
}

/** Whether a pick in one of its expressions jumps to the next pass. */
function mayContinue(node: Statement): boolean {
  for (const expression of expressionsOf(node)) {
    for (const each of within(expression)) {
      if (each.kind === "pick" && each.otherwise.kind === "continue") return true;
    }
  }
  return false;
}

/**
 * Whether an `until` may give something else after another pass: it reads a variable that the body sets, or does more
 * than to read and to ask. An agent that is asked the same again answers the same.
 */
function mayChange(context: Context, until: Expression, body: Block): boolean {
  const { uses, calls, builtInCalls } = context.facts;
  const set = new Set<Variable | undefined>();
  for (const statement of statementsOf(body)) {
    if (statement.kind === "set") set.add(uses.get(statement.name));
  }
  for (const each of within(until)) {
    if (each.kind === "name" && set.has(uses.get(each))) return true;
    if (each.kind !== "call") continue;
    // An effect may give something else each time, as may a function of a module.
    if (calls.get(each)?.kind === "effect") return true;
    if (!calls.has(each) && !builtInCalls.has(each)) return true;
  }
  return false;
}

/** A scorer that is not told about the candidate gives all of them the same score. */
function checkCandidates(context: Context, { name, scorer }: Pick): void {
  const { bindings, uses } = context.facts;
  const candidate = bindings.get(name);
  for (const each of within(scorer)) {
    if (each.kind === "name" && uses.get(each) === candidate) return;
  }
  // One that is used nowhere at all is reported as unused.
  if (candidate?.read === true) context.report("F355", scorer.span, { name: name.name });
}

import {
  type Block,
  type Expression,
  type Pick,
  partsOf,
  type Statement,
  type TemplatePart,
} from "../../grammar/index.js";
import { constantOf, isEmptyList } from "./constants.js";
import type { Context } from "./context.js";
import { blocksOf, callsAmong, expressionsIn, expressionsOf, within } from "./parts.js";

/**
 * What can never happen although each part of it is right: conditions that the text decides, lists that are empty,
 * values that cannot be had, and the calls of agents behind them, which would be choice points that no episode has.
 */
export function checkReach(context: Context): void {
  for (const { declaration } of context.declared.flows.values()) visitBlock(context, declaration.body);
  for (const { declaration } of context.declared.agents.values()) {
    for (const { template } of declaration.sections) visitTemplate(context, template.parts);
  }
}

function visitBlock(context: Context, block: Block): void {
  for (const statement of block.statements) visitStatement(context, statement);
}

function visitStatement(context: Context, node: Statement): void {
  for (const each of expressionsOf(node)) visit(context, each);
  for (const block of blocksOf(node)) visitBlock(context, block);
  if (node.kind === "branch") {
    const taken = condition(context, node.subject);
    if (taken === undefined) return;
    for (const { labels, body } of node.arms) {
      if (!labels.some(({ name }) => name === String(taken))) reportSite(context, expressionsIn(body));
    }
  } else if (node.kind === "bounded-loop" && node.until !== undefined) condition(context, node.until);
  else if (node.kind === "list-loop" && emptyList(context, node.list)) {
    reportSite(context, expressionsIn(node.body));
  }
}

function visit(context: Context, node: Expression): void {
  switch (node.kind) {
    case "binary": {
      const isLogic = node.operator === "and" || node.operator === "or";
      if (!isLogic) {
        const value = constantOf(node);
        if (typeof value === "boolean") report(context, node, value);
        const divides = node.operator === "/" || node.operator === "%";
        if (divides && constantOf(node.right) === 0) fails(context, node.right, "this divides by 0");
        break;
      }
      const left = condition(context, node.left);
      if (left === (node.operator === "or")) reportSite(context, within(node.right));
      else condition(context, node.right);
      break;
    }
    case "unary":
      if (node.operator === "not") condition(context, node.operand);
      break;
    case "index":
      if (isNegative(node.index))
        fails(context, node.index, "indices count from 0, and `last(...)` is the last element");
      break;
    case "comprehension": {
      const none = emptyList(context, node.list);
      if (node.condition !== undefined && condition(context, node.condition) === false)
        reportSite(context, within(node.body));
      else if (none) reportSite(context, inTurn(node.condition, node.body));
      break;
    }
    case "parallel":
      if (emptyList(context, node.list)) reportSite(context, expressionsIn(node.body));
      visitBlock(context, node.body);
      break;
    case "pick":
      visitPick(context, node);
  }
  for (const part of partsOf(node)) visit(context, part);
}

function visitPick(context: Context, node: Pick): void {
  const none = emptyList(context, node.list);
  const never = node.condition !== undefined && condition(context, node.condition) === false;
  if (none || never) reportSite(context, [node.scorer]);
}

function visitTemplate(context: Context, parts: readonly TemplatePart[]): void {
  for (const part of parts) {
    switch (part.kind) {
      case "text":
        break;
      case "hole":
        visit(context, part.value);
        break;
      case "for":
        emptyList(context, part.list);
        visit(context, part.list);
        visitTemplate(context, part.body);
        break;
      case "if":
        condition(context, part.condition);
        visit(context, part.condition);
        visitTemplate(context, part.body);
        visitTemplate(context, part.otherwise);
    }
  }
}

/** Reports a condition that is none; a comparison of constants is reported where it stands. */
function condition(context: Context, node: Expression): boolean | undefined {
  const value = constantOf(node);
  if (typeof value !== "boolean") return undefined;
  if (node.kind === "bool") report(context, node, value);
  return value;
}

function report(context: Context, { span }: Expression, value: boolean): void {
  context.report("F352", span, { what: value ? "true" : "false" });
}

function isNegative(node: Expression): boolean {
  const value = constantOf(node);
  return typeof value === "number" && value < 0;
}

function fails(context: Context, { span }: Expression, why: string): void {
  context.report("F356", span, { why });
}

function emptyList(context: Context, node: Expression): boolean {
  if (!isEmptyList(node)) return false;
  context.report("F352", node.span, { what: "empty" });
  return true;
}

/** The first agent or flow among them that would be called. */
function reportSite(context: Context, expressions: Iterable<Expression>): void {
  for (const call of callsAmong(expressions)) {
    const callee = context.facts.calls.get(call);
    if (callee === undefined) continue;
    context.report("F353", call.span, { name: callee.name });
    return;
  }
}

function* inTurn(...nodes: readonly (Expression | undefined)[]): Generator<Expression> {
  for (const node of nodes) if (node !== undefined) yield* within(node);
}

import type { Action, Binding, Block, BoundedLoop, Branch, Statement } from "../../grammar/index.js";
import { suggest } from "../diagnostics/suggest.js";
import { bool, int, show, type Type, unknown } from "../types/type.js";
import { armScope, presentInArm, wantedLabels } from "./arms.js";
import {
  type Context,
  childScope,
  declare,
  isOutsideLane,
  lineOf,
  lookup,
  type Reach,
  type Scope,
  visibleNames,
} from "./context.js";
import { checkJump, isMisplaced } from "./jumps.js";
import { assume } from "./presence.js";
import { checkLabel, requireList, requireType } from "./require.js";
import { builtinTypes, type FindType, resolveType } from "./type-nodes.js";

/**
 * Checks a block in a scope of its own.
 * @returns whether its end can be reached
 */
export function checkBlock(context: Context, scope: Scope, block: Block): Reach {
  const inner = childScope(scope);
  let reach: Reach = "yes";
  let reported = false;
  for (const statement of block.statements) {
    if (reach === "no" && !reported) {
      context.report("F304", statement.span, {});
      reported = true;
    }
    const passes = checkStatement(context, inner, statement);
    // What stands after a jump that was reported may well be reached once that is mended.
    if (reach !== "no" && isMisplaced(inner, statement)) reported = true;
    if (reach === "yes" || passes === "no") reach = passes;
  }
  return reach;
}

/** Whether what follows the statement can be reached. */
function checkStatement(context: Context, scope: Scope, node: Statement): Reach {
  switch (node.kind) {
    case "let":
    case "var":
      checkBinding(context, scope, node);
      return "yes";
    case "set": {
      const variable = lookup(scope, node.name.name);
      if (variable === undefined) {
        const { name, span } = node.name;
        if (name !== "") context.report("F101", span, { name }, suggest(name, visibleNames(scope)));
        context.typeOf(scope, node.value);
        return "yes";
      }
      if (variable.role !== "var") {
        const line = variable.role === "let" ? lineOf(context, variable.span) : undefined;
        const tell = variable.shadows ? context.followUp : context.report;
        tell("F114", node.name.span, { name: variable.name, line });
      } else if (isOutsideLane(scope, variable.name))
        context.report("F321", node.name.span, { name: variable.name });
      variable.assigned = true;
      context.facts.uses.set(node.name, variable);
      requireType(context, scope, node.value, variable.shadows ? unknown : variable.type);
      return "yes";
    }
    case "do":
      checkAction(context, scope, node);
      return "yes";
    case "bounded-loop":
      return checkBoundedLoop(context, scope, node);
    case "list-loop": {
      const element = requireList(context, scope, node.list);
      const inner = childScope(scope, { loop: { broken: false } });
      declare(context, inner, node.name, element, "loop variable");
      checkBlock(context, inner, node.body);
      return "yes";
    }
    case "branch":
      return checkBranch(context, scope, node);
    default:
      checkJump(context, scope, node);
      return "no";
  }
}

/** Only for what somebody is asked or something happens is an expression worth its value alone. */
function checkAction(context: Context, scope: Scope, { value }: Action): void {
  context.typeOf(scope, value);
  const { calls, builtInCalls, externCalls } = context.facts;
  const isCall = value.kind === "call" && !builtInCalls.has(value) && !externCalls.has(value);
  if (!isCall && value.kind !== "error") context.report("F320", value.span, {});
  const callee = isCall ? calls.get(value) : undefined;
  if (callee?.kind === "effect" && callee.class === "pure") {
    context.report("F520", value.span, { name: callee.name });
  }
}

/** The end is reached from `until`, a `break`, or the exhausted loop. */
function checkBoundedLoop(context: Context, scope: Scope, node: BoundedLoop): Reach {
  const { bound, body, until, exhausted } = node;
  requireType(context, scope, bound, int);
  if (bound.kind === "number" && bound.whole && bound.value < 1) context.report("F306", bound.span, {});
  const loop = { broken: false };
  checkBlock(context, childScope(scope, { loop }), body);
  if (until !== undefined) requireType(context, scope, until, bool);
  const passes = exhausted === undefined ? "yes" : checkBlock(context, scope, exhausted);
  return until !== undefined || loop.broken ? "yes" : passes;
}

function checkBinding(context: Context, scope: Scope, node: Binding): void {
  declare(context, scope, node.name, bindingType(context, scope, node), node.kind);
}

/** As written, or as the value gives it. The name is declared afterwards: a value cannot use its own name. */
function bindingType(context: Context, scope: Scope, node: Binding): Type {
  if (node.type !== undefined) {
    const type = resolveType(context, node.type, findType(context));
    requireType(context, scope, node.value, type);
    return type;
  }
  const type = context.typeOf(scope, node.value);
  const open = openPart(type);
  if (open === undefined) return type;
  context.report(open === "none" ? "F222" : "F208", node.value.span, {});
  return unknown;
}

/** The declared types and those of the language. */
export function findType(context: Context): FindType {
  return (name) => {
    context.usedTypes.add(name);
    return builtinTypes.get(name) ?? context.types.get(name)?.type;
  };
}

/** What leaves the type open: an empty list or `none`. */
function openPart(type: Type): "list" | "none" | undefined {
  switch (type.kind) {
    case "list":
      return type.element.kind === "never" ? "list" : openPart(type.element);
    case "optional":
      return type.element.kind === "never" ? "none" : openPart(type.element);
    case "record":
      return [...type.fields.values()].map(openPart).find((part) => part !== undefined);
    case "never":
      return "list";
    default:
      return undefined;
  }
}

/** Every label (or true and false, or none and some) has one arm. The end is reached if one arm's end is. */
function checkBranch(context: Context, scope: Scope, node: Branch): Reach {
  const subject = context.typeOf(scope, node.subject);
  const wanted = wantedLabels(subject);
  if (wanted === undefined && subject.kind !== "unknown") {
    context.report("F207", node.subject.span, {
      expected: "labels, a bool or an optional value",
      found: show(subject),
    });
  }
  const seen = new Set<string>();
  const missing = new Set(wanted);
  for (const { labels } of node.arms) for (const { name } of labels) missing.delete(name);
  /** What is known after each arm whose end can be reached. */
  const reached: (readonly string[])[] = [];
  let misnamed = 0;
  let reach: Reach = "no";
  for (const arm of node.arms) {
    for (const { name, span } of arm.labels) {
      if (seen.has(name)) context.report("F302", span, { name });
      seen.add(name);
      if (wanted === undefined || wanted.includes(name)) continue;
      const type: Type = { kind: "labels", labels: wanted, name: undefined };
      checkLabel(context, type, name, span, span);
      // The arm is there, under another name.
      const [meant] = suggest(name, missing);
      if (meant === undefined) misnamed++;
      else missing.delete(meant);
    }
    const present = presentInArm(scope, node, arm, subject);
    const inner = armScope(context, scope, arm, subject, present);
    const passes = checkBlock(context, inner, arm.body);
    if (passes !== "no") reached.push(present);
    if (reach === "no" || passes === "yes") reach = passes;
  }
  // Where one arm alone leads on, what holds in it holds from here.
  if (reached.length === 1) assume(scope, reached[0]!);
  if (missing.size > 0) {
    const names = [...missing].map((label) => `\`${label}\``).join(", ");
    // As many arms have labels that there are not.
    const tell = missing.size <= misnamed ? context.followUp : context.report;
    tell("F301", node.head, { missing: names });
  }
  const isCertain = wanted !== undefined && missing.size === 0;
  return reach === "no" && !isCertain ? "perhaps" : reach;
}

import type {
  Binary,
  Comprehension,
  Expression,
  Identifier,
  NameExpression,
  RecordEntry,
} from "../../grammar/index.js";
import { suggest } from "../diagnostics/suggest.js";
import {
  bool,
  fits,
  float,
  int,
  isNumber,
  join,
  listOf,
  never,
  none,
  presentOf,
  type RecordType,
  show,
  type Type,
  text,
  unknown,
} from "../types/type.js";
import { checkCall, checkPick } from "./calls.js";
import { type Context, childScope, declare, lookup, type Scope, visibleNames } from "./context.js";
import { checkText } from "./inserted.js";
import { comparisons, elementOf, operatorType } from "./operators.js";
import { checkParallel } from "./parallel.js";
import { assume, presentIf, scopeIf } from "./presence.js";
import { askFor, checkLabel, requireList, requireType } from "./require.js";
import { distinct } from "./type-nodes.js";

/** The type of one expression, by its kind; those of its parts come from `context.typeOf`. */
export function infer(context: Context, scope: Scope, node: Expression, expected: Type | undefined): Type {
  switch (node.kind) {
    case "error":
      return unknown;
    case "text":
      checkText(context, scope, node);
      return text;
    case "number":
      return node.whole ? int : float;
    case "bool":
      return bool;
    case "name":
      return nameType(context, scope, node, expected);
    case "call":
      return checkCall(context, scope, node);
    case "pick":
      return checkPick(context, scope, node);
    case "parallel":
      return checkParallel(context, scope, node, expected);
    case "field": {
      const object = context.typeOf(scope, node.object);
      return fieldType(context, object, node.name.name, node.name.span);
    }
    case "index":
      requireType(context, scope, node.index, int);
      return requireList(context, scope, node.list);
    case "unary":
      return unaryType(context, scope, node);
    case "binary":
      return binaryType(context, scope, node);
    case "is": {
      const subject = context.typeOf(scope, node.subject);
      if (subject.kind === "optional" && node.label.name === "none") return bool;
      checkLabel(context, presentOf(subject), node.label.name, node.label.span, node.subject.span);
      return bool;
    }
    case "list":
      return listType(context, scope, node.items, expected);
    case "comprehension":
      return comprehensionType(context, scope, node, expected);
    case "record":
      return recordType(context, scope, node.fields, node.span, expected);
  }
}

function nameType(context: Context, scope: Scope, node: NameExpression, expected: Type | undefined): Type {
  const variable = lookup(scope, node.name);
  if (variable !== undefined) {
    variable.read = true;
    context.facts.uses.set(node, variable);
    if (expected?.kind === "labels" && expected.labels.includes(node.name)) {
      context.report("F230", node.span, { name: node.name });
    }
    return variable.shadows ? unknown : variable.type;
  }
  if (node.name === "none" && !(expected?.kind === "labels" && expected.labels.includes("none"))) return none;
  if (expected?.kind === "labels") {
    if (expected.labels.includes(node.name)) return expected;
    const isVariable =
      suggest(node.name, expected.labels).length === 0 && meantValue(scope, node.name).length > 0;
    if (!isVariable) {
      checkLabel(context, expected, node.name, node.span, node.span);
      return unknown;
    }
  }
  // A label, perhaps, of a type that could not be read.
  const tell = expected?.kind === "unknown" ? context.followUp : context.report;
  if ([context.agents, context.flows, context.externs, context.effects].some((each) => each.has(node.name))) {
    tell("F212", node.span, { name: node.name });
  } else {
    // No name is missing in a test or an example: none can be there.
    const isWritten = scope.silent === "a test" || scope.silent === "an example";
    const help = isWritten ? `the values of ${scope.silent} are written out` : undefined;
    tell("F101", node.span, { name: node.name, help }, meantValue(scope, node.name));
  }
  return unknown;
}

/** Names of values in other languages, and what they are here. */
const foreignValues: ReadonlyMap<string, string> = new Map([
  ["null", "none"],
  ["nil", "none"],
  ["undefined", "none"],
  ["None", "none"],
  ["True", "true"],
  ["False", "false"],
]);

function meantValue(scope: Scope, name: string): readonly string[] {
  const foreign = foreignValues.get(name);
  return foreign === undefined ? suggest(name, visibleNames(scope)) : [foreign];
}

function fieldType(context: Context, object: Type, name: string, span: Expression["span"]): Type {
  if (object.kind === "unknown" || object.kind === "never" || name === "") return unknown;
  const found = object.kind === "record" ? object.fields.get(name) : undefined;
  if (found !== undefined) return found;
  if (object.kind === "optional" && object.element.kind === "record") {
    context.report("F223", span, { found: show(object) });
    return object.element.fields.get(name) ?? unknown;
  }
  const fields = object.kind === "record" ? [...object.fields.keys()] : [];
  context.report(
    "F107",
    span,
    { name, type: show(object), help: fieldHelp(object, name) },
    suggest(name, fields),
  );
  return unknown;
}

/** What other languages have as fields. */
function fieldHelp(object: Type, name: string): string | undefined {
  if (object.kind !== "text" && object.kind !== "list") return undefined;
  if (["length", "len", "size", "count"].includes(name)) return "its length is `len(...)`";
  return object.kind === "list" && name === "first" ? "the first element is `...[0]`" : undefined;
}

function unaryType(context: Context, scope: Scope, node: Expression & { kind: "unary" }): Type {
  if (node.operator === "not") {
    requireType(context, scope, node.operand, bool);
    return bool;
  }
  const operand = context.typeOf(scope, node.operand);
  if (isNumber(operand) || operand.kind === "unknown") return operand;
  context.report("F203", node.span, { operator: "-", found: show(operand) });
  return unknown;
}

function binaryType(context: Context, scope: Scope, node: Binary): Type {
  const { operator } = node;
  if (operator === "and" || operator === "or") {
    requireType(context, scope, node.left, bool);
    requireType(context, scopeIf(scope, node.left, operator === "and"), node.right, bool);
    return bool;
  }
  const [first, second] = operandTypes(context, scope, node);
  // What an empty list holds is whatever is wanted of it.
  const isSearch = operator === "in" || operator === "not in";
  if (isSearch && (first.kind === "never" || second.kind === "never")) return bool;
  if (operator === "??" && first.kind === "never") return second;
  const left = first.kind === "never" ? second : first;
  if (operator === "??" && second.kind === "never") return presentOf(first);
  const right = second.kind === "never" ? first : second;
  if (left.kind === "never") return comparisons.has(operator) ? bool : never;
  if (left.kind === "unknown" || right.kind === "unknown") return comparisons.has(operator) ? bool : unknown;
  const result = operatorType(operator, left, right);
  if (result !== undefined) return result;
  if (operator === "??" && left.kind !== "optional") {
    context.report("F221", node.left.span, { found: show(left) });
    return left;
  }
  if (reportAbsence(context, node, left, right)) return comparisons.has(operator) ? bool : unknown;
  const labels = left.kind === "labels" ? left.labels : right.kind === "labels" ? right.labels : undefined;
  const isEquality = operator === "==" || operator === "!=";
  const help = labels !== undefined && isEquality ? askFor(labels) : undefined;
  context.report("F202", node.span, { operator, left: show(left), right: show(right), help });
  return comparisons.has(operator) ? bool : unknown;
}

/** Reports a side that may be `none`, if the operator would work on it otherwise. */
function reportAbsence(context: Context, node: Binary, left: Type, right: Type): boolean {
  if (operatorType(node.operator, presentOf(left), presentOf(right)) === undefined) return false;
  for (const [type, side] of [
    [left, node.left],
    [right, node.right],
  ] as const) {
    if (type.kind === "optional") context.report("F223", side.span, { found: show(type) });
  }
  return true;
}

/** Each side's type, seen with the other's as what is expected, so that labels may stand on either. */
function operandTypes(context: Context, scope: Scope, { operator, left, right }: Binary): [Type, Type] {
  const leftIsFree = left.kind === "name" && lookup(scope, left.name) === undefined;
  if (leftIsFree || (left.kind === "list" && left.items.length === 0)) {
    const second = context.typeOf(scope, right);
    const wanted = operator === "in" || operator === "not in" ? elementOf(second) : second;
    return [context.typeOf(scope, left, wanted), second];
  }
  const first = context.typeOf(scope, left);
  const wanted = operator === "in" || operator === "not in" ? listOf(first) : first;
  return [first, context.typeOf(scope, right, wanted)];
}

function listType(
  context: Context,
  scope: Scope,
  items: readonly Expression[],
  expected: Type | undefined,
): Type {
  const wanted = expected?.kind === "unknown" ? unknown : expected && elementOf(expected);
  let element: Type = never;
  for (const item of items) {
    const found = context.typeOf(scope, item, wanted ?? element);
    const joined = join(element, found);
    if (joined === undefined) {
      context.report("F201", item.span, { expected: show(element), found: show(found) });
      element = unknown;
    } else element = joined;
  }
  return wanted !== undefined && fits(element, wanted) ? listOf(wanted) : listOf(element);
}

function comprehensionType(context: Context, scope: Scope, node: Comprehension, expected?: Type): Type {
  const element = requireList(context, scope, node.list);
  const inner = childScope(scope);
  declare(context, inner, node.name, element, "loop variable");
  if (node.condition !== undefined) {
    requireType(context, inner, node.condition, bool);
    assume(inner, presentIf(inner, node.condition, true));
  }
  return listOf(context.typeOf(inner, node.body, expected === undefined ? undefined : elementOf(expected)));
}

function recordType(
  context: Context,
  scope: Scope,
  entries: readonly RecordEntry[],
  span: Expression["span"],
  expected: Type | undefined,
): Type {
  distinct(
    context,
    entries.map((entry) => entry.name),
    "field",
  );
  const wanted = expected?.kind === "record" ? expected : undefined;
  const missing = new Set(wanted?.fields.keys());
  for (const { name } of entries) missing.delete(name.name);
  const fields = new Map<string, Type>();
  for (const { name, value } of entries) {
    if (name.name === "") return unknown;
    if (wanted === undefined) {
      fields.set(name.name, context.typeOf(scope, value, expected?.kind === "unknown" ? unknown : undefined));
    } else requireType(context, scope, value, entryType(context, wanted, name, missing));
  }
  if (wanted === undefined) return { kind: "record", fields, name: undefined };
  for (const name of missing) context.report("F205", span, { name, type: show(wanted) });
  return wanted;
}

/**
 * The type of a field of a record, that of the missing one which is meant if it is misspelt, and `unknown` after a report
 * if there is none.
 */
function entryType(
  context: Context,
  wanted: RecordType,
  { name, span }: Identifier,
  missing: Set<string>,
): Type {
  const type = wanted.fields.get(name);
  if (type !== undefined) return type;
  fieldType(context, wanted, name, span);
  const [meant] = suggest(name, missing);
  if (meant === undefined) return unknown;
  missing.delete(meant);
  return wanted.fields.get(meant)!;
}

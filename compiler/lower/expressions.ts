import type { Binary, BinaryOperator, Comprehension, Expression } from "../../grammar/index.js";
import { bool } from "../types/type.js";
import { type Builder, newBlock, newLocal } from "./builder.js";
import { lowerCall, lowerPick } from "./calls.js";
import { lowerCondition } from "./conditions.js";
import type { Local, Value } from "./ir.js";
import { lowerListLoop } from "./loops.js";
import { lowerParallel } from "./parallel.js";
import { asks, lowerAll } from "./sequence.js";
import { constant, local } from "./values.js";

/**
 * Lowers an expression: agents that it asks are asked in the blocks before the returned value, from left to right.
 * @param into takes the answer if the expression is a call, so that `let q = query(...)` needs no temporary
 */
export function lowerExpression(b: Builder, node: Expression, into?: Local): Value {
  const value = lowerWhole(b, node, into);
  return b.program.facts.narrowed.has(node) ? { kind: "present", operand: value } : value;
}

function lowerWhole(b: Builder, node: Expression, into: Local | undefined): Value {
  switch (node.kind) {
    case "error":
      throw new Error("a flow with errors was lowered");
    case "text":
    case "number":
    case "bool":
      return constant(node.value);
    case "name": {
      const variable = b.program.facts.uses.get(node);
      if (variable !== undefined) return b.read(variable);
      return constant(b.typeOf(node).kind === "optional" ? null : node.name);
    }
    case "call":
      return lowerCall(b, node, into);
    case "pick":
      return lowerPick(b, node, into);
    case "parallel":
      return lowerParallel(b, node, into);
    case "field":
      return { kind: "field", object: b.lower(node.object), name: node.name.name };
    case "index": {
      const [list, index] = lowerAll(b, [node.list, node.index]);
      return { kind: "index", list: list!, index: index!, place: b.place(node.span) };
    }
    case "unary":
      return lowerUnary(b, node);
    case "binary":
      return lowerBinary(b, node);
    case "is": {
      const left = b.lower(node.subject);
      const { negated, label } = node;
      const isAbsent = label.name === "none" && b.typeOf(node.subject).kind === "optional";
      if (isAbsent) return { kind: "absent", operand: left, negated };
      return { kind: "same", left, right: constant(label.name), negated };
    }
    case "list":
      return { kind: "list", items: lowerAll(b, node.items) };
    case "record": {
      const values = lowerAll(
        b,
        node.fields.map((field) => field.value),
      );
      const fields = node.fields.map((field, index) => ({ name: field.name.name, value: values[index]! }));
      return { kind: "record", fields: inTypeOrder(b, node, fields) };
    }
    case "comprehension":
      return lowerComprehension(b, node);
  }
}

/** Equal records have equal JSON, whatever the order in which their fields were written. */
function inTypeOrder(
  b: Builder,
  node: Expression,
  fields: { name: string; value: Value }[],
): { name: string; value: Value }[] {
  const type = b.typeOf(node);
  if (type.kind !== "record") return fields;
  const order = [...type.fields.keys()];
  return fields.sort((x, y) => order.indexOf(x.name) - order.indexOf(y.name));
}

function lowerUnary(b: Builder, node: Expression & { kind: "unary" }): Value {
  const operand = b.lower(node.operand);
  if (node.operator === "not") return { kind: "not", operand };
  const whole = b.typeOf(node).kind === "int";
  return {
    kind: "arithmetic",
    operator: "-",
    left: constant(0),
    right: operand,
    whole,
    place: b.place(node.span),
  };
}

function lowerBinary(b: Builder, node: Binary): Value {
  const { operator } = node;
  if (operator === "and" || operator === "or") return lowerLogic(b, node, operator);
  if (operator === "??") return lowerCoalescence(b, node);
  const [left, right] = lowerAll(b, [node.left, node.right]) as [Value, Value];
  switch (operator) {
    case "==":
    case "!=":
      return { kind: "same", left, right, negated: operator === "!=" };
    case "in":
    case "not in":
      return { kind: "contains", item: left, list: right, negated: operator === "not in" };
    case "<":
    case "<=":
    case ">":
    case ">=":
      return {
        kind: "compare",
        operator,
        left,
        right,
        what: b.typeOf(node.left).kind === "text" ? "text" : "number",
      };
    case "/":
    case "%": {
      const name = operator === "/" ? "numbers.divide" : "numbers.remainder";
      return { kind: "function", name, args: [left, right], place: b.place(node.span) };
    }
    default:
      return lowerSum(b, node, operator, left, right);
  }
}

function lowerSum(
  b: Builder,
  node: Binary,
  operator: Extract<BinaryOperator, "+" | "-" | "*">,
  left: Value,
  right: Value,
): Value {
  const type = b.typeOf(node);
  const place = b.place(node.span);
  if (type.kind === "text" || type.kind === "list")
    return { kind: "concatenate", what: type.kind, left, right, place };
  return { kind: "arithmetic", operator, left, right, whole: type.kind === "int", place };
}

/** The right side of `??` is only reached if the left is `none`. */
function lowerCoalescence(b: Builder, node: Binary): Value {
  const left = b.lower(node.left);
  if (!asks(b, node.right)) return { kind: "coalesce", left, right: b.lower(node.right) };
  const found = local(b.held(left, "found", b.typeOf(node.left), node.left.span));
  const result = newLocal("value", b.typeOf(node));
  const there = newBlock("there");
  const missing = newBlock("missing");
  const after = newBlock("decided");
  const { span } = node;
  const condition: Value = { kind: "absent", operand: found, negated: false };
  b.exit({ kind: "if", condition, whenTrue: missing, whenFalse: there, span });
  b.enter(there);
  b.assign(result, { kind: "present", operand: found }, span);
  b.goto(after, span);
  b.enter(missing);
  b.assign(result, b.lower(node.right), span);
  b.goto(after, span);
  b.enter(after);
  return local(result);
}

/** The right side of `and` and `or` is only reached if the left leaves the answer open. */
function lowerLogic(b: Builder, node: Binary, operator: "and" | "or"): Value {
  if (!asks(b, node.right)) {
    const left = b.lower(node.left);
    return { kind: "logic", operator, left, right: b.lower(node.right) };
  }
  const result = newLocal("holds", bool);
  const whenTrue = newBlock("holds");
  const whenFalse = newBlock("fails");
  const after = newBlock("decided");
  lowerCondition(b, node, whenTrue, whenFalse);
  for (const [block, value] of [
    [whenTrue, true],
    [whenFalse, false],
  ] as const) {
    b.enter(block);
    b.assign(result, constant(value), node.span);
    b.goto(after, node.span);
  }
  b.enter(after);
  return local(result);
}

/** Without agents a comprehension is a value; with them it is a loop that collects. */
function lowerComprehension(b: Builder, node: Comprehension): Value {
  const list = b.lower(node.list);
  const element = b.localOf(b.program.facts.bindings.get(node.name)!);
  const { condition, body } = node;
  if (!asks(b, body) && !(condition && asks(b, condition))) {
    const test = condition && b.lower(condition);
    return { kind: "comprehension", element, list, condition: test, body: b.lower(body) };
  }
  const collected = newLocal("collected", b.typeOf(node));
  b.assign(collected, { kind: "list", items: [] }, node.span);
  const source = local(b.held(list, "list", b.typeOf(node.list), node.list.span));
  lowerListLoop(b, { source, element, of: node }, (next) => {
    if (condition) {
      const kept = newBlock("kept");
      lowerCondition(b, condition, kept, next);
      b.enter(kept);
    }
    const item = b.lower(body);
    const right: Value = { kind: "list", items: [item] };
    b.assign(
      collected,
      {
        kind: "concatenate",
        what: "list",
        left: local(collected),
        right,
        place: b.place(node.span),
      },
      body.span,
    );
  });
  return local(collected);
}

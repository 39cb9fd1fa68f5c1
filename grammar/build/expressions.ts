import type { CstNode } from "chevrotain";
import type { BinaryOperator, Call, Expression, Jump, Pick, RecordEntry } from "../ast.js";
import { bounded } from "./depth.js";
import { numberLiteral, textValue } from "./literals.js";
import {
  type Building,
  identifier,
  identifierOf,
  join,
  missingName,
  node,
  nodeSpan,
  nodes,
  token,
  tokenSpan,
  tokens,
} from "./tree.js";

/** The `expression` child of a rule, or an error node where there is none. */
export function expressionIn(parent: CstNode, building: Building, name = "expression"): Expression {
  const found = node(parent, name);
  return found === undefined ? { kind: "error", span: nodeSpan(parent) } : buildExpression(found, building);
}

/** An `expression` or a `disjunction`. */
export function buildExpression(cst: CstNode, building: Building): Expression {
  if (cst.name === "disjunction") return buildDisjunction(cst, building);
  const pick = node(cst, "pick");
  if (pick !== undefined) return bounded(buildPick(pick, building), building);
  const parallel = node(cst, "parallel");
  if (parallel !== undefined) return bounded(buildParallel(parallel, building), building);
  const loose = node(cst, "disjunction");
  return loose === undefined ? { kind: "error", span: nodeSpan(cst) } : buildDisjunction(loose, building);
}

function buildPick(cst: CstNode, building: Building): Pick | Expression {
  const span = nodeSpan(cst);
  const name = identifier(cst, "Name");
  const callee = identifier(cst, "scorer");
  const label = identifier(cst, "label");
  const jump = node(cst, "jump");
  const otherwise = jump === undefined ? undefined : buildJump(jump, building);
  if (!name || !callee || !label || !otherwise) return { kind: "error", span };
  const args = buildArgs(node(cst, "args"), building);
  const scorer: Call = { kind: "call", callee, args, span: join(callee.span, nodeSpan(node(cst, "args"))) };
  const list = expressionIn(cst, building, "list");
  const condition = node(cst, "condition");
  return {
    kind: "pick",
    name,
    list,
    condition: condition && buildExpression(condition, building),
    scorer,
    label,
    otherwise,
    span,
  };
}

function buildParallel(cst: CstNode, building: Building): Expression {
  const span = nodeSpan(cst);
  const name = identifier(cst, "Name");
  if (name === undefined) return { kind: "error", span };
  const list = expressionIn(cst, building, "list");
  const body = building.block(node(cst, "block"), building);
  return { kind: "parallel", name, list, body, head: { start: span.start, end: list.span.end }, span };
}

function buildDisjunction(cst: CstNode, building: Building): Expression {
  return chain(nodes(cst, "conjunction"), () => "or", buildConjunction, cst, building);
}

function buildConjunction(cst: CstNode, building: Building): Expression {
  return chain(nodes(cst, "negation"), () => "and", buildNegation, cst, building);
}

function buildNegation(cst: CstNode, building: Building): Expression {
  const inner = node(cst, "negation");
  if (inner !== undefined) {
    return { kind: "unary", operator: "not", operand: buildNegation(inner, building), span: nodeSpan(cst) };
  }
  const comparison = node(cst, "comparison");
  return comparison === undefined
    ? { kind: "error", span: nodeSpan(cst) }
    : buildComparison(comparison, building);
}

function buildComparison(cst: CstNode, building: Building): Expression {
  const span = nodeSpan(cst);
  const left = coalescenceIn(cst, "left", building);
  if (token(cst, "is") !== undefined) {
    const label = identifier(cst, "Name");
    return label === undefined
      ? { kind: "error", span }
      : {
          kind: "is",
          subject: left,
          label,
          negated: token(cst, "not") !== undefined,
          span,
        };
  }
  const comparator = node(cst, "comparator");
  if (comparator === undefined) return left;
  const right = coalescenceIn(cst, "right", building);
  return { kind: "binary", operator: comparatorOf(comparator), left, right, span };
}

function comparatorOf(cst: CstNode): BinaryOperator {
  if (token(cst, "not") !== undefined) return "not in";
  return (Object.keys(cst.children)[0] ?? "==") as BinaryOperator;
}

function coalescenceIn(cst: CstNode, name: string, building: Building): Expression {
  const found = node(cst, name);
  if (found === undefined) return { kind: "error", span: nodeSpan(cst) };
  return chain(nodes(found, "sum"), () => "??", buildSum, found, building);
}

function buildSum(cst: CstNode, building: Building): Expression {
  return chain(nodes(cst, "product"), operatorsOf(cst), buildProduct, cst, building);
}

function buildProduct(cst: CstNode, building: Building): Expression {
  return chain(nodes(cst, "sign"), operatorsOf(cst), buildSign, cst, building);
}

function operatorsOf(cst: CstNode): (index: number) => BinaryOperator {
  const operators = tokens(cst, "operator");
  return (index) => (operators[index]?.image ?? "+") as BinaryOperator;
}

function buildSign(cst: CstNode, building: Building): Expression {
  const inner = node(cst, "sign");
  if (inner !== undefined) {
    return { kind: "unary", operator: "-", operand: buildSign(inner, building), span: nodeSpan(cst) };
  }
  const access = node(cst, "access");
  return access === undefined ? { kind: "error", span: nodeSpan(cst) } : buildAccess(access, building);
}

/** Operands of one precedence, grouped from the left. */
function chain(
  operands: readonly CstNode[],
  operatorAt: (index: number) => BinaryOperator,
  build: (cst: CstNode, building: Building) => Expression,
  parent: CstNode,
  building: Building,
): Expression {
  const [first, ...rest] = operands;
  if (first === undefined) return { kind: "error", span: nodeSpan(parent) };
  let left = build(first, building);
  for (const [index, operand] of rest.entries()) {
    const right = build(operand, building);
    const span = join(left.span, right.span);
    left = bounded({ kind: "binary", operator: operatorAt(index), left, right, span }, building);
    if (left.kind === "error") return left;
  }
  return left;
}

function buildAccess(cst: CstNode, building: Building): Expression {
  const primary = node(cst, "primary");
  if (primary === undefined) return { kind: "error", span: nodeSpan(cst) };
  const steps = nodes(cst, "step");
  let object = buildPrimary(primary, building);
  for (const step of steps) {
    const span = join(object.span, nodeSpan(step));
    const node: Expression =
      token(step, ".") === undefined
        ? { kind: "index", list: object, index: expressionIn(step, building), span }
        : { kind: "field", object, name: identifier(step, "Word") ?? missingName(nodeSpan(step)), span };
    object = bounded(node, building);
    if (object.kind === "error") return object;
  }
  return object;
}

function buildPrimary(cst: CstNode, building: Building): Expression {
  const span = nodeSpan(cst);
  const int = token(cst, "Int");
  if (int !== undefined) return numberLiteral(int, true, building);
  const float = token(cst, "Float");
  if (float !== undefined) return numberLiteral(float, false, building);
  const text = token(cst, "Text");
  if (text !== undefined) return { kind: "text", value: textValue(text, building), span };
  if (token(cst, "true") !== undefined) return { kind: "bool", value: true, span };
  if (token(cst, "false") !== undefined) return { kind: "bool", value: false, span };
  const name = token(cst, "Name");
  if (name !== undefined) {
    const args = node(cst, "args");
    if (args === undefined) return { kind: "name", name: name.image, span: tokenSpan(name) };
    return { kind: "call", callee: identifierOf(name), args: buildArgs(args, building), span };
  }
  const list = node(cst, "list");
  if (list !== undefined) return buildList(list, building);
  const record = node(cst, "record");
  if (record !== undefined) return buildRecord(record, building);
  return expressionIn(cst, building);
}

function buildArgs(cst: CstNode | undefined, building: Building): Expression[] {
  if (cst === undefined) return [];
  return nodes(cst, "expression").map((arg) => buildExpression(arg, building));
}

function buildList(cst: CstNode, building: Building): Expression {
  const span = nodeSpan(cst);
  const comprehension = node(cst, "comprehension");
  if (comprehension === undefined) {
    return {
      kind: "list",
      items: nodes(cst, "expression").map((item) => buildExpression(item, building)),
      span,
    };
  }
  const name = identifier(comprehension, "Name");
  if (name === undefined) return { kind: "error", span };
  const condition = node(comprehension, "condition");
  return {
    kind: "comprehension",
    body: expressionIn(cst, building),
    name,
    list: expressionIn(comprehension, building, "list"),
    condition: condition && buildExpression(condition, building),
    span,
  };
}

export function buildRecord(cst: CstNode, building: Building): Expression {
  return { kind: "record", fields: buildEntries(cst, building), span: nodeSpan(cst) };
}

function buildEntries(cst: CstNode, building: Building): RecordEntry[] {
  return nodes(cst, "entry").map((entry) => ({
    name: identifier(entry, "Word") ?? missingName(nodeSpan(entry)),
    value: expressionIn(entry, building),
  }));
}

/** Stands here, not with the statements, because a pick holds one. */
export function buildJump(cst: CstNode, building: Building): Jump {
  const span = nodeSpan(cst);
  const word = token(cst, "break") ?? token(cst, "continue");
  if (word === undefined) {
    const kind = token(cst, "yield") === undefined ? "return" : "yield";
    return { kind, value: expressionIn(cst, building), span };
  }
  return { kind: word.image === "break" ? "break" : "continue", span: tokenSpan(word) };
}

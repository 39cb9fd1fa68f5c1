import type { CstNode } from "chevrotain";
import type { Arm, Block, Expression, Identifier, Statement } from "../ast.js";
import { buildExpression, buildJump, expressionIn } from "./expressions.js";
import {
  type Building,
  identifier,
  identifierOf,
  isNode,
  missingName,
  node,
  nodeSpan,
  nodes,
  token,
} from "./tree.js";
import { buildType } from "./types.js";

export function buildBlock(cst: CstNode | undefined, building: Building): Block {
  if (cst === undefined) return { statements: [], span: nodeSpan(cst) };
  const statements = nodes(cst, "statement").flatMap((child) => {
    const built = buildStatement(child, building);
    return built === undefined ? [] : [built];
  });
  return { statements, span: nodeSpan(cst) };
}

/** Nothing if recovery left nothing of it. */
function buildStatement(cst: CstNode, building: Building): Statement | undefined {
  const inner = Object.values(cst.children).flat().find(isNode);
  switch (inner?.name) {
    case "binding":
      return buildBinding(inner, building);
    case "assignment":
      return {
        kind: "set",
        name: identifier(inner, "Name") ?? missingName(nodeSpan(inner)),
        value: expressionIn(inner, building),
        span: nodeSpan(inner),
      };
    case "loop":
      return buildLoop(inner, building);
    case "branch":
      return buildBranch(inner, building);
    case "action":
      return { kind: "do", value: expressionIn(inner, building), span: nodeSpan(inner) };
    case "jump":
      return buildJump(inner, building);
    default:
      return undefined;
  }
}

function buildBinding(cst: CstNode, building: Building): Statement {
  const type = node(cst, "type");
  return {
    kind: token(cst, "var") === undefined ? "let" : "var",
    name: identifier(cst, "Name") ?? missingName(nodeSpan(cst)),
    type: type && buildType(type, building),
    value: expressionIn(cst, building),
    span: nodeSpan(cst),
  };
}

function buildLoop(cst: CstNode, building: Building): Statement {
  const span = nodeSpan(cst);
  const [first, second] = nodes(cst, "expression").map((found) => buildExpression(found, building));
  const subject: Expression = first ?? { kind: "error", span };
  const body = buildBlock(node(cst, "block"), building);
  if (token(cst, "in") !== undefined) {
    const name = identifier(cst, "Name") ?? missingName(span);
    return { kind: "list-loop", name, list: subject, body, span };
  }
  const arm = node(cst, "armBody");
  const exhausted = arm && buildArmBody(arm, building);
  return { kind: "bounded-loop", bound: subject, body, until: second, exhausted, span };
}

function buildBranch(cst: CstNode, building: Building): Statement {
  const span = nodeSpan(cst);
  const subject = expressionIn(cst, building);
  const arms = nodes(cst, "arm").map((arm) => buildArm(arm, building));
  return { kind: "branch", subject, arms, head: { start: span.start, end: subject.span.end }, span };
}

function buildArm(cst: CstNode, building: Building): Arm {
  const labels = nodes(cst, "armLabel").flatMap((found): Identifier[] => {
    const word = token(found, "Name") ?? token(found, "true") ?? token(found, "false");
    return word === undefined ? [] : [identifierOf(word)];
  });
  const span = nodeSpan(cst);
  const binding = nodes(cst, "armLabel").flatMap((found) => identifier(found, "binding") ?? [])[0];
  return { labels, binding, body: buildArmBody(node(cst, "armBody"), building), span };
}

/** A lone statement is a block of one, `pass` a block of none. */
function buildArmBody(cst: CstNode | undefined, building: Building): Block {
  const block = cst && node(cst, "block");
  if (block !== undefined) return buildBlock(block, building);
  const single = cst && node(cst, "statement");
  const statement = single && buildStatement(single, building);
  return { statements: statement === undefined ? [] : [statement], span: nodeSpan(cst) };
}

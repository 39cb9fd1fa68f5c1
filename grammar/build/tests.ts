import type { CstNode, IToken } from "chevrotain";
import type { Mock, Quoted, TestDeclaration, TestPart } from "../ast.js";
import type { Span } from "../source.js";
import { buildExpression, expressionIn } from "./expressions.js";
import { textValue } from "./literals.js";
import {
  type Building,
  identifier,
  isNode,
  node,
  nodeSpan,
  nodes,
  token,
  tokenSpan,
  tokens,
} from "./tree.js";

/** Nothing if recovery left it without a name. */
export function buildTest(
  cst: CstNode,
  shared: { readonly doc: string; readonly span: Span },
  building: Building,
): TestDeclaration | undefined {
  const title = token(cst, "Text");
  if (title === undefined) return undefined;
  return {
    kind: "test",
    ...shared,
    name: { name: textValue(title, building), span: tokenSpan(title) },
    flow: identifier(cst, "Name"),
    parts: nodes(cst, "testPart").flatMap((part) => buildPart(part, building)),
  };
}

function buildPart(cst: CstNode, building: Building): TestPart[] {
  const inner = Object.values(cst.children).flat().find(isNode);
  const span = nodeSpan(inner);
  switch (inner?.name) {
    case "testInput":
      return [{ kind: "input", value: expressionIn(inner, building), span }];
    case "mock": {
      const target = buildTarget(node(inner, "mockTarget"), building);
      if (target === undefined) return [];
      const answers = nodes(inner, "expression").map((each) => buildExpression(each, building));
      return [{ kind: "mock", target, always: token(inner, "always") !== undefined, answers, span }];
    }
    case "expectation": {
      const message = token(inner, "Text");
      return token(inner, "fails") !== undefined && node(inner, "expression") === undefined
        ? [{ kind: "expect-failure", message: message ? textValue(message, building) : "", span }]
        : [{ kind: "expect", value: expressionIn(inner, building), span }];
    }
    case "expectedPath":
      return [{ kind: "path", points: tokens(inner, "Text").map((each) => quoted(each, building)), span }];
    default:
      return [];
  }
}

function buildTarget(cst: CstNode | undefined, building: Building): Mock["target"] | undefined {
  const name = cst && identifier(cst, "Name");
  if (name !== undefined) return { ...name, quoted: false };
  const text = cst && token(cst, "Text");
  return text && quoted(text, building);
}

function quoted(text: IToken, building: Building): Quoted {
  return { name: textValue(text, building), quoted: true, span: tokenSpan(text) };
}

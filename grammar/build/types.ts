import type { CstNode } from "chevrotain";
import type { Parameter, TypeNode } from "../ast.js";
import { limits } from "../limits.js";
import type { Span } from "../source.js";
import {
  type Building,
  identifier,
  identifierOf,
  missingName,
  node,
  nodeSpan,
  nodes,
  token,
  tokens,
} from "./tree.js";

export function buildType(cst: CstNode | undefined, building: Building): TypeNode {
  const span = nodeSpan(cst);
  if (cst === undefined) return { kind: "error", span };
  const mark = token(cst, "?");
  if (mark === undefined) return buildPresent(cst, span, building);
  const element = buildPresent(cst, { start: span.start, end: mark.startOffset }, building);
  return element.kind === "error" ? element : { kind: "optional", element, span };
}

/** The type without the `?` behind it. */
function buildPresent(cst: CstNode, span: Span, building: Building): TypeNode {
  const record = node(cst, "recordType");
  if (record !== undefined) return { kind: "record", fields: buildParameters(record, building), span };
  if (token(cst, "list") !== undefined) {
    return { kind: "list", element: buildType(node(cst, "type"), building), span };
  }
  const names = tokens(cst, "Name");
  const [first] = names;
  if (first === undefined) return { kind: "error", span };
  if (names.length === 1 && token(cst, "|") === undefined) return { kind: "named", name: first.image, span };
  if (names.length > limits.labels) {
    building.problems.push({ kind: "too-many", what: "labels in a type", limit: limits.labels, span });
    return { kind: "error", span };
  }
  return { kind: "labels", labels: names.map(identifierOf), span };
}

/** The `name: type` pairs of a parameter list or of a record type. */
export function buildParameters(cst: CstNode | undefined, building: Building): Parameter[] {
  if (cst === undefined) return [];
  return nodes(cst, "parameter").map((found) => ({
    name: identifier(found, "Word") ?? missingName(nodeSpan(found)),
    type: buildType(node(found, "type"), building),
  }));
}

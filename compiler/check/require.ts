import type { Expression, Span } from "../../grammar/index.js";
import { suggest } from "../diagnostics/suggest.js";
import { fits, show, type Type, unknown } from "../types/type.js";
import type { Context, Scope } from "./context.js";

/** Reports an expression whose type does not fit. */
export function requireType(context: Context, scope: Scope, expression: Expression, expected: Type): void {
  const found = context.typeOf(scope, expression, expected);
  if (fits(found, expected)) return;
  if (found.kind === "optional" && fits(found.element, expected)) {
    context.report("F223", expression.span, { found: show(found) });
    return;
  }
  // Labels are asked for, in whatever shape they come.
  const help = expected.kind === "bool" && found.kind === "labels" ? askFor(found.labels) : undefined;
  const label = quotedLabel(expression, expected);
  context.report("F201", expression.span, { expected: show(expected), found: show(found), help }, label);
}

/** The label that a text spells, where one is wanted. */
function quotedLabel(expression: Expression, expected: Type): readonly string[] {
  const wanted = expected.kind === "optional" ? expected.element : expected;
  if (expression.kind !== "text" || wanted.kind !== "labels") return [];
  return wanted.labels.filter((each) => each === expression.value);
}

/** How to come from labels to a `bool`. */
export function askFor([first]: readonly string[]): string {
  return `ask for a label with \`is\`, as in \`is ${first}\``;
}

/** The element type of an expression that must be a list; `unknown` after a report if it is none. */
export function requireList(context: Context, scope: Scope, expression: Expression): Type {
  const found = context.typeOf(scope, expression);
  if (found.kind === "list") return found.element;
  if (found.kind === "optional" && found.element.kind === "list") {
    context.report("F223", expression.span, { found: show(found) });
    return found.element.element;
  }
  if (found.kind !== "unknown") {
    context.report("F201", expression.span, { expected: "a list", found: show(found) });
  }
  return unknown;
}

/** Reports a label that the type does not have, or a type that has no labels. */
export function checkLabel(
  context: Context,
  type: Type,
  label: string,
  labelSpan: Span,
  typeSpan: Span,
): void {
  if (type.kind === "unknown" || label === "") return;
  if (label === "none" && type.kind !== "labels") {
    context.report("F221", typeSpan, { found: show(type) });
    return;
  }
  if (type.kind !== "labels") {
    context.report("F207", typeSpan, { expected: "labels", found: show(type) });
  } else if (!type.labels.includes(label)) {
    const labels = type.labels.join(" | ");
    context.report("F206", labelSpan, { name: label, labels }, suggest(label, type.labels));
  }
}

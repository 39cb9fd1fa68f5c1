import type { Expression } from "../../grammar/index.js";
import { childScope, lookup, type Scope } from "./context.js";

/**
 * What is known not to be `none` where. Only what cannot change is followed: variables that are no `var`, and their
 * fields, by their path as written (`p.title`), which is unambiguous since names are not shadowed.
 */

/** The paths that are there if the condition holds, or if it does not. */
export function presentIf(scope: Scope, condition: Expression, holds: boolean): readonly string[] {
  switch (condition.kind) {
    case "is": {
      if (condition.label.name !== "none" || condition.negated !== holds) return [];
      const path = pathOf(scope, condition.subject);
      return path === undefined ? [] : [path];
    }
    case "unary":
      return condition.operator === "not" ? presentIf(scope, condition.operand, !holds) : [];
    case "binary": {
      const bothCount = condition.operator === (holds ? "and" : "or");
      if (!bothCount) return [];
      return [...presentIf(scope, condition.left, holds), ...presentIf(scope, condition.right, holds)];
    }
    default:
      return [];
  }
}

/** Makes paths known to be there, in the scope and those inside it. */
export function assume(scope: Scope, paths: readonly string[]): void {
  for (const path of paths) scope.present.add(path);
}

/** A scope inside this one for what is only evaluated if the condition holds, or if it does not. */
export function scopeIf(scope: Scope, condition: Expression, holds: boolean): Scope {
  const inner = childScope(scope);
  assume(inner, presentIf(scope, condition, holds));
  return inner;
}

export function isPresent(scope: Scope, node: Expression): boolean {
  const path = pathOf(scope, node);
  if (path === undefined) return false;
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    if (at.present.has(path)) return true;
  }
  return false;
}

/** A variable or a field as text, if its value stays the same; else nothing. */
export function pathOf(scope: Scope, node: Expression): string | undefined {
  if (node.kind === "name") {
    const variable = lookup(scope, node.name);
    return variable === undefined || variable.role === "var" ? undefined : node.name;
  }
  if (node.kind !== "field") return undefined;
  const object = pathOf(scope, node.object);
  return object && `${object}.${node.name.name}`;
}

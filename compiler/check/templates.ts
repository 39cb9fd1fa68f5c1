import type { Template, TemplatePart } from "../../grammar/index.js";
import { bool, show, type Type } from "../types/type.js";
import { type Context, childScope, declare, type Scope } from "./context.js";
import { checkPromptText } from "./inserted.js";
import { scopeIf } from "./presence.js";
import { requireList, requireType } from "./require.js";

/** Checks a prompt against the agent's inputs, which `scope` holds. */
export function checkTemplate(context: Context, scope: Scope, template: Template): void {
  if (template.plain && template.parts.some((part) => part.kind === "text" && /\{\{|\{%/.test(part.text))) {
    context.report("F403", template.span, {});
  }
  checkPromptText(context, scope, template);
  checkParts(context, scope, template.parts);
}

function checkParts(context: Context, scope: Scope, parts: readonly TemplatePart[]): void {
  for (const part of parts) {
    switch (part.kind) {
      case "text":
        break;
      case "hole": {
        const type = context.typeOf(scope, part.value);
        if (type.kind === "optional" && isInsertable(type.element)) {
          context.report("F223", part.value.span, { found: show(type) });
        } else if (!isInsertable(type)) context.report("F401", part.value.span, { found: show(type) });
        break;
      }
      case "for": {
        const element = requireList(context, scope, part.list);
        const inner = childScope(scope);
        declare(context, inner, part.name, element, "loop variable");
        checkParts(context, inner, part.body);
        break;
      }
      case "if":
        requireType(context, scope, part.condition, bool);
        checkParts(context, scopeIf(scope, part.condition, true), part.body);
        checkParts(context, scopeIf(scope, part.condition, false), part.otherwise);
    }
  }
}

/** What has one obvious spelling. */
function isInsertable(type: Type): boolean {
  return type.kind !== "list" && type.kind !== "record" && type.kind !== "optional";
}

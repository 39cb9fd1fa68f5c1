import type { Template, TemplatePart } from "../../grammar/index.js";
import { type Context, lookup, type Scope } from "./context.js";

/** `${NAME` or `{{ NAME`, as other languages insert a value. */
const insertion = /(\$\{|\{\{)\s*([A-Za-z_]\w*)/g;

/** Warns of a text that seems to insert a variable, which texts do not. */
export function checkText(
  context: Context,
  scope: Scope,
  { value, span }: { readonly value: string; readonly span: Template["span"] },
): void {
  const found = insertedIn(scope, value, ["${", "{{"]);
  if (found === undefined) return;
  context.report("F407", span, {
    written: found.written,
    help: `join texts, as in \`"..." + ${joinable(scope, found.name)}\``,
  });
}

/** Warns of a prompt that seems to insert a value by a sign of another language. */
export function checkPromptText(context: Context, scope: Scope, template: Template): void {
  const found = textsOf(template.parts)
    .map((each) => insertedIn(scope, each, ["${"]))
    .find((each) => each !== undefined);
  if (found === undefined) return;
  const where = template.plain ? ' in a prompt block, between `"""`' : "";
  context.report("F407", template.span, {
    written: found.written,
    help: `write \`{{ ${found.name} }}\`${where}`,
  });
}

/** The first variable that can be seen here and stands behind one of these signs. */
function insertedIn(
  scope: Scope,
  text: string,
  signs: readonly string[],
): { readonly written: string; readonly name: string } | undefined {
  for (const [, sign, name] of text.matchAll(insertion)) {
    if (!signs.includes(sign!) || lookup(scope, name!) === undefined) continue;
    return { written: sign === "${" ? `\${${name}}` : `{{ ${name} }}`, name: name! };
  }
  return undefined;
}

function joinable(scope: Scope, name: string): string {
  const kind = lookup(scope, name)?.type.kind;
  return kind === "int" || kind === "float" ? `text(${name})` : name;
}

function textsOf(parts: readonly TemplatePart[]): readonly string[] {
  return parts.flatMap((part) => {
    if (part.kind === "text") return [part.text];
    if (part.kind === "hole") return [];
    return [...textsOf(part.body), ...(part.kind === "if" ? textsOf(part.otherwise) : [])];
  });
}

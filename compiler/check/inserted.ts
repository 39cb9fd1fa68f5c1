import type { Template, TemplatePart } from "../../grammar/index.js";
import { type Context, lookup, type Scope } from "./context.js";

/** `${NAME`, `{{ NAME`, and `{NAME}` or `{NAME.FIELD}` behind a blank or a sign, as other languages insert a value. */
const insertion = /(\$\{|\{\{)\s*([A-Za-z_]\w*)|(?<![\w{$\\])\{\s*(([A-Za-z_]\w*)(?:\.\w+)*)\s*\}/g;

/** Warns of a text that seems to insert a variable, which texts do not. */
export function checkText(
  context: Context,
  scope: Scope,
  { value, span }: { readonly value: string; readonly span: Template["span"] },
): void {
  const found = insertedIn(scope, value, ["${", "{{", "{"]);
  if (found === undefined) return;
  context.report("F407", span, {
    written: found.written,
    help: `join texts, as in \`"..." + ${found.value === found.name ? joinable(scope, found.name) : found.value}\``,
  });
}

/** Warns of a prompt that seems to insert a value by a sign of another language. */
export function checkPromptText(context: Context, scope: Scope, template: Template): void {
  const found = textsOf(template.parts)
    .map(({ text, names }) => insertedIn(scope, text, ["${", "{"], names))
    .find((each) => each !== undefined);
  if (found === undefined) return;
  const where = template.plain ? ' in a prompt block, between `"""`' : "";
  context.report("F407", template.span, {
    written: found.written,
    help: `write \`{{ ${found.value} }}\`${where}`,
  });
}

/**
 * The first variable that can be seen here and stands behind one of these signs.
 *
 * @param others variables that are not in the scope
 */
function insertedIn(
  scope: Scope,
  text: string,
  signs: readonly string[],
  others: readonly string[] = [],
): { readonly written: string; readonly name: string; readonly value: string } | undefined {
  // Nearly every text ends here.
  if (!text.includes("{")) return undefined;
  for (const [, sign = "{", behind, alone, head] of text.matchAll(insertion)) {
    const name = (behind ?? head)!;
    const isVariable = others.includes(name) || lookup(scope, name) !== undefined;
    if (!signs.includes(sign) || !isVariable) continue;
    const value = alone ?? name;
    return { written: written(sign, value), name, value };
  }
  return undefined;
}

function written(sign: string, value: string): string {
  if (sign === "{{") return `{{ ${value} }}`;
  return sign === "{" ? `{${value}}` : `\${${value}}`;
}

function joinable(scope: Scope, name: string): string {
  const kind = lookup(scope, name)?.type.kind;
  return kind === "int" || kind === "float" ? `text(${name})` : name;
}

/** The texts of a prompt, each with the variables of the `for`s around it. */
function textsOf(
  parts: readonly TemplatePart[],
  names: readonly string[] = [],
): readonly { readonly text: string; readonly names: readonly string[] }[] {
  return parts.flatMap((part) => {
    if (part.kind === "text") return [{ text: part.text, names }];
    if (part.kind === "hole") return [];
    if (part.kind === "for") return textsOf(part.body, [...names, part.name.name]);
    return [...textsOf(part.body, names), ...textsOf(part.otherwise, names)];
  });
}

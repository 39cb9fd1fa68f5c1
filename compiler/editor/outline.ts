import type { Binding, Declaration, Identifier, ImportDeclaration, Span } from "../../grammar/index.js";
import { walk } from "./walk.js";

/** A declaration, or something that is declared inside of one. */
export interface OutlineItem {
  readonly name: string;
  readonly kind:
    | "type"
    | "labels"
    | "agent"
    | "flow"
    | "extern-function"
    | "extern-effect"
    | "test"
    | "import"
    | "imported"
    | "field"
    | "label"
    | "input"
    | "prompt"
    | "variable";
  /** Of the whole. */
  readonly span: Span;
  /** Of the name, inside the whole. */
  readonly nameSpan: Span;
  readonly children: readonly OutlineItem[];
}

/** What a file imports and declares, in its order. What has no name yet is left out. */
export function outlineOf(
  declarations: readonly Declaration[],
  imports: readonly ImportDeclaration[] = [],
): readonly OutlineItem[] {
  const items = [
    ...imports.map(importItem),
    ...declarations.map((each): OutlineItem => {
      const kind = each.kind === "type" && each.type.kind === "labels" ? "labels" : each.kind;
      return { ...placed(each.name, kind, each.span), children: named(membersOf(each)) };
    }),
  ];
  return named(items.sort((a, b) => a.span.start - b.span.start));
}

/** An import is called by its path. */
function importItem({ from, names, span }: ImportDeclaration): OutlineItem {
  const children = names.map((name) => placed(name, "imported"));
  return { name: from.path, kind: "import", span, nameSpan: from.span, children };
}

function membersOf(declaration: Declaration): OutlineItem[] {
  switch (declaration.kind) {
    case "type": {
      const { type } = declaration;
      if (type.kind === "record")
        return type.fields.map(({ name, type }) => placed(name, "field", type.span));
      return type.kind === "labels" ? type.labels.map((name) => placed(name, "label")) : [];
    }
    case "extern-function":
    case "extern-effect":
      return declaration.parameters.map(({ name, type }) => placed(name, "input", type.span));
    case "agent":
      return [
        ...declaration.parameters.map(({ name, type }) => placed(name, "input", type.span)),
        ...declaration.sections.map(({ name, template }) => placed(name, "prompt", template.span)),
      ];
    case "flow": {
      const items = declaration.parameters.map(({ name, type }) => placed(name, "input", type.span));
      walk(declaration.body, (node) => {
        if (node.kind !== "let" && node.kind !== "var") return;
        items.push(placed((node as unknown as Binding).name, "variable", node.span));
      });
      return items;
    }
    default:
      return [];
  }
}

/** @param rest what belongs to it beside its name */
function placed(name: Identifier, kind: OutlineItem["kind"], rest: Span = name.span): OutlineItem {
  const span = {
    start: rest.end > rest.start ? Math.min(name.span.start, rest.start) : name.span.start,
    end: Math.max(name.span.end, rest.end),
  };
  return { name: name.name, kind, span, nameSpan: name.span, children: [] };
}

function named(items: readonly OutlineItem[]): readonly OutlineItem[] {
  return items.filter((each) => each.name !== "");
}

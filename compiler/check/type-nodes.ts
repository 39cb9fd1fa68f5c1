import type { Identifier, Parameter, Span, TypeNode } from "../../grammar/index.js";
import { suggest } from "../diagnostics/suggest.js";
import {
  bool,
  float,
  int,
  listOf,
  optionalOf,
  presentOf,
  show,
  type Type,
  text,
  unknown,
} from "../types/type.js";
import { allowName, type Context, tellAbsence } from "./context.js";

export const builtinTypes: ReadonlyMap<string, Type> = new Map([
  ["text", text],
  ["int", int],
  ["float", float],
  ["bool", bool],
]);

/** What other languages call our types. */
const foreignTypes: ReadonlyMap<string, readonly string[]> = new Map([
  ["string", ["text"]],
  ["str", ["text"]],
  ["number", ["int", "float"]],
  ["integer", ["int"]],
  ["double", ["float"]],
  ["boolean", ["bool"]],
  ["array", ["list"]],
]);

/** Finds what a type's name means: its type, or nothing if there is none such. */
export type FindType = (name: string) => Type | undefined;

/**
 * The type that a node of the tree means.
 * @param name what the source calls it, for messages
 */
export function resolveType(context: Context, node: TypeNode, find: FindType, name?: string): Type {
  switch (node.kind) {
    case "error":
      return unknown;
    case "list":
      return listOf(resolveType(context, node.element, find));
    case "optional": {
      const element = resolveType(context, node.element, find);
      if (!hasNone(element)) return optionalOf(element);
      context.report("F220", node.span, { found: show(element) });
      return unknown;
    }
    case "labels": {
      const type = resolveLabels(context, node.labels, name);
      if (type.kind === "labels") context.facts.origins.set(type, node);
      return type;
    }
    case "record": {
      const type: Type = { kind: "record", fields: resolveFields(context, node.fields, find), name };
      context.facts.origins.set(type, node);
      return type;
    }
    case "named": {
      const found = find(node.name);
      if (found !== undefined) return found;
      const names = [...builtinTypes.keys(), "list", ...context.types.keys()];
      const foreign = foreignTypes.get(node.name.toLowerCase());
      const meant = foreign === undefined ? suggest(node.name, names) : foreign;
      tellAbsence(context, node.name, "types")("F102", node.span, { name: node.name }, meant);
      return unknown;
    }
  }
}

/** Such labels and an absent value could not be told apart. */
function hasNone(type: Type): boolean {
  const present = presentOf(type);
  return present.kind === "labels" && present.labels.includes("none");
}

function resolveLabels(context: Context, nodes: readonly Identifier[], name: string | undefined): Type {
  const labels = distinct(context, nodes, "label").map((each) => each.name);
  if (labels.length < 2 && nodes.length >= 2)
    context.report("F210", join(nodes[0]!.span, nodes.at(-1)!.span), {});
  return labels.length < 2 ? unknown : { kind: "labels", labels, name };
}

function join(first: Span, last: Span): Span {
  return { start: first.start, end: last.end };
}

function resolveFields(context: Context, nodes: readonly Parameter[], find: FindType): Map<string, Type> {
  distinct(
    context,
    nodes.map((node) => node.name),
    "field",
  );
  return new Map(nodes.map((node) => [node.name.name, resolveType(context, node.type, find)]));
}

/** Those names that may be used and stand here for the first time; the others are reported. */
export function distinct(context: Context, names: readonly Identifier[], what: string): Identifier[] {
  const seen = new Set<string>();
  return names.filter((each) => {
    if (each.name === "" || !allowName(context, each)) return false;
    if (seen.has(each.name)) {
      context.report("F110", each.span, { name: each.name, what });
      return false;
    }
    seen.add(each.name);
    return true;
  });
}

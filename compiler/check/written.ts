import type { Call, Expression } from "../../grammar/index.js";
import { isFilePath } from "../files/paths.js";
import { fileOfTest } from "../functions/table.js";
import type { Type } from "../types/type.js";
import { type Context, rootScope } from "./context.js";
import { requireType } from "./require.js";

/** Where values are written out, as a phrase; those of a test may stand in files of their own. */
export type WrittenPlace = "an example" | "a test";

/** Holds a value against a type, and makes sure that it is written out: nothing could be computed where it stands. */
export function requireWritten(context: Context, value: Expression, type: Type, place: WrittenPlace): void {
  const computed = firstComputed(context, value, place);
  if (computed === undefined) requireType(context, rootScope(undefined, place), value, type);
  else context.report("F406", computed.span, { place });
}

/** The first part of a value that is not written out. */
function firstComputed(context: Context, node: Expression, place: WrittenPlace): Expression | undefined {
  const firstOf = (parts: readonly Expression[]) =>
    parts.map((each) => firstComputed(context, each, place)).find((each) => each !== undefined);
  switch (node.kind) {
    case "error":
    case "text":
    case "number":
    case "bool":
    case "name":
      return undefined;
    case "unary":
      return node.operator === "-" && node.operand.kind === "number" ? undefined : node;
    case "list":
      return firstOf(node.items);
    case "record":
      return firstOf(node.fields.map(({ value }) => value));
    case "call":
      return place === "a test" && takeFile(context, node) ? undefined : node;
    default:
      return node;
  }
}

/** Notes that a call is `file("PATH")`, and reports what is wrong with that. */
function takeFile(context: Context, call: Call): boolean {
  const { name } = call.callee;
  if (name !== fileOfTest.name) return false;
  const [path, ...others] = call.args;
  if (path === undefined || others.length > 0) {
    context.report("F204", call.span, { name, expected: 1, found: call.args.length });
  } else if (path.kind !== "text") context.report("F406", path.span, { place: "a test" });
  else if (!isFilePath(path.value)) context.report("F604", path.span, { path: path.value });
  context.facts.files.set(call, path?.kind === "text" ? path.value : "");
  return true;
}

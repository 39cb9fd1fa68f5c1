import type { Local, Value } from "./ir.js";

export function local(of: Local): Value {
  return { kind: "local", local: of };
}

export function constant(value: string | number | boolean | null): Value {
  return { kind: "constant", value };
}

/** The values that a value is made of, those under a binder included. */
export function parts(value: Value): readonly Value[] {
  switch (value.kind) {
    case "constant":
    case "local":
    case "next":
      return [];
    case "field":
      return [value.object];
    case "index":
    case "element":
      return [value.list, value.index];
    case "length":
      return [value.list];
    case "not":
    case "absent":
    case "present":
      return [value.operand];
    case "function":
    case "extern":
      return value.args;
    case "contains":
      return [value.item, value.list];
    case "list":
      return value.items;
    case "record":
      return value.fields.map((field) => field.value);
    case "comprehension":
      return value.condition ? [value.list, value.condition, value.body] : [value.list, value.body];
    case "candidates":
      return value.condition ? [value.list, value.condition] : [value.list];
    default:
      return [value.left, value.right];
  }
}

/** What a condition comes to if that follows from the text alone. */
export function truth(value: Value): boolean | undefined {
  switch (value.kind) {
    case "constant":
      return typeof value.value === "boolean" ? value.value : undefined;
    case "not": {
      const operand = truth(value.operand);
      return operand === undefined ? undefined : !operand;
    }
    case "logic": {
      const [left, right] = [truth(value.left), truth(value.right)];
      const deciding = value.operator === "or";
      if (left !== undefined) return left === deciding ? left : right;
      // A left side that may fail does so before the right one decides.
      return right === deciding && !mayFail(value.left) ? right : undefined;
    }
    default:
      return undefined;
  }
}

/** The locals that a value reads, without those it binds itself. */
export function reads(value: Value): Set<Local> {
  if (value.kind === "local") return new Set([value.local]);
  if (value.kind === "next") return new Set([value.counter]);
  const found = new Set(parts(value).flatMap((part) => [...reads(part)]));
  if (value.kind === "comprehension" || value.kind === "candidates") found.delete(value.element);
  return found;
}

/** Whether evaluating may fail: an index out of range, a number out of range, a text or a list that is too long. */
export function mayFail(value: Value): boolean {
  switch (value.kind) {
    case "index":
    case "extern":
    case "arithmetic":
    case "concatenate":
      return true;
    case "function":
      return value.place !== undefined || value.args.some(mayFail);
    default:
      return parts(value).some(mayFail);
  }
}

import type { Local, Value } from "../lower/ir.js";
import { int, type Type } from "../types/type.js";

type Same = Extract<Value, { kind: "same" }>;
type Literal = string | number;

/** A local, or a field of one: what TypeScript keeps account of. */
interface Reference {
  readonly key: string;
  readonly type: Type;
}

/**
 * What TypeScript knows at a place in the code. Behind `if (topic === "billing") { return ... }` it takes another
 * `topic === "billing"` for a mistake, so `===` is written only where for all it knows both sides may be the same; and
 * only between texts, numbers and labels, which are the same where `===` says so.
 */
export class Narrowing {
  constructor(
    private readonly write: (local: Local) => string,
    /** What references may be, where more is known than their types; what may be nothing is not to be relied on. */
    private readonly known: ReadonlyMap<string, ReadonlySet<Literal>> = new Map(),
  ) {}

  /** Whether two values can be compared by `===`. */
  comparesPlainly({ left, right }: Same): boolean {
    const [a, b] = [this.#referenceOf(left), this.#referenceOf(right)];
    if (a !== undefined && b !== undefined) return this.#isOpen(a) && this.#isOpen(b);
    const reference = a ?? b;
    if (reference === undefined) {
      return (
        (isComputed(left) || isComputed(right)) &&
        [left, right].every((each) => isComputed(each) || isLiteral(each))
      );
    }
    const other = a === undefined ? left : right;
    if (!isLiteral(other)) return this.#isOpen(reference) && isComputed(other);
    return this.#possible(reference)?.has(other.value) ?? this.#isOpen(reference);
  }

  /** What is known where a condition holds, or where it does not. */
  after(condition: Value, holds: boolean): Narrowing {
    switch (condition.kind) {
      case "not":
        return this.after(condition.operand, !holds);
      case "same":
        return this.#afterSame(condition, holds !== condition.negated);
      case "logic": {
        const { left, right, operator } = condition;
        if ((operator === "and") === holds) return this.after(left, holds).after(right, holds);
        // Of two ways here one may not have been taken.
        return this.#without(condition);
      }
      default:
        return this;
    }
  }

  /** What is known once a local has a value: of labels TypeScript keeps which ones the value may be. */
  assigned(target: Local, value: Value): Narrowing {
    if (target.type.kind !== "labels") return this;
    const reference = this.#referenceOf(value);
    const possible = isLiteral(value) ? [value.value] : reference && this.#possible(reference);
    return this.#with(this.write(target), possible ?? []);
  }

  /** What is known of the elements of a list. Of one that is no reference TypeScript finds out their type by itself. */
  bound(element: Local, list: Value): Narrowing {
    return this.#referenceOf(list) === undefined ? this.#with(this.write(element), []) : this;
  }

  #afterSame(condition: Same, isEqual: boolean): Narrowing {
    if (!this.comparesPlainly(condition)) return this;
    const { left, right } = condition;
    const reference = this.#referenceOf(left) ?? this.#referenceOf(right);
    const literal = [left, right].find(isLiteral)?.value;
    if (reference === undefined || literal === undefined) return this;
    if (isEqual) return this.#with(reference.key, [literal]);
    const possible = this.#possible(reference);
    return possible === undefined
      ? this
      : this.#with(
          reference.key,
          [...possible].filter((each) => each !== literal),
        );
  }

  #without(condition: Value): Narrowing {
    switch (condition.kind) {
      case "not":
        return this.#without(condition.operand);
      case "logic":
        return this.#without(condition.left).#without(condition.right);
      case "same": {
        const references = [condition.left, condition.right].map((each) => this.#referenceOf(each));
        return references.reduce<Narrowing>(
          (all, each) => (each === undefined ? all : all.#with(each.key, [])),
          this,
        );
      }
      default:
        return this;
    }
  }

  #with(key: string, possible: Iterable<Literal>): Narrowing {
    return new Narrowing(this.write, new Map(this.known).set(key, new Set(possible)));
  }

  /** The values that a reference may have, if they are few. */
  #possible({ key, type }: Reference): ReadonlySet<Literal> | undefined {
    return this.known.get(key) ?? (type.kind === "labels" ? new Set(type.labels) : undefined);
  }

  /** Whether a reference may have any value of its type, of which there is no end. */
  #isOpen({ key, type: { kind } }: Reference): boolean {
    return (kind === "text" || kind === "int" || kind === "float") && !this.known.has(key);
  }

  #referenceOf(value: Value): Reference | undefined {
    switch (value.kind) {
      case "local":
        return { key: this.write(value.local), type: value.local.type };
      case "field": {
        const object = this.#referenceOf(value.object);
        const type = object?.type.kind === "record" ? object.type.fields.get(value.name) : undefined;
        return object && type && { key: `${object.key}.${value.name}`, type };
      }
      case "length": {
        const list = this.#referenceOf(value.list);
        return list && { key: `${list.key}.length`, type: int };
      }
      default:
        return undefined;
    }
  }
}

function isLiteral(value: Value): value is Value & { readonly value: Literal } {
  return value.kind === "constant" && (typeof value.value === "string" || typeof value.value === "number");
}

/** Whether a value is a text or a number that TypeScript takes for any other, too. */
function isComputed(value: Value): boolean {
  switch (value.kind) {
    case "arithmetic":
    case "length":
      return true;
    case "concatenate":
      return value.what === "text";
    case "function":
      return /^(texts|numbers)\.|^lists\.length$/.test(value.name);
    default:
      return false;
  }
}

import { Failed, type Value } from "./interpreter-values.js";

/**
 * The language's functions as the reference describes them, written apart from the machine's: texts are arrays of
 * code points here, and nothing is shared with what emitted code calls.
 */
/** @param float whether the result is a float */
export function callFunction(name: string, args: readonly Value[], float: boolean): Value {
  const [a, b, c] = args as [Value, Value, Value];
  switch (name) {
    case "len":
      return points(a).length;
    case "lower":
      return String(a).toLowerCase();
    case "upper":
      return String(a).toUpperCase();
    case "trim":
      return String(a).replace(/^\s+/u, "").replace(/\s+$/u, "");
    case "contains":
      return String(a).split(String(b)).length > 1 || b === "";
    case "starts_with":
      return String(a).slice(0, String(b).length) === b;
    case "ends_with":
      return b === "" || String(a).slice(-String(b).length) === b;
    case "replace":
      return b === "" ? a : String(a).split(String(b)).join(String(c));
    case "split":
      return b === "" ? points(a) : String(a).split(String(b));
    case "join":
      return (a as readonly string[]).reduce((all, each, index) => (index === 0 ? each : all + b + each), "");
    case "lines": {
      const parts = String(a).split(/\r?\n/);
      return parts.at(-1) === "" ? parts.slice(0, -1) : parts;
    }
    case "words":
      return String(a)
        .split(/\s+/u)
        .filter((word) => word !== "");
    case "slice": {
      const kept = points(a).filter((_, index) => index >= Number(b) && index < Number(c));
      return typeof a === "string" ? kept.join("") : kept;
    }
    case "find": {
      if (typeof a !== "string") return orNone(points(a).findIndex((each) => equal(each, b)));
      const all = points(a);
      const part = points(b);
      return orNone([...all, ""].findIndex((_, at) => equal(all.slice(at, at + part.length), part)));
    }
    case "first":
      return points(a)[0] ?? null;
    case "last":
      return points(a)[points(a).length - 1] ?? null;
    case "reverse":
      return [...points(a)].reverse();
    case "sort":
      return insertionSort(points(a));
    case "unique":
      return points(a).filter((each, index, all) => all.findIndex((other) => equal(each, other)) === index);
    case "range": {
      const [from, to] = args.length === 1 ? [0, Number(a)] : [Number(a), Number(b)];
      if (to - from > 1_000_000) throw new Failed();
      const found: number[] = [];
      for (let n = from; n < to; n++) found.push(n);
      return found;
    }
    case "sum":
      return (points(a) as number[]).reduce((total, each) => inRange(total + each, float), 0);
    case "min":
    case "max": {
      const sorted = insertionSort(args.length === 2 ? args : points(a));
      return (name === "min" ? sorted[0] : sorted.at(-1)) ?? null;
    }
    case "any":
      return points(a).some((each) => each === true);
    case "all":
      return points(a).every((each) => each === true);
    case "abs":
      return Number(a) < 0 ? -Number(a) : a;
    case "div":
      if (b === 0) throw new Failed();
      return Number((BigInt(Number(a)) - modulo(BigInt(Number(a)), BigInt(Number(b)))) / BigInt(Number(b)));
    case "floor":
      return inRange(Math.floor(Number(a)), false);
    case "ceil":
      return inRange(-Math.floor(-Number(a)), false);
    case "round":
      return inRange(Math.floor(Number(a) + 0.5), false);
    case "text":
      return typeof a === "string" ? a : JSON.stringify(a);
    case "int": {
      const value = /^\s*[-+]?[0-9]+\s*$/.test(String(a)) ? Number(a) : Number.NaN;
      return Number.isSafeInteger(value) ? value + 0 : null;
    }
    case "float": {
      const value = /^\s*[-+]?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?\s*$/i.test(String(a)) ? Number(a) : Number.NaN;
      return Number.isFinite(value) ? value + 0 : null;
    }
    default:
      throw new Error(`there is no function ${name}`);
  }
}

/** A list's elements or a text's code points. */
function points(value: Value): readonly Value[] {
  return typeof value === "string" ? Array.from(value) : (value as readonly Value[]);
}

function orNone(index: number): Value {
  return index === -1 ? null : index;
}

function modulo(a: bigint, b: bigint): bigint {
  const rest = a % b;
  return rest !== 0n && rest < 0n !== b < 0n ? rest + b : rest;
}

function insertionSort(values: readonly Value[]): Value[] {
  const sorted: Value[] = [];
  for (const value of values) {
    const at = sorted.findIndex((each) => before(value, each));
    sorted.splice(at === -1 ? sorted.length : at, 0, value);
  }
  return sorted;
}

/** Numbers by value, texts by code points. */
export function before(a: Value, b: Value): boolean {
  if (typeof a === "number" && typeof b === "number") return a < b;
  const [x, y] = [points(a), points(b)].map((all) => all.map((each) => String(each).codePointAt(0)!));
  for (let i = 0; i < x!.length && i < y!.length; i++) if (x![i] !== y![i]) return x![i]! < y![i]!;
  return x!.length < y!.length;
}

export function divide(operator: "/" | "%", a: number, b: number, float: boolean): number {
  if (b === 0) throw new Failed();
  if (operator === "/") return inRange(a / b, true);
  return float ? inRange(((a % b) + b) % b, true) : Number(modulo(BigInt(a), BigInt(b)));
}

export function inRange(value: number, float: boolean): number {
  if (float ? !Number.isFinite(value) : !Number.isSafeInteger(value)) throw new Failed();
  // There is no negative zero in JSON.
  return value + 0;
}

/** By text with sorted fields: nothing like the machine's own way. */
export function equal(a: Value, b: Value): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, each]) => `${name}:${canonical(each)}`).join()}}`;
}

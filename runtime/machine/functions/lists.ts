import { same } from "../equal.js";
import { float, int } from "../failure.js";
import { checkList } from "./sizes.js";
import { compare } from "./texts.js";

/** The language's functions on lists. None changes its list; those that take a place may fail there. */

/** The list, if it is not too long. @throws FlowFailure if it is */
export function sized<T>(list: readonly T[], place: string): readonly T[] {
  checkList(list.length, place);
  return list;
}

export function length(list: readonly unknown[]): number {
  return list.length;
}

export function first<T>(list: readonly T[]): T | null {
  return list[0] ?? null;
}

export function last<T>(list: readonly T[]): T | null {
  return list.at(-1) ?? null;
}

/** The elements from one index up to another, as far as there are any. */
export function slice<T>(list: readonly T[], from: number, to: number): readonly T[] {
  return list.slice(Math.max(0, from), Math.max(0, to));
}

export function reverse<T>(list: readonly T[]): readonly T[] {
  return list.toReversed();
}

/** From the lowest to the highest; equal elements keep their order. */
export function sortNumbers(list: readonly number[]): readonly number[] {
  return list.toSorted((a, b) => a - b);
}

/** By code points; equal elements keep their order. */
export function sortTexts(list: readonly string[]): readonly string[] {
  return list.toSorted(compare);
}

/** Every element where it stands first; equality is that of `==`. */
export function unique<T>(list: readonly T[]): readonly T[] {
  // Texts and numbers are found by value, records and lists only by looking at each.
  const seen = new Set<T>();
  const structures: T[] = [];
  return list.filter((each) => {
    if (typeof each !== "object" || each === null) {
      const isNew = !seen.has(each);
      seen.add(each);
      return isNew;
    }
    if (structures.some((known) => same(known, each))) return false;
    structures.push(each);
    return true;
  });
}

/** The index of the first element that is equal. */
export function find<T>(list: readonly T[], item: T): number | null {
  const index = list.findIndex((each) => same(each, item));
  return index === -1 ? null : index;
}

/** @throws FlowFailure if a sum on the way leaves the range of an int */
export function sumInts(list: readonly number[], place: string): number {
  return list.reduce((sum, each) => int(sum + each, place), 0);
}

/** From the left. @throws FlowFailure if a sum on the way is infinite */
export function sumFloats(list: readonly number[], place: string): number {
  return list.reduce((sum, each) => float(sum + each, place), 0);
}

export function min(list: readonly number[]): number | null {
  return list.length === 0 ? null : list.reduce((a, b) => Math.min(a, b));
}

export function max(list: readonly number[]): number | null {
  return list.length === 0 ? null : list.reduce((a, b) => Math.max(a, b));
}

/** The whole numbers from 0 up to `to`, without it. @throws FlowFailure if they are too many */
export function range(to: number, place: string): readonly number[] {
  return between(0, to, place);
}

/** The whole numbers from `from` up to `to`, without it. @throws FlowFailure if they are too many */
export function between(from: number, to: number, place: string): readonly number[] {
  const count = Math.max(0, to - from);
  checkList(count, place);
  return Array.from({ length: count }, (_, index) => from + index);
}

/** Whether one of them is true. */
export function any(list: readonly boolean[]): boolean {
  return list.includes(true);
}

/** Whether none of them is false. */
export function all(list: readonly boolean[]): boolean {
  return !list.includes(false);
}

import { FlowFailure, float, int } from "../failure.js";

/** The language's functions on numbers. Those that take a place may fail there. */

/** The quotient as a float. @throws FlowFailure if the divisor is 0 or the quotient infinite */
export function divide(a: number, b: number, place: string): number {
  return float(a / divisor(b, place), place);
}

/** What is left of `a` when multiples of `b` are taken away: 0, or of the sign of `b`. @throws FlowFailure if `b` is 0 */
export function remainder(a: number, b: number, place: string): number {
  const rest = a % divisor(b, place);
  const whole = rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
  return whole === 0 ? 0 : whole;
}

/** The whole number at or below the exact quotient of two ints. @throws FlowFailure if the divisor is 0 */
export function quotient(a: number, b: number, place: string): number {
  const rest = a % divisor(b, place);
  const towardsZero = (a - rest) / b;
  return int(rest !== 0 && rest < 0 !== b < 0 ? towardsZero - 1 : towardsZero, place);
}

function divisor(b: number, place: string): number {
  if (b === 0) throw new FlowFailure("division by 0", place);
  return b;
}

export function abs(a: number): number {
  return Math.abs(a);
}

export function min(a: number, b: number): number {
  return Math.min(a, b);
}

export function max(a: number, b: number): number {
  return Math.max(a, b);
}

/** @throws FlowFailure if the result is beyond an int's range, as for the other two */
export function floor(a: number, place: string): number {
  return int(Math.floor(a), place);
}

export function ceil(a: number, place: string): number {
  return int(Math.ceil(a), place);
}

/** The nearest whole number; of two equally near the higher one. */
export function round(a: number, place: string): number {
  return int(Math.round(a), place);
}

/** The int that a text spells (`42`, `-7`, blanks around it), or nothing. */
export function intOf(text: string): number | null {
  const digits = text.trim();
  const value = /^[+-]?\d+$/.test(digits) ? Number(digits) : Number.NaN;
  if (!Number.isSafeInteger(value)) return null;
  return value === 0 ? 0 : value;
}

/** The number that a text spells (`0.5`, `-2e3`, `42`, blanks around it), or nothing. */
export function floatOf(text: string): number | null {
  const digits = text.trim();
  const value = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(digits) ? Number(digits) : Number.NaN;
  if (!Number.isFinite(value)) return null;
  return value === 0 ? 0 : value;
}

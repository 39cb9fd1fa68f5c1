import { InvalidArgumentError } from "commander";

/** For commander: a whole number, 1 or more. */
export function parsePositive(text: string): number {
  const value = parseWhole(text);
  if (value === undefined || value === 0)
    throw new InvalidArgumentError("Expected a whole number, 1 or more.");
  return value;
}

/** For commander: a whole number, 0 or more. */
export function parseCount(text: string): number {
  const value = parseWhole(text);
  if (value === undefined) throw new InvalidArgumentError("Expected a whole number, 0 or more.");
  return value;
}

/** For commander: a number above 0. */
export function parseAboveZero(text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!(value > 0 && value <= 1e9)) throw new InvalidArgumentError("Expected a number above 0.");
  return value;
}

const LARGEST_SEED = 2 ** 31 - 1;

/** For commander: a seed, as settings may hold it. */
export function parseSeed(text: string): number {
  const value = parseWhole(text);
  if (value === undefined || value > LARGEST_SEED)
    throw new InvalidArgumentError(`Expected a whole number from 0 to ${LARGEST_SEED}.`);
  return value;
}

function parseWhole(text: string): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(value) ? value : undefined;
}

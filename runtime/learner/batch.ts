import type { LossPart, LossTerm } from "./loss.js";
import type { Settings } from "./settings.js";

/** One term of an update, with all that its part of the loss was computed from. */
export type BatchTerm = LossPart & {
  readonly term: LossTerm;
  readonly margin: number;
  readonly referenceMargin: number;
};

/** The terms of an update that went wrong, kept for people to look at. */
export interface Batch {
  readonly round: number;
  readonly step: number;
  readonly agent: string;
  /** Name the numbers of the trained policy and of the reference, which the margins are of. */
  readonly version: string;
  readonly referenceVersion: string;
  readonly beta: number;
  readonly label_smoothing: Settings["loss"]["label_smoothing"];
  readonly loss: number;
  /** Euclidean norm of the gradient. */
  readonly gradient: number;
  readonly terms: readonly BatchTerm[];
}

/** Fields that may hold what JSON has no numbers for. */
const NUMBERS: ReadonlySet<string> = new Set(["loss", "gradient", "slope", "margin", "referenceMargin"]);
const NOT_FINITE: ReadonlySet<string> = new Set(["NaN", "Infinity", "-Infinity"]);

/** A batch as JSON lines: what is common to its terms, then a line for each. NaN and infinities are written as text. */
export function formatBatch({ terms, ...common }: Batch): string {
  const write = (line: object) =>
    JSON.stringify(line, (_, value: unknown) =>
      typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
    );
  return [common, ...terms].map((line) => `${write(line)}\n`).join("");
}

/** Reads what `formatBatch` wrote. @throws SyntaxError if it is not that */
export function parseBatch(text: string): Batch {
  const read = (line: string): unknown =>
    JSON.parse(line, (key, value: unknown) =>
      NUMBERS.has(key) && typeof value === "string" && NOT_FINITE.has(value) ? Number(value) : value,
    );
  const [common, ...terms] = text.split("\n").filter((line) => line !== "");
  if (common === undefined)
    throw new SyntaxError("a batch begins with a line of what is common to its terms");
  return { ...(read(common) as Omit<Batch, "terms">), terms: terms.map(read) as readonly BatchTerm[] };
}

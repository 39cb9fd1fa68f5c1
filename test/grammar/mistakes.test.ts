import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { check } from "../../compiler/index.js";
import type { Span } from "../../grammar/index.js";
import { type Mistake, mistakesIn } from "./mistakes.js";

/** Declares something wrong of its own, to see whether it is still checked. */
const other = '\nagent stands_below(a: text) -> yes | no {\n  user """{{ a }} {{ nothing }}"""\n}\n';

/** `SHOW_FIGURES=1` prints the table that docs/measurements.md has. */
const show = process.env.SHOW_FIGURES === "1";

interface Outcome {
  readonly mistake: Mistake;
  /** How many diagnostics there are, `other`'s apart. */
  readonly count: number;
  /** Whether the first one stands on the mistake's line or on one beside it, or at the other end of what is unclosed. */
  readonly isNear: boolean;
  readonly isOtherChecked: boolean;
}

function outcomeOf(mistake: Mistake): Outcome {
  const { diagnostics, sources } = check(mistake.text + other, "f.flow");
  const own = diagnostics.filter(({ span }) => span.start < mistake.text.length);
  const lineOf = ({ start }: Span) => sources.positionAt(start).line;
  const places = [mistake.span, ...(mistake.otherEnd === undefined ? [] : [mistake.otherEnd])];
  const [first] = own;
  const isNear =
    first !== undefined && places.some((place) => Math.abs(lineOf(first.span) - lineOf(place)) <= 1);
  const isOtherChecked = diagnostics.some(
    ({ code, span }) => code === "F101" && span.start > mistake.text.length,
  );
  return { mistake, count: own.length, isNear, isOtherChecked };
}

const folders = ["flows", "flows/examples", "test/golden/ok"];
const texts = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".flow"))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    // What a file imports is not there.
    .filter((text) => !/^import/m.test(text) && check(text, "f.flow").diagnostics.length === 0),
);

function share(outcomes: readonly Outcome[], is: (outcome: Outcome) => boolean): number {
  return outcomes.filter(is).length / outcomes.length;
}

describe("one typing mistake anywhere", () => {
  // Some leave a flow that is right too, such as a `-` less.
  const outcomes = texts
    .flatMap(mistakesIn)
    .map(outcomeOf)
    .filter(({ count }) => count > 0);

  it.each(["left out", "misspelt", "unclosed"] as const)(
    "%s: few diagnostics, near, and the rest is checked",
    (what) => {
      const those = outcomes.filter(({ mistake }) => mistake.what === what);
      const figures = {
        mistakes: those.length,
        "one diagnostic": share(those, ({ count }) => count === 1),
        "one or two": share(those, ({ count }) => count <= 2),
        most: Math.max(...those.map(({ count }) => count)),
        "within a line": share(those, ({ isNear }) => isNear),
        "the agent below is checked": share(those, ({ isOtherChecked }) => isOtherChecked),
      };
      if (show) console.table(figures);
      expect(figures.mistakes).toBeGreaterThan(500);
      expect(figures["one or two"]).toBeGreaterThan(0.99);
      expect(figures["within a line"]).toBeGreaterThan(0.83);
      expect(figures["the agent below is checked"]).toBe(1);
    },
  );
});

import type { Expression, File, NamePlace, Span } from "../../grammar/index.js";
import { examine } from "../check/check.js";
import { lookup, visibleNames } from "../check/context.js";
import type { Known, Variable } from "../check/symbols.js";
import type { FlowFile } from "../files/read.js";
import type { Type } from "../types/type.js";
import type { FlowDocument } from "./document.js";

/** A file read with a made-up name at the cursor: what is written there may not be a whole sentence yet. */
export interface Probe {
  readonly tree: File;
  readonly file: FlowFile;
  readonly known: Known;
  /** Where the made-up name begins. */
  readonly at: number;
  /** The variables that can be seen at the cursor, as far as expressions stand there. */
  readonly variables: readonly Variable[];
  /** The place at the cursor where nobody may be asked, as a phrase, or nothing where somebody may. */
  readonly silent: string | undefined;
  /** What is wanted of the smallest expression around the cursor that is of this kind. */
  expected(kind: Expression["kind"]): Type | undefined;
}

/** The made-up name; a flow that has it itself gets nothing worse than a strange list. */
export const HERE = "flowc_is_here";

/** How a place is finished so that the parser sees the whole of what is being written. */
const endings: Readonly<Record<string, string>> = {
  entry: ": none",
  setting: ": 1",
  parameter: ": int",
  assignment: " = none",
  armLabel: " -> pass",
  mockTarget: " -> none",
};

/** @param span of the word at the cursor */
export function probe(
  { text, place }: Pick<FlowDocument, "text" | "place">,
  span: Span,
  places: readonly NamePlace[],
): Probe {
  const { start, end } = span;
  const before = text.slice(0, start);
  const rest = text.slice(end);
  const inserted = `${HERE}${endingFor(before, rest, places)}`;
  const last = start + inserted.length + (isAssignment(places) ? lineOf(rest).length : 0);
  const around: Seen[] = [];
  const { tree, file, known } = examine(`${before}${inserted}${rest}`, "", place, (scope, node, expected) => {
    if (node.span.start > last || node.span.end < start) return;
    const variables = visibleNames(scope).map((name) => lookup(scope, name)!);
    around.push({ node, variables, silent: scope.silent, expected });
  });
  // An expression is seen before its parts; where it is seen twice, the second time knows more.
  around.sort((a, b) => length(b.node) - length(a.node));
  const nearest = around.at(-1);
  return {
    tree,
    file,
    known,
    at: start,
    variables: nearest?.variables ?? [],
    silent: nearest?.silent,
    expected: (kind) => around.findLast(({ node }) => node.kind === kind)?.expected,
  };
}

interface Seen {
  readonly node: Expression;
  readonly variables: readonly Variable[];
  readonly silent: string | undefined;
  readonly expected: Type | undefined;
}

/** What is set is no expression, so what is known there is known from the value behind it. */
function isAssignment(places: readonly NamePlace[]): boolean {
  return places.some(({ rule }) => rule === "assignment");
}

function lineOf(rest: string): string {
  return /^[^\n]*/.exec(rest)![0];
}

function endingFor(before: string, rest: string, places: readonly NamePlace[]): string {
  const restOfLine = lineOf(rest);
  const isFinished = /^[ \t]*(?:[:=|]|->)/.test(rest);
  const ending = isFinished
    ? undefined
    : places.map(({ rule }) => endings[rule]).find((each) => each !== undefined);
  const pick =
    restOfLine.trim() === "" && places.some(({ inside }) => inside.includes("pick"))
      ? pickEnding(before)
      : "";
  const closing = isInHole(before) && !/\}\}|%\}/.test(restOfLine) ? " }}" : "";
  return `${ending ?? ""}${pick}${closing}`;
}

/** What a pick that has just been begun still lacks: of one that is not whole nothing would be known. */
function pickEnding(before: string): string {
  const written = before.slice(before.lastIndexOf("pick"));
  const open = [...written.replace(/"(?:[^"\\\n]|\\.)*"/g, "").matchAll(/[()[\]]/g)].map(([sign]) => sign);
  const closers: string[] = [];
  for (const sign of open) {
    if (sign === "(" || sign === "[") closers.push(sign === "(" ? ")" : "]");
    else closers.pop();
  }
  const by = /\sby\s/.test(written);
  const scorer = by ? (closers.length === 0 && /\sby\s+\w*$/.test(written) ? "()" : "") : " by unknown()";
  const label = /\sby\s.*\)\s*is\s/s.test(written) ? "" : " is unknown";
  return `${closers.reverse().join("")}${scorer}${label} else break`;
}

function length({ span }: Expression): number {
  return span.end - span.start;
}

/** Whether the line ends inside `{{ ... `. */
function isInHole(before: string): boolean {
  const line = before.slice(before.lastIndexOf("\n") + 1);
  return line.lastIndexOf("{{") > line.lastIndexOf("}}");
}

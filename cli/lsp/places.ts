import type { Position, Range } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { SourceText, Span } from "../../compiler/index.js";

/** Between offsets of the compiler and the protocol's lines and characters, which count from 0. */

export function rangeOf(text: TextDocument, { start, end }: Span): Range {
  return { start: text.positionAt(start), end: text.positionAt(end) };
}

/** The range of a stretch of a file that may not be open; the offsets count from the beginning of that file. */
export function sourceRange(source: SourceText, { start, end }: Span): Range {
  return { start: positionIn(source, start), end: positionIn(source, end) };
}

function positionIn(source: SourceText, offset: number): Position {
  const { line, column } = source.positionAt(source.base + offset);
  return { line: line - 1, character: column - 1 };
}

/** What a client sends is checked by nobody before: a place that is none becomes the nearest that is one. */
export function offsetOf(text: TextDocument, position: Position | undefined): number {
  const line = count(position?.line);
  return text.offsetAt({ line, character: count(position?.character) });
}

export function spanOf(text: TextDocument, range: Range | undefined): Span {
  const start = offsetOf(text, range?.start);
  return { start, end: Math.max(start, offsetOf(text, range?.end)) };
}

function count(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? Math.max(0, Math.floor(value)) : 0;
}

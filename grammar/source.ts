/**
 * A stretch of a source text: UTF-16 offsets, `end` exclusive. Every file of a program has a range of offsets of its
 * own, so a span alone says which file it is in; of the file that was asked for they count from its beginning.
 */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A place as people count: lines and columns from 1, columns in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Lines end as they do in editors: with `\n`, `\r\n`, or `\r` alone. */
export const lineBreaks = /\r\n?|\n/g;

/** A source text and where its lines begin. */
export class SourceText {
  readonly #lineStarts: readonly number[];

  constructor(
    /** What the file is called in messages. */
    readonly file: string,
    readonly text: string,
    /** Where the file's offsets begin. */
    readonly base = 0,
    /** From the folder of the file that was asked for, with `/` between names; of that file itself nothing. */
    readonly path = "",
  ) {
    const starts = [0];
    for (const { index, 0: written } of text.matchAll(lineBreaks)) starts.push(index + written.length);
    this.#lineStarts = starts;
  }

  get lineCount(): number {
    return this.#lineStarts.length;
  }

  /** Where an offset of this file is. */
  positionAt(offset: number): Position {
    const at = offset - this.base;
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: at - this.#lineStarts[low]! + 1 };
  }

  /** The offset of a place. */
  offsetAt({ line, column }: Position): number {
    return this.base + (this.#lineStarts[line - 1] ?? this.text.length) + column - 1;
  }

  /** A line's text without its line break; lines count from 1, a line that is not there is empty. */
  line(number: number): string {
    const start = this.#lineStarts[number - 1];
    if (start === undefined) return "";
    const next = this.#lineStarts[number];
    return this.text.slice(start, next).replace(/[\r\n]+$/, "");
  }
}

/** The files of a program: that which was asked for, and then what it imports, in the order of their offsets. */
export class Sources {
  constructor(readonly all: readonly [SourceText, ...SourceText[]]) {}

  /** The file that was asked for. */
  get main(): SourceText {
    return this.all[0];
  }

  /** The file that an offset is in. */
  at(offset: number): SourceText {
    return this.all.findLast(({ base }) => base <= offset) ?? this.main;
  }

  positionAt(offset: number): Position {
    return this.at(offset).positionAt(offset);
  }
}

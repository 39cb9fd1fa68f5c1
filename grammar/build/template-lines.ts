import { lineBreaks } from "../source.js";

/**
 * Whitespace of prompt blocks, decided once at compile time from the text between the triple quotes:
 *
 * 1. A line break right after the opening quotes, and the blank line of the closing quotes, are not part of the text.
 * 2. The indent that all lines share is taken away; blank lines become empty and do not count.
 * 3. A line that holds only tags (and blanks) disappears, its line break with it.
 *
 * Line breaks are \n whatever the file has. Blanks inside a line stay as they are.
 */

/** A piece of a prompt in source order; `Insert` is a hole, `Tag` a `{% %}`. */
export type Piece<Insert, Tag> =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "insert"; readonly insert: Insert }
  | { readonly kind: "tag"; readonly tag: Tag };

type Line<I, T> = readonly Piece<I, T>[];

/** The pieces with the rules above applied to their text. */
export function layOut<I, T>(pieces: readonly Piece<I, T>[]): Piece<I, T>[] {
  const lines = withoutOuterBreaks(splitLines(pieces));
  const indent = commonIndent(lines.slice(lines.startsInline ? 1 : 0));
  return lines.flatMap((line, index): Line<I, T> => {
    const inner = index === 0 && lines.startsInline ? line : withoutIndent(line, indent);
    const tags = inner.filter((piece) => piece.kind === "tag");
    if (tags.length > 0 && inner.every((piece) => piece.kind === "tag" || isBlank(piece))) return tags;
    const content = inner.every(isBlank) ? [] : inner;
    return index < lines.length - 1 ? [...content, { kind: "text", text: "\n" }] : content;
  });
}

function splitLines<I, T>(pieces: readonly Piece<I, T>[]): Line<I, T>[] {
  const lines: Piece<I, T>[][] = [[]];
  for (const piece of pieces) {
    if (piece.kind !== "text") {
      lines.at(-1)!.push(piece);
      continue;
    }
    piece.text.split(lineBreaks).forEach((text, index) => {
      if (index > 0) lines.push([]);
      if (text !== "") lines.at(-1)!.push({ kind: "text", text });
    });
  }
  return lines;
}

/** Rule 1. `startsInline`: the first line stands behind the opening quotes, so its blanks are no indent. */
function withoutOuterBreaks<I, T>(lines: Line<I, T>[]): Line<I, T>[] & { startsInline: boolean } {
  const openBreak = lines.length > 1 && lines[0]!.every(isBlank);
  const inner = openBreak ? lines.slice(1) : lines;
  const closeBreak = (openBreak || inner.length > 1) && inner.at(-1)!.every(isBlank);
  return Object.assign(closeBreak ? inner.slice(0, -1) : [...inner], { startsInline: !openBreak });
}

/** Rule 2: the longest run of blanks with which every line that is not blank begins. */
function commonIndent<I, T>(lines: readonly Line<I, T>[]): string {
  let common: string | undefined;
  for (const line of lines) {
    if (line.every(isBlank)) continue;
    const indent = leadingBlanks(line);
    if (common === undefined) common = indent;
    let same = 0;
    while (same < common.length && common[same] === indent[same]) same++;
    common = common.slice(0, same);
  }
  return common ?? "";
}

function leadingBlanks<I, T>(line: Line<I, T>): string {
  const first = line[0];
  return first?.kind === "text" ? /^[ \t]*/.exec(first.text)![0] : "";
}

function withoutIndent<I, T>(line: Line<I, T>, indent: string): Line<I, T> {
  const [first, ...rest] = line;
  if (first?.kind !== "text" || indent === "" || !first.text.startsWith(indent)) return line;
  return [{ kind: "text", text: first.text.slice(indent.length) }, ...rest];
}

function isBlank<I, T>(piece: Piece<I, T>): boolean {
  return piece.kind === "text" && /^[ \t]*$/.test(piece.text);
}

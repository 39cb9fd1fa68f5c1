import { lexemes, type Sources, type Span } from "../../grammar/index.js";

/** A piece of the source on one line, without comments. */
export function excerpt(sources: Sources, { start, end }: Span): string {
  const { text, base } = sources.at(start);
  const piece = text.slice(start - base, end - base);
  if (!/[\r\n]/.test(piece)) return piece.replace(/\s+/g, " ").trim();
  // A comment ends with its line, so only what has several lines can hold one.
  let line = "";
  let last = 0;
  for (const { kind, text: word, span } of lexemes(piece)) {
    if (kind === "comment" || kind === "doc") continue;
    line += `${line !== "" && span.start > last ? " " : ""}${word}`;
    last = span.end;
  }
  return line.replace(/\s+/g, " ");
}

/** The text, or its beginning if it has more characters. */
export function shortened(text: string, characters: number): string {
  const all = [...text];
  return all.length <= characters
    ? text
    : `${all
        .slice(0, characters - 1)
        .join("")
        .trimEnd()}…`;
}

/** The text on lines of so many characters, broken at its blanks; a word that has more is shortened. */
export function wrapped(text: string, characters: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").map((each) => shortened(each, characters))) {
    // A bar stays with what stands before it: it says that there is more.
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && word !== "|" && [...longer].length > characters) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

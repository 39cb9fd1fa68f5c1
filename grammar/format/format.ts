import { readConcrete } from "../concrete.js";
import { parse } from "../parse.js";
import type { SyntaxProblem } from "../problem.js";
import { lineBreaks } from "../source.js";
import { type Item, itemsOf } from "./items.js";
import { findMarks, type Marks } from "./marks.js";
import { formatPrompt } from "./prompt.js";
import { spaceBetween } from "./spacing.js";

export type Formatted =
  | { readonly text: string; readonly problems?: undefined }
  | { readonly problems: readonly SyntaxProblem[] };

/**
 * A file as everybody writes it: two blanks of indent, one between words, a line for every statement, no more than one
 * blank line. Line breaks inside of an expression, short blocks on one line, and all comments stay where they are.
 * Formatting what it returns changes nothing. A text with syntax errors is not touched.
 */
export function format(text: string): Formatted {
  const read = readConcrete(text);
  if (!("cst" in read)) return { problems: [read] };
  const isOpen = read.lexed.tokens.some(({ tokenType }) => tokenType.name === "UnterminatedText");
  if (!read.isWhole || isOpen) return { problems: parse(text).problems };
  return { text: new Layout(text, findMarks(read.cst)).run(itemsOf(read.lexed)) };
}

const INDENT = "  ";
const OPENING: ReadonlySet<string> = new Set(["{", "(", "["]);
const CLOSING: ReadonlySet<string> = new Set(["}", ")", "]"]);

/** An open bracket: the level of what stands on lines of its own inside of it is one more. */
interface Bracket {
  readonly level: number;
  /** Whether it is the brace around units. */
  readonly isBlock: boolean;
  /** Where a block of several lines closes, which it does on a line of its own. */
  readonly close: number | undefined;
}

class Layout {
  readonly #source: string;
  readonly #marks: Marks;
  readonly #lines: string[] = [];
  #line = "";
  #level = 0;
  /** That of the line on which the current unit begins: its block's content stands one deeper, wherever the brace is. */
  #unitLevel = 0;
  readonly #open: Bracket[] = [];
  /** The brace that last closed a block of several lines. */
  #blockEnd: number | undefined;

  constructor(source: string, marks: Marks) {
    this.#source = source;
    this.#marks = marks;
  }

  run(items: readonly Item[]): string {
    if (items.length === 0) return "";
    let before: Item | undefined;
    for (const item of items) {
      this.#place(before, item);
      before = item;
    }
    this.#endLine();
    return `${this.#lines.join("\n")}\n`;
  }

  #place(before: Item | undefined, item: Item): void {
    const breaks = before === undefined ? 0 : this.#breaks(before, item);
    const begins = before === undefined || breaks > 0;
    if (before !== undefined) {
      if (breaks > 0) {
        this.#endLine();
        if (breaks > 1) this.#lines.push("");
      } else this.#line += spaceBetween(before, item, this.#marks);
    }
    if (CLOSING.has(item.name) && item.kind === "token") this.#close(begins);
    else if (begins) this.#level = this.#levelOf(before, item);
    if (this.#marks.units.has(item.start) && begins) this.#unitLevel = this.#level;
    if (begins) this.#line = INDENT.repeat(this.#level);
    this.#write(item);
    if (OPENING.has(item.name) && item.kind === "token") this.#push(item);
  }

  #write(item: Item): void {
    if (item.kind !== "prompt") {
      this.#line += item.kind === "comment" ? item.image.trimEnd() : item.image;
      return;
    }
    const [first, ...rest] = formatPrompt(item.inner, this.#level, this.#marks);
    this.#line += first;
    for (const line of rest) {
      // Blanks at the ends of a prompt's lines are part of its text.
      this.#lines.push(this.#line);
      this.#line = line;
    }
  }

  #endLine(): void {
    this.#lines.push(this.#line);
    this.#line = "";
  }

  #push(item: Item): void {
    const end = this.#marks.blocks.get(item.start);
    const isBlock = end !== undefined;
    const spansLines = isBlock && this.#source.slice(item.start, end).search(lineBreaks) >= 0;
    const level = isBlock ? this.#unitLevel : this.#level;
    this.#open.push({ level, isBlock, close: spansLines ? end : undefined });
  }

  #close(begins: boolean): void {
    const bracket = this.#open.pop();
    this.#blockEnd = bracket?.close;
    if (begins) this.#level = bracket?.level ?? 0;
    // What follows on the line, `exhausted -> {`, belongs to the unit whose block has closed.
    if (bracket?.isBlock === true) this.#unitLevel = bracket.level;
  }

  /** How deep a line stands that begins with an item which closes nothing. */
  #levelOf(before: Item | undefined, item: Item): number {
    const bracket = this.#open.at(-1);
    const level = bracket === undefined ? 0 : bracket.level + 1;
    if (before === undefined || item.kind === "comment" || this.#marks.units.has(item.start)) return level;
    const continues =
      this.#marks.hanging.has(item.start) ||
      (before.kind === "token" && !OPENING.has(before.name) && ![",", "}"].includes(before.name));
    return continues ? level + 1 : level;
  }

  /** Line breaks between two items: 0, 1, or 2 for a blank line. */
  #breaks(before: Item, item: Item): 0 | 1 | 2 {
    const between = this.#source.slice(before.end, item.start);
    const written = between.split(lineBreaks).length - 1;
    if (item.kind === "comment" && written === 0) return 0;
    const bracket = this.#open.at(-1);
    const opened = OPENING.has(before.name) && before.kind === "token";
    const closes = CLOSING.has(item.name) && item.kind === "token";
    if (opened && closes) return 0;
    const isUnit = this.#marks.units.has(item.start);
    const owesBreak =
      (isUnit && bracket === undefined) ||
      // A unit of a block, and not one behind `->` or the `else` of a pick.
      (isUnit && bracket?.close !== undefined && before.name !== "->" && before.name !== "else") ||
      (closes && bracket?.close === item.start);
    // Declarations with a body of several lines stand apart.
    const ended = bracket === undefined && this.#blockEnd === before.start;
    const least = ended ? 2 : owesBreak ? 1 : 0;
    const breaks = Math.max(least, Math.min(written, opened || closes ? 1 : 2));
    return breaks as 0 | 1 | 2;
  }
}

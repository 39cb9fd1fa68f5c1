/**
 * Prompt blocks whose closing quotes are missing. Read as it stands, such a text has its blocks inside out from there
 * on: it ends inside of one, or cannot be parsed. A text that can is never looked at here, so that no block that is closed
 * means anything else.
 */

const name = String.raw`[A-Za-z_]\w*`;

/** A line that is no part of a prompt if a block has lost its quotes: what stands at the margin, or another block. */
export const behindPrompt = new RegExp(
  [
    String.raw`\}[ \t]*(?![^\r\n#/])`,
    String.raw`(?:agent|judge|flow)[ \t]+${name}[ \t]*\(`,
    String.raw`type[ \t]+${name}[ \t]*=`,
    String.raw`extern[ \t]+(?:type|function|effect)[ \t]`,
    String.raw`import[ \t]+${name}[ \t]*(?:,|from\b)`,
    String.raw`test[ \t]+"`,
    String.raw`[ \t]*(?:system|user)[ \t]*"""`,
  ].join("|"),
  "y",
);

/** What such a line can begin with. */
export const lineBeginnings = "}ajfteisu \t";

/** Quotes that open a block and close none. */
const opening = /(?:^|[\s{])(?:system|user)[ \t]*$/;

/** How much of the text in front of quotes says whether they open a block. */
const CLOSE_BY = 40;

/** Finds the places of missing quotes in one text that is read from its beginning to its end. */
export class LostQuotesFinder {
  /** The quotes behind the last place that was asked for. */
  #next = -1;
  #isOpening = true;

  /** Asked inside of a block: an empty match if the block's quotes belong here, so that those to come open another one. */
  at(text: string, offset: number): [string] | null {
    if (text[offset - 1] !== "\n" && text[offset - 1] !== "\r") return null;
    behindPrompt.lastIndex = offset;
    if (!behindPrompt.test(text)) return null;
    if (this.#next < offset) this.#look(text, offset);
    return this.#isOpening ? [""] : null;
  }

  #look(text: string, offset: number): void {
    const found = text.indexOf('"""', offset);
    this.#next = found === -1 ? text.length : found;
    this.#isOpening = found === -1 || opening.test(text.slice(Math.max(0, found - CLOSE_BY), found));
  }
}

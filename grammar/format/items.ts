import type { IToken } from "chevrotain";
import type { Tokens } from "../lexer.js";

/** What a line is made of: a token, a whole prompt block, or a comment. */
export interface Item {
  readonly kind: "token" | "prompt" | "comment";
  /** The name of the token's type; of a prompt and a comment, its kind. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly image: string;
  /** Of a prompt: its tokens, quotes included. */
  readonly inner: readonly IToken[];
}

/** A file's tokens and comments in the order of the text, each prompt block as one. */
export function itemsOf({ tokens, docs, comments }: Tokens): Item[] {
  const items: Item[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]!;
    if (token.tokenType.name !== "OpenPrompt") {
      items.push(itemOf("token", token.tokenType.name, [token]));
      continue;
    }
    const first = index;
    while (tokens[index]!.tokenType.name !== "ClosePrompt") index++;
    items.push(itemOf("prompt", "prompt", tokens.slice(first, index + 1)));
  }
  for (const comment of [...docs, ...comments]) items.push(itemOf("comment", "comment", [comment]));
  return items.sort((a, b) => a.start - b.start);
}

function itemOf(kind: Item["kind"], name: string, inner: readonly IToken[]): Item {
  const last = inner.at(-1)!;
  const end = last.startOffset + last.image.length;
  return { kind, name, start: inner[0]!.startOffset, end, image: inner[0]!.image, inner };
}

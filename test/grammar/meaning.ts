import { lexemes, parse } from "../../grammar/index.js";

/** What a text says, wherever it stands: its tree without the places. Equal for texts that say the same. */
export function meaning(text: string): string {
  const { file, problems } = parse(text);
  if (problems.length > 0) throw new Error(`syntax errors in:\n${text}`);
  return withoutPlaces(file);
}

/** A tree, or a part of one, as JSON without its places. */
export function withoutPlaces(tree: unknown): string {
  return JSON.stringify(tree, (key, value) => (key === "span" || key === "head" ? undefined : value));
}

/** The comments of a text in their order, without the blanks at the ends of their lines. */
export function comments(text: string): string[] {
  return lexemes(text).flatMap((each) =>
    each.kind === "comment" || each.kind === "doc" ? [each.text.trimEnd()] : [],
  );
}

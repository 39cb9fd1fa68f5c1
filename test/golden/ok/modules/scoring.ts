/** What flows in tests call. */

export interface Hit {
  readonly title: string;
  readonly score: number;
}

/** The share of the query's words that a text holds. */
export function overlap(query: string, body: string): number {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = words.filter((word) => body.toLowerCase().includes(word));
  return words.length === 0 ? 0 : found.length / words.length;
}

export const ranked = (query: string, titles: readonly string[]): Hit[] =>
  titles.map((title) => ({ title, score: overlap(query, title) })).sort((a, b) => b.score - a.score);

export function shout(text: string, _times?: number): string {
  return text.toUpperCase();
}

/** Takes away what it is given, which a flow cannot allow. */
export function longest(texts: string[]): string {
  return texts.sort((a, b) => b.length - a.length)[0] ?? "";
}

export async function later(text: string): Promise<string> {
  return text;
}

import type { KeyedRandom } from "../data/random.js";
import type { NameModel } from "./markov.js";
import type { Row } from "./rows.js";

/** Every name that a paragraph is about, anywhere in the given questions. */
export class Gazetteer {
  readonly names: readonly string[];
  /** Names by their first word, longest first. */
  private readonly byFirstWord = new Map<string, string[]>();

  constructor(rows: readonly Row[]) {
    this.names = [...new Set(rows.flatMap((row) => row.paragraphs.map((p) => p.title)))].sort();
    for (const name of this.names) {
      const first = firstWord(name);
      const list = this.byFirstWord.get(first);
      if (list === undefined) this.byFirstWord.set(first, [name]);
      else list.push(name);
    }
    for (const list of this.byFirstWord.values()) list.sort((a, b) => b.length - a.length);
  }

  /** The text with every name in it replaced, longest match first, whole words only. */
  replace(text: string, substitute: (name: string) => string): string {
    let out = "";
    let at = 0;
    WORD.lastIndex = 0;
    for (let word = WORD.exec(text); word !== null; word = WORD.exec(text)) {
      const start = word.index;
      const name = this.byFirstWord
        .get(word[0])
        ?.find((n) => text.startsWith(n, start) && !/^[\p{L}\p{N}]/u.test(text.slice(start + n.length)));
      if (name === undefined) continue;
      out += text.slice(at, start) + substitute(name);
      at = start + name.length;
      WORD.lastIndex = at;
    }
    return out + text.slice(at);
  }
}

const WORD = /[\p{L}\p{N}]+/gu;

function firstWord(name: string): string {
  return name.match(WORD)?.[0] ?? "";
}

/**
 * Gives texts of one question made-up names: each name its own, the same wherever it occurs.
 * @returns the renaming function; it draws a name when it first meets one
 */
export function makeRenamer(
  gazetteer: Gazetteer,
  model: NameModel,
  random: KeyedRandom,
): (text: string) => string {
  const made = new Map<string, string>();
  const taken = new Set<string>();
  const substitute = (name: string): string => {
    let other = made.get(name);
    if (other === undefined) {
      other = model.invent(random, taken);
      made.set(name, other);
      taken.add(other);
    }
    return other;
  };
  return (text) => gazetteer.replace(text, substitute);
}

/**
 * Keeps the spelling of special tokens in untrusted text from becoming special tokens.
 *
 * Prompts are rendered to one string by a chat template and then tokenised, so a value that spells `<|end|>` would
 * end a message. A shield replaces the first character of each such spelling by a private-use stand-in, which
 * no special token contains, and puts it back after the tokenizer has split the string at its special tokens.
 */
export interface Shield {
  /** The text with every special token's spelling broken, also one that only the text after it would complete. */
  cover(text: string): string;
  /** The inverse, for any piece of covered text. */
  uncover(text: string): string;
}

/** The private-use areas of Unicode. */
const PRIVATE: readonly (readonly [number, number])[] = [
  [0xe000, 0xf8ff],
  [0xf0000, 0xffffd],
  [0x100000, 0x10fffd],
];

/**
 * @param specials the spellings to break, none empty
 * @param texts everything the string will be made of: stand-ins are characters that occur in none of it
 * @throws RangeError if the texts leave no private-use character free
 */
export function makeShield(specials: readonly string[], texts: readonly string[]): Shield {
  const initials = [...new Set(specials.map((special) => String.fromCodePoint(special.codePointAt(0)!)))];
  const used = new Set<string>();
  for (const text of [...texts, ...specials]) for (const char of text) used.add(char);
  const free = freeCharacters(used);
  const standIn = new Map<string, string>();
  for (const initial of initials) {
    const next = free.next();
    if (next.done) throw new RangeError("the text uses up every private-use character of Unicode");
    standIn.set(initial, next.value);
  }
  const original = new Map([...standIn].map(([initial, char]) => [char, initial]));
  const replace = (text: string, map: ReadonlyMap<string, string>, here: (at: number) => boolean): string => {
    let out = "";
    let at = 0;
    for (const char of text) {
      const other = map.get(char);
      out += other !== undefined && here(at) ? other : char;
      at += char.length;
    }
    return out;
  };
  return {
    cover: (text) =>
      replace(text, standIn, (at) =>
        specials.some(
          (special) =>
            text.startsWith(special, at) ||
            (text.length - at < special.length && special.startsWith(text.slice(at))),
        ),
      ),
    uncover: (text) => replace(text, original, () => true),
  };
}

function* freeCharacters(used: ReadonlySet<string>): Generator<string, undefined> {
  for (const [first, last] of PRIVATE) {
    for (let point = first; point <= last; point++) {
      const char = String.fromCodePoint(point);
      if (!used.has(char)) yield char;
    }
  }
  return undefined;
}

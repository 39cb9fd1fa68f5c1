import type { KeyedRandom } from "../data/random.js";

const ORDER = 3;
const END = "\n";
const LONGEST = 24;
const ATTEMPTS = 50;

/**
 * Makes up names: a Markov model of order 3 over the characters of given ones. The model has to copy what it reads,
 * since it cannot know what it has never seen.
 */
export class NameModel {
  private readonly next = new Map<string, string[]>();
  private readonly known: ReadonlySet<string>;

  constructor(names: readonly string[]) {
    this.known = new Set(names);
    for (const name of names) {
      const text = `${END.repeat(ORDER)}${name}${END}`;
      for (let i = ORDER; i < text.length; i++) {
        const context = text.slice(i - ORDER, i);
        const followers = this.next.get(context);
        if (followers === undefined) this.next.set(context, [text[i]!]);
        else followers.push(text[i]!);
      }
    }
  }

  /** A name of 3 to 24 characters that is none of the given ones nor in `taken`. */
  invent(random: KeyedRandom, taken: ReadonlySet<string>): string {
    for (let attempt = 0; ; attempt++) {
      // Too few given names leave the model nothing else to say than them.
      const name = attempt < ATTEMPTS ? this.draw(random) : scribble(random);
      if (name !== undefined && name.length >= 3 && !this.known.has(name) && !taken.has(name)) return name;
    }
  }

  private draw(random: KeyedRandom): string | undefined {
    let text = END.repeat(ORDER);
    for (;;) {
      const char = random.pick(this.next.get(text.slice(-ORDER))!);
      if (char === END) return text.slice(ORDER);
      text += char;
      if (text.length > ORDER + LONGEST) return undefined;
    }
  }
}

function scribble(random: KeyedRandom): string {
  const letters = Array.from({ length: 8 }, () => String.fromCharCode(0x61 + random.below(26))).join("");
  return letters[0]!.toUpperCase() + letters.slice(1);
}

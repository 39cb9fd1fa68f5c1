import type { KeyedRandom } from "../data/random.js";
import { NameModel } from "./markov.js";
import type { Row } from "./rows.js";

const WORD = /[\p{L}\p{N}]+/gu;
/** Codes of currencies and time zones. */
const CODE = /^[A-Z]{3,5}$/;
const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];

/** What stands in for a name or value: a made-up name, a made-up code or number, or another value of its kind. */
type Kind = "name" | "code" | "number" | readonly string[];

/**
 * Makes questions that only reading can answer: each name in them becomes a made-up one and each value another of its
 * kind, the same wherever it occurs. What the model may know about the world then helps it nothing.
 */
export class Inventor {
  private readonly kinds = new Map<string, Kind>();
  /** Keys of `kinds` by their first word, longest first. */
  private readonly byFirstWord = new Map<string, string[]>();
  private readonly names: NameModel;

  /** @param rows the questions whose names (paragraph titles) and values (answers that are no titles) are known */
  constructor(rows: readonly Row[]) {
    const titles = new Set(rows.flatMap((row) => row.paragraphs.map((p) => p.title)));
    for (const title of [...titles].sort()) this.kinds.set(title, CODE.test(title) ? "code" : "name");
    for (const values of valuesByRelation(rows, titles).values()) {
      const words = values.filter((value) => !isNumber(value));
      for (const value of values)
        this.kinds.set(value, isNumber(value) ? "number" : CODE.test(value) ? "code" : words);
    }
    this.names = new NameModel([...this.kinds].flatMap(([text, kind]) => (kind === "name" ? [text] : [])));
    for (const text of this.kinds.keys()) {
      const first = text.match(WORD)?.[0];
      if (first === undefined) continue;
      const list = this.byFirstWord.get(first);
      if (list === undefined) this.byFirstWord.set(first, [text]);
      else list.push(text);
    }
    for (const list of this.byFirstWord.values()) list.sort((a, b) => b.length - a.length);
  }

  /** A renaming for the texts of one question; it draws a stand-in when it first meets a name. */
  renamer(random: KeyedRandom): (text: string) => string {
    const made = new Map<string, string>();
    const taken = new Set<string>();
    const standIn = (text: string): string => {
      let other = made.get(text);
      if (other === undefined) {
        other = this.invent(this.kinds.get(text)!, text, random, taken);
        made.set(text, other);
        taken.add(other);
      }
      return other;
    };
    return (text) => this.replace(text, standIn);
  }

  private invent(kind: Kind, text: string, random: KeyedRandom, taken: ReadonlySet<string>): string {
    switch (kind) {
      case "name":
        return this.names.invent(random, taken);
      case "code":
        return Array.from(text, () => random.pick(LETTERS)).join("");
      case "number":
        return text.replace(/\d/gu, () => String(random.below(10)));
      default: {
        const free = kind.filter((value) => !taken.has(value));
        return free.length === 0 ? text : random.pick(free);
      }
    }
  }

  /** The text with every known name and value replaced, longest match first, whole words only. */
  private replace(text: string, standIn: (name: string) => string): string {
    let out = "";
    let at = 0;
    WORD.lastIndex = 0;
    for (let word = WORD.exec(text); word !== null; word = WORD.exec(text)) {
      const found = this.byFirstWord.get(word[0])?.find((name) => standsAt(name, text, word.index));
      if (found === undefined) continue;
      const start = word.index - found.indexOf(word[0]);
      out += text.slice(at, start) + standIn(found);
      at = start + found.length;
      WORD.lastIndex = at;
    }
    return out + text.slice(at);
  }
}

/** Whether a name whose first word begins at `index` stands there as whole words. */
function standsAt(name: string, text: string, index: number): boolean {
  const start = index - name.search(WORD);
  return (
    start >= 0 && text.startsWith(name, start) && !/^[\p{L}\p{N}]/u.test(text.slice(start + name.length))
  );
}

function isNumber(text: string): boolean {
  return /^[^\p{L}]*\d[^\p{L}]*$/u.test(text);
}

/** The answers of each relation ("capital" in "capital of Japan") that are no titles. */
function valuesByRelation(rows: readonly Row[], titles: ReadonlySet<string>): Map<string, string[]> {
  const values = new Map<string, Set<string>>();
  for (const { question, answer } of rows.flatMap((row) => row.hops)) {
    if (titles.has(answer)) continue;
    const relation = question.split(" of ")[0]!;
    values.set(relation, (values.get(relation) ?? new Set()).add(answer));
  }
  return new Map([...values].map(([relation, set]) => [relation, [...set].sort()]));
}

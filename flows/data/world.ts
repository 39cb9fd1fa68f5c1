import { nameTokens, normaliseName, withArticle } from "./names.js";
import { type Country, readCountries, readOffsets, readUnits } from "./source/countries.js";
import { readWordNet, type Synset, type Synsets } from "./source/wordnet.js";

/** A person, place or region, and where it belongs: the start of a chain, or (a region) a step of it. */
export interface Entity {
  readonly kind: "person" | "place" | "region";
  readonly name: string;
  /** ISO 3166 alpha-2 of the country it belongs to. */
  readonly country: string;
  /** Name of the region a place lies in, if its source says one; its paragraph then tells the region, not the country. */
  readonly region?: string;
  /** "city", "river", "state": a common noun for it. */
  readonly type: string;
  /**
   * What the source says. Of a person a role ("painter of religious works"); of a place a clause with its article, in
   * which `{}` stands for the name of its region or country ("an industrial city in northeastern {}"). May be absent.
   */
  readonly clause?: string;
}

/** Everything the sources tell, cleaned: names are unique over all entities and countries. */
export interface World {
  readonly countries: ReadonlyMap<string, Country>;
  readonly entities: readonly Entity[];
  /** The regions among the entities, by name. */
  readonly regions: ReadonlyMap<string, Entity>;
  /** Other names of countries and capitals, by name. */
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  /** Unit of each currency, by ISO 4217 code. */
  readonly units: ReadonlyMap<string, string>;
  /** Offset of each time zone whose abbreviation means one zone only. */
  readonly offsets: ReadonlyMap<string, string>;
}

const personName = /^[A-Z][a-z'.-]+(?: [A-Z][A-Za-z'.-]*){1,2}$/u;
const placeName = /^[A-Z][A-Za-z'.-]+(?: [A-Z][A-Za-z'.-]*){0,2}$/u;
const regionTypes = /(?:^| )(?:state|province|region|island|department)$/u;
const placeTypes =
  /^(?:city|town|port|river|mountain peak|lake|island|village|volcano|resort|provincial capital|state capital|peninsula|waterfall|desert|range|university|national park|county|hill|bay|suburb|harbour)$/u;

function typeOf(synset: Synset, nouns: Synsets): readonly string[] {
  return synset.instanceOf.map((id) => nouns.get(id)?.words[0] ?? "");
}

/** Synsets that stand for a country: the state itself, or the island of that name. */
function countrySynsets(countries: readonly Country[], nouns: Synsets): Map<string, string> {
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
function countriesOf(id: string, nouns: Synsets, known: ReadonlyMap<string, string>, depth = 0): Set<string> {
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
function single<T>(values: Iterable<T>): T | undefined {
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

function readPlaces(
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

/** Country code by nationality adjective ("French", and "United States" as WordNet writes it). */
function readNationalities(
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

function readPersons(nouns: Synsets, nationalities: ReadonlyMap<string, string>): Entity[] {
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

/** Drops every entity whose normalised name another entity, country, capital or unit also bears. */
function unambiguous(entities: readonly Entity[], countries: readonly Country[]): Entity[] {
  const owners = new Map<string, Set<string>>();
  const claim = (name: string, owner: string): void => {
    const key = normaliseName(name);
    owners.set(key, (owners.get(key) ?? new Set<string>()).add(owner));
  };
  entities.forEach((entity, i) => {
    // tzdb and WordNet may both list a city of one country.
    claim(
      entity.name,
      entity.kind === "place" && entity.region === undefined ? `place ${entity.country}` : `${i}`,
    );
  });
  for (const country of countries) {
    for (const name of [country.name, ...country.aliases]) claim(name, `country ${country.code}`);
    if (country.capital !== undefined) claim(country.capital, `place ${country.code}`);
  }
  const seen = new Set<string>();
  return entities.filter((entity) => {
    const key = normaliseName(entity.name);
    if (key === "" || owners.get(key)?.size !== 1 || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/**
 * Other names of countries and capitals, from their synsets. An alias is kept only if no word of it stands in any other
 * name: "Czech Republic" would pay part of its F1 to "Dominican Republic".
 */
function readAliases(
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

/** The regions among entities, by name. */
export function regionsOf(entities: readonly Entity[]): ReadonlyMap<string, Entity> {
  return new Map(
    entities.filter((entity) => entity.kind === "region").map((entity) => [entity.name, entity]),
  );
}

/**
 * Reads the sources and keeps what is unambiguous.
 * @throws Error if an installed package does not have the expected form.
 */
export function loadWorld(): World {
  const { nouns, adjectives } = readWordNet();
  const { countries, cities } = readCountries();
  const names = new Map(countries.map((country) => [country.code, country]));
  const known = countrySynsets(countries, nouns);
  const found = [
    ...readPlaces(nouns, known, names),
    ...cities
      .filter((city) => names.has(city.country))
      .map((city): Entity => ({ kind: "place", name: city.name, country: city.country, type: "city" })),
    ...readPersons(nouns, readNationalities(nouns, adjectives, known)),
  ];
  const kept = unambiguous(found, countries);
  const regions = new Set(
    kept.filter((e) => e.kind === "region" && e.region === undefined).map((e) => `${e.country} ${e.name}`),
  );
  const entities = kept
    // A place in a region that was dropped has no chain: its clause names the region alone.
    .filter((entity) => entity.region === undefined || regions.has(`${entity.country} ${entity.region}`))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const aliases = readAliases(countries, entities, nouns, known);
  return {
    countries: names,
    entities,
    regions: regionsOf(entities),
    aliases,
    units: readUnits(),
    offsets: readOffsets(),
  };
}

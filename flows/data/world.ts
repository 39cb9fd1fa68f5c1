import { readAliases } from "./aliases.js";
import type { Entity } from "./entity.js";
import { normaliseName } from "./names.js";
import { readNationalities, readPersons } from "./persons.js";
import { countrySynsets, readPlaces } from "./places.js";
import { type Country, readCountries, readOffsets, readUnits } from "./source/countries.js";
import { readWordNet } from "./source/wordnet.js";

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

import { type Doc, factsOf } from "./documents.js";
import type { Entity } from "./entity.js";
import type { KeyedRandom } from "./random.js";
import {
  type Chain,
  type CountryRelation,
  closedRelations,
  countryRelations,
  type Relation,
} from "./relations.js";
import type { Country } from "./source/countries.js";
import type { World } from "./world.js";

/** A chain followed from one start: what it asks at each hop, and the documents that tell it. */
export interface Path {
  readonly start: string;
  readonly startType: string;
  readonly answers: readonly string[];
  readonly aliases: readonly string[];
  readonly docs: readonly Doc[];
}

function countryValue(country: Country, relation: CountryRelation): string | undefined {
  return relation === "calling code" ? country.callingCode : country[relation];
}

// One to three facts beside the one asked for, in any order: reading, not position, must find it.
function countryDoc(country: Country, asked: CountryRelation, random: KeyedRandom): Doc | undefined {
  const known = countryRelations.flatMap((relation): (readonly [CountryRelation, string])[] => {
    const value = countryValue(country, relation);
    return value === undefined ? [] : [[relation, value]];
  });
  const wanted = known.find(([relation]) => relation === asked);
  if (wanted === undefined) return undefined;
  const others = random.shuffle(known.filter(([relation]) => relation !== asked));
  if (others.length === 0) return undefined;
  const count = random.pick([1, 2, 2, 3]);
  return { kind: "country", title: country.name, facts: random.shuffle([wanted, ...others.slice(0, count)]) };
}

function entityDoc(entity: Entity, world: World, inRegion: boolean): Doc {
  const country = (world.countries.get(entity.country) as Country).name;
  if (inRegion && entity.region !== undefined) {
    return { kind: "in-region", title: entity.name, entity, region: entity.region };
  }
  return { kind: entity.kind === "person" ? "person" : "in-country", title: entity.name, entity, country };
}

/** The document that answers `relation` about the thing named `subject`, if the sources tell it. */
function docFor(
  subject: string,
  relation: Relation,
  country: Country,
  world: World,
  random: KeyedRandom,
): Doc | undefined {
  switch (relation) {
    case "country": {
      const region = world.regions.get(subject);
      return region === undefined ? undefined : entityDoc(region, world, false);
    }
    case "time zone":
      return country.capitalZone === undefined
        ? undefined
        : { kind: "capital", title: subject, zone: country.capitalZone };
    case "offset": {
      const offset = world.offsets.get(subject);
      return offset === undefined ? undefined : { kind: "zone", title: subject, offset };
    }
    case "unit": {
      const unit = world.units.get(subject);
      return unit === undefined ? undefined : { kind: "currency", title: subject, unit };
    }
    case "region":
      return undefined;
    default:
      return countryDoc(country, relation, random);
  }
}

/** Follows a chain from an entity or a country; undefined where a fact is missing. */
export function follow(
  chain: Chain,
  from: Entity | Country,
  world: World,
  random: KeyedRandom,
): Path | undefined {
  const isEntity = "kind" in from;
  const country = isEntity ? (world.countries.get(from.country) as Country) : from;
  const start = chain.start === "capital" ? country.capital : from.name;
  if (start === undefined) return undefined;
  const docs: Doc[] = [];
  const answers: string[] = [];
  for (const relation of chain.hops) {
    const subject = answers.at(-1) ?? start;
    const doc =
      isEntity && docs.length === 0
        ? entityDoc(from, world, chain.inRegion)
        : docFor(subject, relation, country, world, random);
    const value = doc === undefined ? undefined : factsOf(doc).find(([told]) => told === relation)?.[1];
    if (doc === undefined || value === undefined) return undefined;
    docs.push(doc);
    answers.push(value);
  }
  return {
    start,
    startType: isEntity ? from.type : chain.start === "capital" ? "city" : "country",
    answers,
    aliases: !closedRelations.has(chain.hops.at(-1) as Relation)
      ? (world.aliases.get(answers.at(-1) as string) ?? [])
      : [],
    docs,
  };
}

import type { Entity } from "./entity.js";
import { inSentence, withArticle } from "./names.js";
import type { KeyedRandom } from "./random.js";
import type { CountryRelation, Relation } from "./relations.js";

/** What one paragraph tells, before it is put into words. Names are those of the sources. */
export type Doc =
  | { readonly kind: "person"; readonly title: string; readonly entity: Entity; readonly country: string }
  /** A place or region that tells its country. */
  | { readonly kind: "in-country"; readonly title: string; readonly entity: Entity; readonly country: string }
  /** A place that tells its region. */
  | { readonly kind: "in-region"; readonly title: string; readonly entity: Entity; readonly region: string }
  | {
      readonly kind: "country";
      readonly title: string;
      readonly facts: readonly (readonly [CountryRelation, string])[];
    }
  | { readonly kind: "capital"; readonly title: string; readonly zone: string }
  | { readonly kind: "zone"; readonly title: string; readonly offset: string }
  | { readonly kind: "currency"; readonly title: string; readonly unit: string };

/** The relations and values that a document tells, in no particular order. */
export function factsOf(doc: Doc): readonly (readonly [Relation, string])[] {
  switch (doc.kind) {
    case "person":
    case "in-country":
      return [["country", doc.country]];
    case "in-region":
      return [["region", doc.region]];
    case "country":
      return doc.facts;
    case "capital":
      return [["time zone", doc.zone]];
    case "zone":
      return [["offset", doc.offset]];
    case "currency":
      return [["unit", doc.unit]];
  }
}

/** A document that tells one of its facts and no more. */
export function tellingOne(doc: Doc, relation: Relation): Doc {
  if (doc.kind !== "country") return doc;
  return { ...doc, facts: doc.facts.filter(([told]) => told === relation) };
}

/** A document's facts told in as many documents, all with its title. */
export function toldApart(doc: Doc): readonly Doc[] {
  return factsOf(doc).map(([relation]) => tellingOne(doc, relation));
}

/** A document's title and everything that it tells. */
export function namesOf(doc: Doc): readonly string[] {
  return [doc.title, ...factsOf(doc).map(([, value]) => value)];
}

function listed(parts: readonly string[]): string {
  return parts.length === 1 ? (parts[0] as string) : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

function lies(entity: Entity, kind: "country" | "region", name: string, random: KeyedRandom): string {
  const where = kind === "country" ? inSentence(name) : name;
  if (entity.clause !== undefined && random.unit() < 0.7) {
    // "in the central Netherlands" has its article already.
    const told = entity.clause.replace("{}", / (?:in|of) \{\}$/u.test(entity.clause) ? where : name);
    const long = told.split(" ").length < 6 ? told.replace(" in ", " that lies in ") : told;
    if (long.split(" ").length >= 6) return long;
  }
  const type = withArticle(entity.type);
  return random.unit() < 0.5 ? `${type} that lies in ${where}` : `${type} in the ${kind} ${name}`;
}

/** A paragraph's text: 6 to 20 words, in one of two wordings, without its title. */
export function textOf(doc: Doc, random: KeyedRandom): string {
  const coin = random.unit() < 0.5;
  switch (doc.kind) {
    case "person": {
      const where = inSentence(doc.country);
      const role = withArticle(doc.entity.clause ?? doc.entity.type);
      return coin ? `a person from ${where}, ${role}` : `${role}, whose country is ${where}`;
    }
    case "in-country":
      return lies(doc.entity, "country", doc.country, random);
    case "in-region":
      return lies(doc.entity, "region", doc.region, random);
    case "country": {
      return coin
        ? `a country with ${listed(doc.facts.map(([relation, value]) => `the ${relation} ${value}`))}`
        : listed(doc.facts.map(([relation, value]) => `its ${relation} is ${value}`));
    }
    case "capital":
      return coin ? `a city whose time zone is ${doc.zone}` : `a city that keeps the time zone ${doc.zone}`;
    case "zone":
      return coin ? `a time zone whose offset is ${doc.offset}` : `a time zone with the offset ${doc.offset}`;
    case "currency":
      return coin ? `a currency whose unit is the ${doc.unit}` : `a currency counted in the unit ${doc.unit}`;
  }
}

/** The relations that questions are made of. */
export const relations = [
  "country",
  "region",
  "capital",
  "currency",
  "continent",
  "language",
  "calling code",
  "time zone",
  "unit",
  "offset",
] as const;
export type Relation = (typeof relations)[number];

/**
 * How a question may name each relation. The first wording is the relation's own name, which sub-questions use
 * ("capital of Japan").
 */
export const wordings: Readonly<Record<Relation, readonly string[]>> = {
  country: ["country", "home country"],
  region: ["region", "surrounding region"],
  capital: ["capital", "capital city"],
  currency: ["currency", "currency code"],
  continent: ["continent"],
  language: ["language", "main language"],
  "calling code": ["calling code", "phone code"],
  "time zone": ["time zone", "local time zone"],
  unit: ["unit", "money unit"],
  offset: ["offset", "time offset"],
};

/** What a country's paragraph may tell. */
export const countryRelations = ["capital", "currency", "continent", "language", "calling code"] as const;
export type CountryRelation = (typeof countryRelations)[number];

/**
 * Relations whose values form a closed set: they are the same in all parts, and are excepted from the rule that parts
 * share no name.
 */
export const closedRelations: ReadonlySet<Relation> = new Set([
  "currency",
  "continent",
  "language",
  "calling code",
  "time zone",
  "unit",
  "offset",
] as const);

/** What a chain starts at. */
export type StartKind = "person" | "place" | "country" | "capital";

/** A chain of relations: hop k is asked about the answer of hop k-1, the first about a start of the given kind. */
export interface Chain {
  readonly start: StartKind;
  readonly hops: readonly Relation[];
  /** Whether the start must lie in a region that its paragraph names. */
  readonly inRegion: boolean;
}

function chain(start: StartKind, ...hops: Relation[]): Chain {
  return { start, hops, inRegion: hops[0] === "region" };
}

const fromAnything: readonly StartKind[] = ["person", "place"];

/** All chains, by number of hops. */
export const chains: Readonly<Record<2 | 3 | 4, readonly Chain[]>> = {
  2: [
    ...fromAnything.flatMap((start) => countryRelations.map((last) => chain(start, "country", last))),
    chain("place", "region", "country"),
    chain("country", "capital", "time zone"),
    chain("country", "currency", "unit"),
    chain("capital", "time zone", "offset"),
  ],
  3: [
    ...fromAnything.flatMap((start) => [
      chain(start, "country", "capital", "time zone"),
      chain(start, "country", "currency", "unit"),
    ]),
    ...countryRelations.map((last) => chain("place", "region", "country", last)),
    chain("country", "capital", "time zone", "offset"),
  ],
  4: [
    ...fromAnything.map((start) => chain(start, "country", "capital", "time zone", "offset")),
    chain("place", "region", "country", "capital", "time zone"),
    chain("place", "region", "country", "currency", "unit"),
  ],
};

import { type Doc, factsOf } from "./documents.js";
import { mentions, normaliseName, overlaps } from "./names.js";
import { KeyedRandom } from "./random.js";
import {
  type Chain,
  type CountryRelation,
  chains,
  closedRelations,
  countryRelations,
  type Relation,
} from "./relations.js";
import type { Country } from "./source/countries.js";
import type { Entity, World } from "./world.js";

/** A question before it is put into words: a chain of facts, and the documents among which it is asked. */
export interface Draft {
  readonly chain: Chain;
  /** What the chain starts at, and what kind of thing that is ("painter", "city"). */
  readonly start: string;
  readonly startType: string;
  /** The answer of each hop; the last one is the question's. */
  readonly answers: readonly string[];
  /** Other names of the last answer. */
  readonly aliases: readonly string[];
  /** In the order in which they are shown. */
  readonly docs: readonly Doc[];
  /** Index in `docs` of each hop's document. */
  readonly support: readonly number[];
  /** A further distractor of the same type for each hop, to stand in its place in an unanswerable row. */
  readonly substitutes: readonly Doc[];
}

interface Path {
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
function follow(chain: Chain, from: Entity | Country, world: World, random: KeyedRandom): Path | undefined {
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
    aliases: isOpen(chain.hops.at(-1) as Relation) ? (world.aliases.get(answers.at(-1) as string) ?? []) : [],
    docs,
  };
}

/** Everything a document names whose confusion would be an answer: its title if an answer may be one, and its values. */
function valuesOf(doc: Doc): string[] {
  const values = factsOf(doc).map(([, value]) => value);
  return doc.kind === "person" || doc.kind === "in-country" || doc.kind === "in-region"
    ? values
    : [doc.title, ...values];
}

/** The source's own words in a document ("a writer who won ..." must not stand where "won" is an answer). */
function clauseOf(doc: Doc): string {
  return "entity" in doc ? (doc.entity.clause ?? doc.entity.type) : "";
}

/** Whether a document may stand beside the others without giving away or blurring an answer. */
function fits(doc: Doc, gold: Path, chosen: readonly Doc[]): boolean {
  const secrets = [gold.start, ...gold.answers, ...gold.aliases];
  const told = [doc.title, ...valuesOf(doc)];
  if (chosen.some((other) => normaliseName(other.title) === normaliseName(doc.title))) return false;
  if (secrets.some((secret) => told.some((text) => mentions(text, secret) || overlaps(text, secret))))
    return false;
  if (secrets.some((secret) => mentions(clauseOf(doc), secret))) return false;
  const values = valuesOf(doc);
  return chosen.every((other) =>
    valuesOf(other).every((value) => values.every((mine) => !overlaps(value, mine))),
  );
}

/** Whether the chain's own names are distinct, share no word, and stand in no document but their own. */
function isSound(path: Path): boolean {
  const names = [path.start, ...path.answers];
  const distinct = names.every((a, i) =>
    names.every((b, j) => i === j || (!mentions(a, b) && !overlaps(a, b))),
  );
  return (
    distinct &&
    path.answers.every((answer, hop) =>
      path.docs.every(
        (doc, i) =>
          i === hop ||
          i === hop + 1 ||
          [doc.title, ...valuesOf(doc)].every((text) => !mentions(text, answer)),
      ),
    ) &&
    path.docs.every((doc) => names.every((name) => !mentions(clauseOf(doc), name)))
  );
}

/** Possible starts of a chain, grouped by country, with each country's summed weight up to and including it. */
interface Starts {
  readonly lists: readonly (readonly (Entity | Country)[])[];
  readonly upTo: readonly number[];
}

function startsOf(chain: Chain, world: World): Starts {
  const lists = listStarts(chain, world);
  // A country's chance grows with the root of its number of starts, so that large ones do not crowd out the others.
  let sum = 0;
  return { lists, upTo: lists.map((list) => (sum += Math.sqrt(list.length))) };
}

function listStarts(chain: Chain, world: World): readonly (readonly (Entity | Country)[])[] {
  if (chain.start === "country" || chain.start === "capital")
    return [...world.countries.values()].map((c) => [c]);
  const out = new Map<string, Entity[]>();
  for (const entity of world.entities) {
    const isStart =
      chain.start === "person"
        ? entity.kind === "person"
        : chain.inRegion
          ? entity.region !== undefined
          : entity.kind !== "person" && entity.region === undefined;
    if (!isStart) continue;
    const list = out.get(entity.country) ?? [];
    list.push(entity);
    out.set(entity.country, list);
  }
  return [...out.values()];
}

/** A question in its barest form: a chain and where it starts. */
export interface Seed {
  readonly chain: Chain;
  readonly from: Entity | Country;
}

/** Makes drafts of one part of the world. */
export class Drafter {
  readonly #world: World;
  readonly #starts = new Map<Chain, Starts>();

  readonly #regions: readonly Entity[];

  constructor(world: World) {
    this.#world = world;
    this.#regions = [...world.regions.values()].filter((region) => region.region === undefined);
    for (const chain of [...chains[2], ...chains[3], ...chains[4]])
      this.#starts.set(chain, startsOf(chain, world));
  }

  // Few countries have places with regions, so half of the rivals of such a chain start one hop later, at a region.
  #rival(chain: Chain, random: KeyedRandom): readonly (Doc | undefined)[] | undefined {
    if (chain.inRegion && random.unit() < 0.5) {
      const tail: Chain = { start: "place", hops: chain.hops.slice(1), inRegion: false };
      const path = follow(tail, random.pick(this.#regions), this.#world, random);
      return path === undefined ? undefined : [undefined, ...path.docs];
    }
    const { lists, upTo } = this.#starts.get(chain) as Starts;
    const drawn = random.unit() * (upTo.at(-1) as number);
    const list = lists[upTo.findIndex((sum) => drawn < sum)] as readonly (Entity | Country)[];
    return follow(chain, random.pick(list), this.#world, random)?.docs;
  }

  /**
   * Every question of that many hops that could be asked, in random order.
   *
   * Weighted sampling without replacement after Efraimidis and Spirakis (2006): each seed gets an exponential clock,
   * whose rate falls with the root of the number of rivals from the same country in the same chain.
   */
  seeds(key: string, hops: 2 | 3 | 4): readonly Seed[] {
    const random = new KeyedRandom(key);
    const clocks = chains[hops].flatMap((chain) =>
      (this.#starts.get(chain) as Starts).lists.flatMap((list) =>
        list.map((from) => ({
          seed: { chain, from },
          time: -Math.log(1 - random.unit()) * Math.sqrt(list.length),
        })),
      ),
    );
    return clocks.sort((a, b) => a.time - b.time).map(({ seed }) => seed);
  }

  /**
   * The draft of one question, or undefined if the sources lack a fact of it or no fitting distractors were found.
   *
   * @param paragraphs number of documents, at least the number of hops.
   */
  draft({ chain, from }: Seed, key: string, paragraphs: number): Draft | undefined {
    const random = new KeyedRandom(key);
    const gold = follow(chain, from, this.#world, random);
    if (gold === undefined || !isSound(gold)) return undefined;
    const docs: Doc[] = [...gold.docs];
    const substitutes: (Doc | undefined)[] = chain.hops.map(() => undefined);
    // Distractors are rival chains of the same form, whole as long as there is room: the same relations and types.
    for (let attempt = 0; attempt < 60 + 20 * paragraphs; attempt++) {
      const rival = this.#rival(chain, random);
      if (rival === undefined) continue;
      const isFull = docs.length === paragraphs;
      rival.forEach((doc, hop) => {
        if (
          doc === undefined ||
          !fits(doc, gold, [...docs, ...substitutes.filter((other) => other !== undefined)])
        )
          return;
        if (!isFull && docs.length < paragraphs) docs.push(doc);
        else if (isFull) substitutes[hop] ??= doc;
      });
      if (isFull && substitutes.every((doc) => doc !== undefined)) break;
    }
    if (docs.length < paragraphs || substitutes.some((doc) => doc === undefined)) return undefined;
    const order = random.shuffle(docs.map((_, i) => i));
    return {
      chain,
      start: gold.start,
      startType: gold.startType,
      answers: gold.answers,
      aliases: gold.aliases,
      docs: order.map((i) => docs[i] as Doc),
      support: gold.docs.map((_, i) => order.indexOf(i)),
      substitutes: substitutes as Doc[],
    };
  }
}

/** Whether a hop's answer is a name that may be renamed (not of a closed set). */
export function isOpen(relation: Relation): boolean {
  return !closedRelations.has(relation);
}

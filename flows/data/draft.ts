import { type Doc, factsOf, namesOf, tellingOne, toldApart } from "./documents.js";
import type { Entity } from "./entity.js";
import { fits, isSound } from "./fit.js";
import { follow } from "./path.js";
import { KeyedRandom } from "./random.js";
import { type Chain, chains } from "./relations.js";
import type { Country } from "./source/countries.js";
import type { World } from "./world.js";

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

/** Among how many documents a question is asked, and how much each of them tells. */
export interface Shape {
  /** At least the number of hops. */
  readonly paragraphs: number;
  /** Whether what is told of a country is told a fact at a time, in documents with one title. */
  readonly apart?: true;
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
  readonly #withheld: ReadonlySet<string>;

  /** @param withheld names that no distractor may bear or tell */
  constructor(world: World, withheld: ReadonlySet<string>) {
    this.#world = world;
    this.#withheld = withheld;
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

  /** The draft of one question, or undefined if the sources lack a fact of it or no fitting distractors were found. */
  draft({ chain, from }: Seed, key: string, { paragraphs, apart }: Shape): Draft | undefined {
    const random = new KeyedRandom(key);
    const gold = follow(chain, from, this.#world, random);
    if (gold === undefined || !isSound(gold)) return undefined;
    const told = (doc: Doc): readonly Doc[] => (apart ? toldApart(doc) : [doc]);
    const wanted = gold.docs.map((doc, hop) => (apart ? tellingOne(doc, chain.hops[hop]!) : doc));
    // What else is told of the chain's own countries: the right title and another relation.
    const beside = apart
      ? gold.docs.flatMap((doc, hop) => told(doc).filter((each) => !sameFacts(each, wanted[hop]!)))
      : [];
    const docs: Doc[] = [...wanted, ...beside].slice(0, paragraphs);
    const substitutes: (Doc | undefined)[] = chain.hops.map(() => undefined);
    // Distractors are rival chains of the same form, whole as long as there is room: the same relations and types.
    for (let attempt = 0; attempt < 60 + 20 * paragraphs; attempt++) {
      const rival = this.#rival(chain, random);
      if (rival === undefined) continue;
      const isFull = docs.length === paragraphs;
      rival.forEach((doc, hop) => {
        if (
          doc === undefined ||
          namesOf(doc).some((name) => this.#withheld.has(name)) ||
          !fits(doc, gold, [...docs, ...substitutes.filter((other) => other !== undefined)])
        )
          return;
        if (!isFull) docs.push(...told(doc).slice(0, paragraphs - docs.length));
        else substitutes[hop] ??= apart ? tellingOne(doc, chain.hops[hop]!) : doc;
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
      support: wanted.map((_, i) => order.indexOf(i)),
      substitutes: substitutes as Doc[],
    };
  }
}

function sameFacts(a: Doc, b: Doc): boolean {
  return JSON.stringify(factsOf(a)) === JSON.stringify(factsOf(b));
}

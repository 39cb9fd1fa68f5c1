import { KeyedRandom } from "../data/random.js";

/** How many of something there are in a village. */
export interface Fact {
  readonly of: string;
  readonly what: string;
  readonly count: number;
}

export interface Document {
  readonly title: string;
  readonly facts: readonly Fact[];
}

export interface Village {
  readonly name: string;
  readonly region: string;
}

/** Invented villages, what there is in them, and the documents that tell of it. */
export interface Archive {
  readonly villages: readonly Village[];
  readonly goods: readonly string[];
  readonly facts: readonly Fact[];
  /** One for each fact, and one for each region and good, which holds the facts of its two villages. */
  readonly documents: readonly Document[];
}

const NAMES = ["Alder", "Birch", "Cedar", "Elm", "Hazel", "Larch", "Maple", "Rowan"];
const REGIONS = ["east", "north", "south", "west"];
const GOODS = ["boats", "goats", "hives", "looms", "mills", "wells"];

/** The archive of a number: the same number, the same archive, on every machine. */
export function archiveOf(number: number): Archive {
  const random = new KeyedRandom(`archive ${number}`);
  const names = random.shuffle(NAMES).slice(0, 4);
  const regions = random.shuffle(REGIONS).slice(0, 2);
  const goods = random.shuffle(GOODS).slice(0, 2);
  const villages = names.map((name, i) => ({ name, region: regions[Math.floor(i / 2)]! }));
  const counts = countsOf(villages.length * goods.length, random);
  const facts = goods.flatMap((what, g) =>
    villages.map(({ name }, v) => ({ of: name, what, count: counts[g * villages.length + v]! })),
  );
  const single = facts.map((fact) => ({ title: `${fact.what} of ${fact.of}`, facts: [fact] }));
  const registers = regions.flatMap((region) =>
    goods.map((what) => ({
      title: `${what} of the ${region}`,
      facts: facts.filter(isOf(villages, region, what)),
    })),
  );
  return { villages, goods, facts, documents: [...single, ...registers] };
}

function isOf(villages: readonly Village[], region: string, good: string): (fact: Fact) => boolean {
  return ({ of, what }) =>
    what === good && villages.some((each) => each.name === of && each.region === region);
}

/**
 * Numbers of which no two, and no sums and differences of two, are the same: so that an answer that is right was found
 * in the right way.
 */
function countsOf(many: number, random: KeyedRandom): readonly number[] {
  const counts: number[] = [];
  while (counts.length < many) {
    const next = [...counts, 10 + random.below(990)];
    if (areUnlike(next)) counts.push(next.at(-1)!);
  }
  return counts;
}

function areUnlike(counts: readonly number[]): boolean {
  const made = [...counts];
  for (const [i, a] of counts.entries()) {
    for (const b of counts.slice(0, i)) made.push(a + b, Math.abs(a - b));
  }
  return new Set(made).size === made.length;
}

/** The two documents whose titles share most words with a query, the better one first; those that share none are none. */
export function found({ documents }: Archive, query: string): readonly Document[] {
  const wanted = new Set(wordsOf(query));
  const shared = ({ title }: Document) => wordsOf(title).filter((word) => wanted.has(word)).length;
  return documents
    .map((document) => ({ document, score: shared(document) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, 2)
    .map(({ document }) => document);
}

function wordsOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/\W+/)
    .filter((word) => !["", "of", "the"].includes(word));
}

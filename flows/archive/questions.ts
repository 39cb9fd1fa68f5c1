import { KeyedRandom } from "../data/random.js";
import { type Archive, archiveOf, type Fact } from "./documents.js";

/** A question to an archive, and what answers it. */
export interface Question {
  readonly id: string;
  readonly archive: number;
  readonly text: string;
  readonly answer: number;
  /** What must be known for it. */
  readonly needed: readonly Fact[];
  /** The fewest documents that hold it: one for a fact, and for two facts of a region, two for facts of two regions. */
  readonly documents: 1 | 2;
}

/**
 * Six questions to the archive of a number, of three forms: what one village has, what two of a region have, and what two
 * of different regions have, together or apart.
 */
export function questionsOf(number: number): readonly Question[] {
  const archive = archiveOf(number);
  const random = new KeyedRandom(`questions ${number}`);
  const [a, b, c, d] = archive.villages.map(({ name }) => name) as [string, string, string, string];
  const near = random.shuffle([
    [a, b],
    [c, d],
  ]);
  const far = random.shuffle([
    [a, c],
    [a, d],
    [b, c],
    [b, d],
  ]);
  const single = random.shuffle([a, b, c, d]);
  const asked = [
    one(archive, random.pick(archive.goods), single[0]!),
    one(archive, random.pick(archive.goods), single[1]!),
    together(archive, random.pick(archive.goods), near[0]!, 1),
    apart(archive, random.pick(archive.goods), near[1]!, 1),
    together(archive, random.pick(archive.goods), far[0]!, 2),
    apart(archive, random.pick(archive.goods), far[1]!, 2),
  ];
  return asked.map((question, i) => ({
    id: `archive ${number}, question ${i}`,
    archive: number,
    ...question,
  }));
}

type Asked = Omit<Question, "id" | "archive">;

function one(archive: Archive, what: string, village: string): Asked {
  const fact = factOf(archive, what, village);
  const text = `How many ${what} does ${village} have?`;
  return { text, answer: fact.count, needed: [fact], documents: 1 };
}

function together(archive: Archive, what: string, villages: readonly string[], documents: 1 | 2): Asked {
  const [a, b] = villages.map((village) => factOf(archive, what, village)) as [Fact, Fact];
  const text = `How many ${what} do ${a.of} and ${b.of} have together?`;
  return { text, answer: a.count + b.count, needed: [a, b], documents };
}

function apart(archive: Archive, what: string, villages: readonly string[], documents: 1 | 2): Asked {
  const [a, b] = villages.map((village) => factOf(archive, what, village)) as [Fact, Fact];
  const text = `By how many do the ${what} of ${a.of} and ${b.of} differ?`;
  return { text, answer: Math.abs(a.count - b.count), needed: [a, b], documents };
}

function factOf({ facts }: Archive, what: string, village: string): Fact {
  const fact = facts.find((each) => each.what === what && each.of === village);
  if (fact === undefined) throw new RangeError(`nothing is known about ${what} of ${village}`);
  return fact;
}

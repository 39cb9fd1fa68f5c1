import { type Draft, Drafter, type Shape } from "./draft.js";
import { type FactNumber, factNumbers, type Row, rowOf, unanswerableOf } from "./row.js";
import { type Part, withheldFrom, worldOf } from "./split.js";
import type { World } from "./world.js";

/** Number of questions in each part's main file. */
export const sizes: Readonly<Record<Part, number>> = { train: 10_400, monitor: 500, report: 1_000 };

/** Number of questions in each part's Full file, which has two rows for each. */
export const fullSizes: Readonly<Record<Part, number>> = { train: 2_000, monitor: 500, report: 1_000 };

/** Number of questions in each part's file of facts told apart. */
export const apartSizes: Readonly<Record<Part, number>> = { train: 2_000, monitor: 500, report: 1_000 };

// Percent of questions of two and of three hops; the rest has four, of which the sources give the fewest.
const mixes: Readonly<Record<Part, readonly [number, number]>> = {
  train: [50, 35],
  monitor: [46, 34],
  report: [46, 34],
};

// 37 has no factor in common with 100: every hundred questions in a row hold the mix exactly, well stirred.
function hopsOf(index: number, part: Part): 2 | 3 | 4 {
  const [two, three] = mixes[part];
  const slot = (index * 37) % 100;
  return slot < two ? 2 : slot < two + three ? 3 : 4;
}

/** A question with the row that asks it. */
export interface Question {
  readonly draft: Draft;
  readonly row: Row;
}

/** Numbers of all facts of the world, for row ids. */
function numbersOf(world: World): FactNumber {
  const subjects = [
    ...world.entities.map((entity) => entity.name),
    ...world.units.keys(),
    ...world.offsets.keys(),
  ];
  for (const country of world.countries.values()) {
    subjects.push(country.name, ...(country.capital === undefined ? [] : [country.capital]));
  }
  return factNumbers(subjects);
}

/**
 * The questions of one part, none asked twice.
 *
 * @param seed names the whole data set; another seed gives another set over the same split.
 * @throws Error if the part's facts do not suffice for that many questions.
 */
export function questionsOf(world: World, part: Part, count: number, shape: Shape, seed: string): Question[] {
  const withheld = withheldFrom(world, part);
  const drafter = new Drafter(worldOf(world, part), withheld);
  const number = numbersOf(world);
  const queues = {
    2: drafter.seeds(`${seed}/${part}/2`, 2),
    3: drafter.seeds(`${seed}/${part}/3`, 3),
    4: drafter.seeds(`${seed}/${part}/4`, 4),
  };
  const next = { 2: 0, 3: 0, 4: 0 };
  const form = shape.apart ? `${shape.paragraphs}/apart` : shape.paragraphs;
  const ask = (hops: 2 | 3 | 4): Question => {
    for (;;) {
      const candidate = queues[hops][next[hops]++];
      if (candidate === undefined)
        throw new Error(`${part}: too few questions of ${hops} hops for ${count} in all`);
      const key = `${seed}/${part}/${form}/${hops}/${next[hops]}`;
      const draft = drafter.draft(candidate, key, shape);
      if (draft !== undefined) return { draft, row: rowOf(draft, `${key}/words`, number) };
    }
  };
  const isWithheld = ({ draft: { start, answers } }: Question): boolean =>
    [start, ...answers].some((name) => withheld.has(name));
  const drawn = Array.from({ length: count }, (_, index) => ask(hopsOf(index, part)));
  // What stands in for a withheld question is drawn last, so that every other question keeps its place.
  return drawn.map((question, index) => {
    let stands = question;
    while (isWithheld(stands)) stands = ask(hopsOf(index, part));
    return stands;
  });
}

/** Two rows for each question, as in MuSiQue-Full: the answerable one first. */
export function fullRows(questions: readonly Question[], seed: string): Row[] {
  return questions.flatMap(({ draft, row }) => [row, unanswerableOf(row, draft, `${seed}/full/${row.id}`)]);
}

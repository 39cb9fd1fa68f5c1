import { type Doc, textOf } from "./documents.js";
import type { Draft } from "./draft.js";
import { inSentence } from "./names.js";
import { KeyedRandom } from "./random.js";
import { relations, wordings } from "./relations.js";

/** One row in MuSiQue's official format. */
export interface Row {
  readonly id: string;
  readonly paragraphs: readonly {
    readonly idx: number;
    readonly title: string;
    readonly paragraph_text: string;
    readonly is_supporting: boolean;
  }[];
  readonly question: string;
  readonly question_decomposition: readonly {
    readonly id: number;
    /** In the form of a retrieval query; `#k` stands for the answer of sub-question k, counted from 1. */
    readonly question: string;
    readonly answer: string;
    /** Null where the paragraph was taken out of an unanswerable row. */
    readonly paragraph_support_idx: number | null;
  }[];
  readonly answer: string;
  readonly answer_aliases: readonly string[];
  readonly answerable: boolean;
}

/** Numbers a fact (a relation of a subject); the same fact has the same number in all files. */
export type FactNumber = (relation: string, subject: string) => number;

/** Numbers facts by the subject's position among all subjects, sorted. */
export function factNumbers(subjects: Iterable<string>): FactNumber {
  const order = new Map([...new Set(subjects)].sort().map((subject, i) => [subject, i]));
  return (relation, subject) =>
    (order.get(subject) ?? order.size) * relations.length +
    (relations as readonly string[]).indexOf(relation);
}

/** How a question names what its chain starts at: "the city Lima" half of the time, else "Lima". */
function nameStart({ chain, start, startType }: Draft, random: KeyedRandom): string {
  if (chain.start === "country") return inSentence(start);
  const isPlain = random.unit() < 0.5 || !/^[a-z ]+$/u.test(startType);
  return isPlain ? start : `the ${startType} ${start}`;
}

/**
 * Puts a draft into words.
 *
 * @param key decides wordings; the same key gives the same row.
 */
export function rowOf(draft: Draft, key: string, number: FactNumber): Row {
  const random = new KeyedRandom(key);
  const { hops } = draft.chain;
  const paragraphs = draft.docs.map((doc, idx) => ({
    idx,
    title: doc.title,
    paragraph_text: textOf(doc, random),
    is_supporting: draft.support.includes(idx),
  }));
  const named = nameStart(draft, random);
  const asked = hops.reduce((inner, relation) => `the ${random.pick(wordings[relation])} of ${inner}`, named);
  const ids = hops.map((relation, hop) => number(relation, draft.answers[hop - 1] ?? draft.start));
  return {
    id: `${hops.length === 2 ? "2hop" : `${hops.length}hop1`}__${ids.join("_")}`,
    paragraphs,
    question: random.unit() < 0.5 ? `What is ${asked}?` : `Name ${asked}.`,
    question_decomposition: hops.map((relation, hop) => ({
      id: ids[hop] as number,
      question: `${relation} of ${hop === 0 ? draft.start : `#${hop}`}`,
      answer: draft.answers[hop] as string,
      paragraph_support_idx: draft.support[hop] as number,
    })),
    answer: draft.answers.at(-1) as string,
    answer_aliases: draft.aliases,
    answerable: true,
  };
}

/**
 * The partner row of MuSiQue-Full: the same question, with the paragraph of one hop replaced by a distractor of the
 * same type, so that it cannot be answered.
 */
export function unanswerableOf(row: Row, draft: Draft, key: string): Row {
  const random = new KeyedRandom(key);
  const hop = random.below(draft.chain.hops.length);
  const at = draft.support[hop] as number;
  const substitute = draft.substitutes[hop] as Doc;
  return {
    ...row,
    paragraphs: row.paragraphs.map((paragraph) =>
      paragraph.idx === at
        ? {
            idx: at,
            title: substitute.title,
            paragraph_text: textOf(substitute, random),
            is_supporting: false,
          }
        : paragraph,
    ),
    question_decomposition: row.question_decomposition.map((step, k) =>
      k === hop ? { ...step, paragraph_support_idx: null } : step,
    ),
    answerable: false,
  };
}

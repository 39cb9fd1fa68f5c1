import { DataError, type MusiqueRow, readMusique } from "../../runtime/simulator/index.js";

/** What training reads of a question in MuSiQue's format. */
export interface Row {
  readonly id: string;
  readonly question: string;
  readonly answer: string;
  readonly paragraphs: readonly RowParagraph[];
  readonly hops: readonly Hop[];
}

export interface RowParagraph {
  readonly title: string;
  readonly body: string;
}

/** One step of a question's decomposition. */
export interface Hop {
  /** The step's question, with `#1` … for the answers of earlier steps. */
  readonly question: string;
  readonly answer: string;
  /** Index in `paragraphs` of the one that answers it. */
  readonly support: number;
}

/**
 * Reads the questions of a file that have gold steps: the answerable ones whose decomposition names a paragraph for
 * each step.
 * @throws DataError naming file and line, also if no question has gold steps
 */
export async function readRows(path: string): Promise<Row[]> {
  const rows = (await readMusique(path)).flatMap((raw) => toRow(raw) ?? []);
  if (rows.length === 0)
    throw new DataError("empty", "no question in the file has a decomposition with its paragraphs", { path });
  return rows;
}

function toRow(raw: MusiqueRow): Row | undefined {
  if (!raw.answerable || raw.decomposition.length === 0) return undefined;
  const hops = raw.decomposition.map(({ question, answer, support }) => ({
    question,
    answer,
    support: raw.paragraphs.findIndex((paragraph) => paragraph.idx === support),
  }));
  if (hops.some((hop) => hop.support < 0)) return undefined;
  return {
    id: raw.id,
    question: raw.question,
    answer: raw.answer,
    paragraphs: raw.paragraphs.map(({ title, body }) => ({ title, body })),
    hops,
  };
}

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

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
  /** Index of the paragraph that answers it. */
  readonly support: number;
}

/**
 * Reads the answerable questions of a MuSiQue file, plain or gzipped. For this project's own files: a malformed line
 * is an error with its number.
 * @throws Error naming file and line
 */
export function readRows(path: string): Row[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const rows: Row[] = [];
  text.split("\n").forEach((line, index) => {
    if (line.trim() === "") return;
    try {
      const raw = JSON.parse(line);
      if (raw.answerable === false) return;
      rows.push(toRow(raw));
    } catch (thrown) {
      throw new Error(`${path}:${index + 1}: ${(thrown as Error).message}`);
    }
  });
  return rows;
}

interface RawRow {
  readonly id: string;
  readonly question: string;
  readonly answer: string;
  readonly paragraphs: readonly { readonly title: string; readonly paragraph_text: string }[];
  readonly question_decomposition: readonly {
    readonly question: string;
    readonly answer: string;
    readonly paragraph_support_idx: number | null;
  }[];
}

function toRow(raw: RawRow): Row {
  return {
    id: raw.id,
    question: raw.question,
    answer: raw.answer,
    paragraphs: raw.paragraphs.map((p) => ({ title: p.title, body: p.paragraph_text })),
    hops: raw.question_decomposition.map((hop) => {
      if (hop.paragraph_support_idx === null || raw.paragraphs[hop.paragraph_support_idx] === undefined)
        throw new RangeError(`step "${hop.question}" names no paragraph`);
      return { question: hop.question, answer: hop.answer, support: hop.paragraph_support_idx };
    }),
  };
}

/** A small question in MuSiQue's format: two hops, four paragraphs. Fields given replace the row's own. */
export function rawRow(fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    id: "2hop__1_2",
    paragraphs: [
      { idx: 0, title: "Oslo", paragraph_text: "a city that lies in Norway", is_supporting: true },
      { idx: 1, title: "Lima", paragraph_text: "a city that lies in Peru", is_supporting: false },
      { idx: 2, title: "Norway", paragraph_text: "its currency is NOK", is_supporting: true },
      { idx: 3, title: "Peru", paragraph_text: "its currency is PEN", is_supporting: false },
    ],
    question: "What is the currency of the country of Oslo?",
    question_decomposition: [
      { id: 1, question: "country of Oslo", answer: "Norway", paragraph_support_idx: 0 },
      { id: 2, question: "currency of #1", answer: "NOK", paragraph_support_idx: 2 },
    ],
    answer: "NOK",
    answer_aliases: ["Norwegian krone"],
    answerable: true,
    ...fields,
  };
}

/** JSON lines of some values. */
export function jsonl(...rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

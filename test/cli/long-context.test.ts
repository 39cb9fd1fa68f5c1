import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { musique, run, succeeded, weak } from "./support.js";

interface Evaluated {
  readonly questions: number;
  readonly truncated: { readonly prompts: number; readonly tokens: number };
}

const said =
  /\d+ prompts? (?:was|were) too long for the model: (?:it|they) lost \d+ tokens at the beginning of the user's message/;

it("plays questions with paragraphs far beyond the model's context, and reports what was left out", async () => {
  const long = (idx: number) => `The ${idx}th account says it was Lima. `.repeat(400);
  const row = {
    id: "2hop__1_2",
    paragraphs: [0, 1, 2].map((idx) => ({
      idx,
      title: `Account ${idx}`,
      paragraph_text: long(idx),
      is_supporting: idx < 2,
    })),
    question: "What is the capital of Peru?",
    question_decomposition: [
      { id: 1, question: "country", answer: "Peru", paragraph_support_idx: 0 },
      { id: 2, question: "capital of #1", answer: "Lima", paragraph_support_idx: 1 },
    ],
    answer: "Lima",
    answer_aliases: [],
    answerable: true,
  };
  const data = join(temporaryFolder(), "long.jsonl");
  writeFileSync(data, `${JSON.stringify(row)}\n`);
  const asked = ["eval", musique, "--data", data, "--model", weak, "--workers", "0"];
  const { questions, truncated } = JSON.parse(succeeded(await run([...asked, "--json"])).stdout) as Evaluated;
  expect(questions).toBe(1);
  expect(truncated.prompts).toBeGreaterThan(0);
  expect(truncated.tokens).toBeGreaterThan(10_000);
  expect(succeeded(await run(asked)).stdout).toMatch(said);
});

/** A file of real MuSiQue questions, where one is at hand: their licence keeps them out of the repository. */
const real = process.env.FLOWC_MUSIQUE;

it.skipIf(real === undefined)(
  "plays MuSiQue's own questions (of the file FLOWC_MUSIQUE)",
  async () => {
    const asked = ["eval", musique, "--data", real!, "--model", weak, "--json"];
    const { questions, truncated } = JSON.parse(succeeded(await run(asked)).stdout) as Evaluated;
    expect(questions).toBe(readFileSync(real!, "utf8").trim().split("\n").length);
    expect(truncated.prompts).toBeGreaterThan(0);
  },
  600_000,
);

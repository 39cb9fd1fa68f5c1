import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { musique, run, succeeded, weak } from "./support.js";

interface Evaluated {
  readonly questions: number;
  readonly truncated: { readonly prompts: number; readonly tokens: number; readonly outputs: number };
}

const said =
  /\d+ prompts? (?:was|were) too long for the model: (?:it|they) lost \d+ tokens at the beginning of the user's message/;

/** A data file with one question whose paragraphs are far beyond the model's context. */
function longQuestion(): string {
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
  return data;
}

it("plays questions with paragraphs far beyond the model's context, and reports what was left out", async () => {
  const data = longQuestion();
  const asked = ["eval", musique, "--data", data, "--model", weak, "--workers", "0"];
  const { questions, truncated } = JSON.parse(succeeded(await run([...asked, "--json"])).stdout) as Evaluated;
  expect(questions).toBe(1);
  expect(truncated.prompts).toBeGreaterThan(0);
  expect(truncated.tokens).toBeGreaterThan(10_000);
  expect(succeeded(await run(asked)).stdout).toMatch(said);
});

it.each([
  ["error", 1, /the prompt of musique_answerable\/relevant#0\S* has \d+ tokens, where \d+ fit/],
  ["relevant=error", 1, /have long prompts of relevant cut with left-of-user/],
  ["error,relevant=left-of-user,enough=left-of-user,draft=left-of-user,query=left-of-user", 0, /^(?!flowc:)/],
  ["judge=error", 1, /names judge, which is no agent of the flow; it has query/],
  ["cut", 2, /--long-prompts "cut": expected left-of-user or error, alone or after AGENT=/],
])("takes a policy for long prompts: %s", async (policy, wanted, message) => {
  const asked = ["eval", musique, "--data", longQuestion(), "--model", weak, "--workers", "0"];
  const { code, stderr } = await run([...asked, "--long-prompts", policy]);
  expect(stderr).toMatch(message);
  expect(code).toBe(wanted);
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

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { EpisodeLog } from "../../runtime/search/index.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { jsonLines, monitor, musique, root, rowsOf, run, succeeded, weak } from "./support.js";

const PATIENCE = 120_000;
const QUESTIONS = 16;

const folder = temporaryFolder();
const full = join(root, "flows/musique-full.flow");
const pairs = join(root, "flows/data/full-monitor.jsonl.gz");

interface Row {
  readonly id: string;
  readonly paragraphs: readonly { readonly idx: number; readonly paragraph_text: string }[];
}

interface Predicted {
  readonly id: string;
  readonly predicted_answer: string;
  readonly predicted_support_idxs: readonly number[];
  readonly predicted_answerable: boolean;
}

/** Evaluates the first questions. @returns what was predicted, in the order of the data, and what it says of itself */
async function evaluated(
  name: string,
  flow: string,
  data: string,
  ...more: readonly string[]
): Promise<{ readonly predictions: readonly Predicted[]; readonly evaluation: Record<string, unknown> }> {
  const out = join(folder, name);
  const asked = ["--data", data, "--model", weak, "--workers", "0", "--limit", String(QUESTIONS)];
  const { stdout } = succeeded(await run(["eval", flow, ...asked, "--out", out, "--json", ...more]));
  return {
    predictions: jsonLines<Predicted>(readFileSync(join(out, "predictions.jsonl"), "utf8")),
    evaluation: JSON.parse(stdout) as Record<string, unknown>,
  };
}

describe("flowc eval --pairwise", () => {
  let plain: readonly Predicted[];
  let paired: readonly Predicted[];
  let evaluation: Record<string, unknown>;
  let logs: readonly EpisodeLog[];

  beforeAll(async () => {
    const record = join(folder, "episodes.jsonl");
    ({ predictions: plain } = await evaluated("plain", full, pairs, "--record", record));
    ({ predictions: paired, evaluation } = await evaluated(
      "paired",
      full,
      pairs,
      "--pairwise",
      "sufficient",
    ));
    logs = jsonLines<EpisodeLog>(readFileSync(record, "utf8"));
  }, PATIENCE);

  /** Log-odds of the last yes or no in an episode. */
  function sufficiency({ steps }: EpisodeLog): number {
    const last = steps.findLast((step) => step.kind === "choice" && step.reply.kind === "label");
    if (last?.kind !== "choice") return -Infinity;
    const [yes, no] = last.outputs[0]!.labelLogProbs!;
    expect(last.requests[0]!.ask).toMatchObject({ labels: ["yes", "no"] });
    return yes! - no!;
  }

  it("takes the row for answerable at whose end yes was more probable, and leaves rows that are alike or told apart", () => {
    const seen = { apart: 0, alike: 0, answered: 0, declined: 0 };
    for (let i = 0; i < 2 * QUESTIONS; i += 2) {
      const [before, after] = [plain, paired].map((all) => all.slice(i, i + 2));
      const [a, b] = logs.slice(i, i + 2).map(sufficiency);
      const isApart = before![0]!.predicted_answerable !== before![1]!.predicted_answerable;
      if (isApart || a === b) {
        expect(after).toEqual(before);
        seen[isApart ? "apart" : "alike"] += 1;
        continue;
      }
      const better = a! > b! ? 0 : 1;
      expect(after!.map((row) => row.predicted_answerable)).toEqual([better === 0, better === 1]);
      const wasAnswered = before![0]!.predicted_answerable;
      seen[wasAnswered ? "answered" : "declined"] += 1;
      if (wasAnswered) {
        for (const [k, row] of after!.entries())
          expect({ ...row, predicted_answerable: true }).toEqual(before![k]);
        continue;
      }
      // The one goes on to an answer from what it had collected at its end; the other stays declined.
      const { steps, task } = logs[i + better]!;
      const { paragraphs } = task.input as { readonly paragraphs: readonly { readonly idx: number }[] };
      const picked = steps.flatMap(({ reply }) =>
        reply.kind === "pick" ? paragraphs[reply.candidate]!.idx : [],
      );
      expect(after![better]!.predicted_support_idxs).toEqual(picked);
      expect(after![better]!.predicted_answer).not.toBe("");
      expect(after![1 - better]).toEqual(before![1 - better]);
    }
    expect(
      Object.values(seen).every((count) => count > 0),
      JSON.stringify(seen),
    ).toBe(true);
    const changed = paired.filter((row, i) => JSON.stringify(row) !== JSON.stringify(plain[i])).length;
    expect(evaluation.pairwise).toEqual({ agent: "sufficient", changed });
  });

  it("has figures of what it predicts", async () => {
    const rows = rowsOf(pairs, 2 * QUESTIONS).join("\n");
    const data = join(folder, "pairs.jsonl");
    writeFileSync(data, rows);
    const predictions = join(folder, "paired/predictions.jsonl");
    const official = succeeded(await run(["eval", "--predictions", predictions, "--data", data, "--json"]));
    // Rounded to three digits.
    for (const [name, value] of Object.entries(JSON.parse(official.stdout) as Record<string, number>))
      expect(Math.abs((evaluation[name] as number) - value)).toBeLessThan(0.00051);
  });

  it.each([
    [
      "an agent that the flow does not have",
      ["--pairwise", "nobody"],
      pairs,
      /has no agent nobody; it has query, /,
    ],
    ["an agent that says something else", ["--pairwise", "query"], pairs, /query does not say yes or no/],
    ["questions without pairs", ["--pairwise", "sufficient"], monitor, /has no pairs of rows/],
  ] as const)("refuses %s", async (_, more, data, message) => {
    const { code, stderr, stdout } = await run(["eval", full, "--data", data, "--model", weak, ...more]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(message);
  });
});

describe("flowc eval --extractive", () => {
  const rows = rowsOf(monitor, QUESTIONS).map((line) => JSON.parse(line) as Row);
  const textsOf = (i: number, { predicted_support_idxs: support }: Predicted) =>
    rows[i]!.paragraphs.filter(({ idx }) => support.includes(idx)).map((each) => each.paragraph_text);

  it(
    "leaves answers that stand in their paragraphs, and makes others parts of them by a vote",
    async () => {
      const { predictions: before } = await evaluated("free", musique, monitor);
      const { predictions: after, evaluation } = await evaluated("snapped", musique, monitor, "--extractive");
      const { predictions: alone } = await evaluated(
        "alone",
        musique,
        monitor,
        "--extractive",
        "--guesses",
        "1",
      );
      let changed = 0;
      for (const [i, row] of before.entries()) {
        const stands = (answer: string) => textsOf(i, row).some((text) => text.includes(answer));
        const others = { ...row, predicted_answer: "" };
        for (const each of [after[i]!, alone[i]!]) expect({ ...each, predicted_answer: "" }).toEqual(others);
        const { predicted_answer: answer } = after[i]!;
        if (stands(row.predicted_answer)) expect(answer).toBe(row.predicted_answer);
        else if (answer !== row.predicted_answer) {
          expect(stands(answer)).toBe(true);
          changed += 1;
        }
        // Alone it has no words but its own.
        const words = new Set(row.predicted_answer.split(" "));
        expect(alone[i]!.predicted_answer.split(" ").filter((word) => !words.has(word))).toEqual([]);
      }
      expect(changed).toBeGreaterThan(0);
      expect(evaluation.extractive).toEqual({ guesses: 4, changed });
      // The vote counts: without the other guesses some answer is another one.
      expect(after).not.toEqual(alone);
    },
    PATIENCE,
  );

  it("is told in words", async () => {
    const asked = ["--data", monitor, "--model", weak, "--limit", "1", "--extractive"];
    const { stdout } = succeeded(await run(["eval", musique, ...asked]));
    expect(stdout).toMatch(/^\d answers were made parts of their paragraphs$/m);
  });
});

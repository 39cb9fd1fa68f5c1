import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readLogged } from "../../../cli/support/logged-data.js";
import type { EpisodeLog } from "../../../runtime/search/index.js";
import { retrieveUntilDone } from "../../fixtures/machines/flows.js";
import { opinionated } from "../../search/support.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { drawnLogs, settingsOf } from "./support.js";

const world = retrieveUntilDone();
const policy = opinionated(world, 7);
const logs = await drawnLogs(world, policy, 3);
const file = join(temporaryFolder(), "episodes.jsonl");

type Changing = Record<string, unknown> & { steps: Record<string, unknown>[] };

/** The log with something changed in it. */
function changed(log: EpisodeLog, change: (log: Changing) => void): string {
  const copy = structuredClone(log) as unknown as Changing;
  change(copy);
  return JSON.stringify(copy);
}

/** A change of the first output of a log's first step, which is a text. */
function changedOutput(log: EpisodeLog, change: (output: Record<string, unknown>) => void): string {
  return changed(log, ({ steps }) => change((steps[0]!.outputs as Record<string, unknown>[])[0]!));
}

/** What may become of a line of which nothing can be learned, and what is said of it. */
const broken: Readonly<Record<string, readonly [spoil: (log: EpisodeLog) => string, said: RegExp]>> = {
  "torn off": [(log) => JSON.stringify(log).slice(0, -9), /this is no episode: it is no JSON/],
  "without a reward": [(log) => changed(log, (made) => delete made.reward), /it has no reward/],
  "with a reward in words": [
    (log) => changed(log, (made) => (made.reward = "good")),
    /its reward is no finite number/,
  ],
  "with a reward beyond numbers": [
    (log) => JSON.stringify(log).replace(/"reward":[^,}]*/, '"reward":1e999'),
    /its reward is no finite number/,
  ],
  "of another flow": [(log) => changed(log, (made) => (made.flow = "other")), /the log is of the flow other/],
  "of another compile": [(log) => changed(log, (made) => (made.source = "x")), /another compile of the flow/],
  "with another prompt": [
    (log) =>
      changed(log, ({ steps }) => ((steps[0]!.requests as Record<string, unknown>[])[0]!.user = "something")),
    /parts at step 1, .*another prompt/,
  ],
  "with a step too few": [(log) => changed(log, ({ steps }) => steps.pop()), /the log ends where/],
  "with ids of another vocabulary": [
    (log) => changedOutput(log, (output) => (output.ids = [99])),
    /do not spell it in this model's vocabulary/,
  ],
  "with ids that are none": [
    (log) => changedOutput(log, (output) => (output.ids = ["0"])),
    /do not spell it in this model's vocabulary/,
  ],
  "without a probability": [
    (log) => changedOutput(log, (output) => delete output.logProb),
    /does not say how probable the output of query was/,
  ],
  "with labels that nobody has weighed": [
    (log) =>
      changed(log, ({ steps }) => {
        for (const output of steps[1]!.outputs as Record<string, unknown>[]) delete output.labelLogProbs;
      }),
    /does not say how probable the output of relevant was/,
  ],
};

const kinds = [...Object.keys(broken), "good", "empty"];

describe("a file of logged episodes", () => {
  it("is learned from whole, or every line is named from which nothing can be learned", async () => {
    const source = { path: file, flow: world.flow, policy, edited: false };
    const settings = settingsOf("algorithm: { kind: single-sample }");
    const line = fc.record({ kind: fc.constantFrom(...kinds), log: fc.constantFrom(...logs) });
    const isGood = (kind: string) => kind === "good" || kind === "empty";
    const good = fc.record({ kind: fc.constantFrom("good", "empty"), log: fc.constantFrom(...logs) });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.array(line, { minLength: 1, maxLength: 30 }),
          fc.array(good, { minLength: 1, maxLength: 8 }),
        ),
        async (lines) => {
          const texts = lines.map(({ kind, log }) =>
            kind === "empty" ? "" : (broken[kind]?.[0](log) ?? JSON.stringify(log)),
          );
          writeFileSync(file, texts.map((text) => `${text}\n`).join(""));
          const outcome = await readLogged({ ...source, settings }).catch((error: Error) => error.message);
          const numbered = lines.map(({ kind, log }, i) => ({ kind, log, number: i + 1 }));
          const bad = numbered.filter(({ kind }) => !isGood(kind));
          const read = numbered.filter(({ kind }) => kind !== "empty");
          if (read.length === 0) {
            expect(outcome).toBe(`${file}: holds no episodes`);
            return;
          }
          if (typeof outcome !== "string") {
            expect(bad).toEqual([]);
            expect(outcome.episodes.map((each) => [each.line, each.reward])).toEqual(
              read.map(({ number, log }) => [number, log.reward]),
            );
            return;
          }
          const [head, ...told] = outcome.split("\n");
          expect(head).toContain(`of ${read.length} lines in ${file} ${bad.length} cannot be learned from`);
          const named = told.slice(0, 20);
          expect(told.slice(20)).toEqual(bad.length > 20 ? [`  and ${bad.length - 20} more`] : []);
          expect(named).toHaveLength(Math.min(20, bad.length));
          for (const [i, text] of named.entries()) {
            const { number, kind } = bad[i]!;
            expect(text.startsWith(`  ${file}:${number}: `), text).toBe(true);
            expect(text).toMatch(broken[kind]![1]);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it("needs no probabilities for unpaired preferences, nor ids of texts that can be spelled", async () => {
    const bare = changedOutput(logs[0]!, (output) => {
      delete output.logProb;
      delete output.ids;
    });
    writeFileSync(file, `${bare}\n`);
    const settings = settingsOf("algorithm: { kind: single-sample, loss: kto }");
    const logged = await readLogged({ path: file, flow: world.flow, policy, edited: false, settings });
    const { episode } = await logged.judged(logged.tasks[0]!, 0);
    const [recorded] = logs[0]!.steps;
    if (recorded?.kind !== "choice") throw new Error("no text comes first");
    expect(episode.steps[0]).toMatchObject({ outputs: [{ ids: recorded.outputs[0]!.ids }] });
    const unheard = JSON.stringify(logs[0]).replaceAll('"text":', '"text":"z","was":');
    writeFileSync(file, `${unheard}\n`);
    await expect(
      readLogged({ path: file, flow: world.flow, policy, edited: false, settings }),
    ).rejects.toThrow(/cannot be learned from/);
  });
});

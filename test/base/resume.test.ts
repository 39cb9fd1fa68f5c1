import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { BASE_CONFIG } from "../../flows/base/folder.js";
import { type Report, type TrainSettings, trainBase } from "../../flows/base/run.js";
import { BASE_SETTINGS } from "../../flows/base/settings.js";
import { startBackend } from "../../runtime/policy/engine/backend.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { makeRows } from "./support.js";

const settings: TrainSettings = {
  ...BASE_SETTINGS,
  config: {
    ...BASE_CONFIG,
    vocabSize: 300,
    hiddenSize: 32,
    intermediateSize: 48,
    layers: 2,
    heads: 2,
    keyValueHeads: 2,
    headDim: 16,
    rope: { ...BASE_CONFIG.rope, dimensions: 16 },
  },
  steps: 6,
  warmUp: 2,
  tokensPerBatch: 300,
  tokenizerExamples: 50,
};
const rows = makeRows();

/** Trains in a folder; stops as a killed process would, at a report, if `stop` says so. */
function train(
  out: string,
  stop: (event: Report) => boolean = () => false,
  other: Partial<TrainSettings> = {},
): Report[] {
  const events: Report[] = [];
  const options = { out, checkpointEvery: 2, exportEvery: 6, reportEvery: 1, evaluateEvery: 6, heldOut: 2 };
  try {
    trainBase(rows, rows, { ...settings, ...other }, options, (event) => {
      events.push(event);
      if (stop(event)) throw new Error("killed");
    });
  } catch (thrown) {
    if ((thrown as Error).message !== "killed") throw thrown;
  }
  return events;
}

const weightsOf = (out: string) => readFileSync(join(out, "exports/step-6/model.safetensors"));

describe("training the base model", () => {
  beforeAll(() => startBackend("wasm"));

  it("ends with the same bytes if it was killed between checkpoints and resumed", () => {
    const [whole, killed] = [temporaryFolder(), temporaryFolder()];
    const events = train(whole);
    train(killed, (event) => event.kind === "progress" && event.step === 5);
    const rest = train(killed);
    expect(rest[0]).toMatchObject({ kind: "progress", step: 5 });
    expect(weightsOf(killed)).toEqual(weightsOf(whole));
    expect(events.filter((event) => event.kind === "accuracy")).toHaveLength(1);
  });

  it("does nothing more once it is done", () => {
    const out = temporaryFolder();
    train(out);
    expect(train(out)).toEqual([]);
  });

  it("refuses to go on with other settings", () => {
    const out = temporaryFolder();
    train(out);
    expect(() => train(out, undefined, { steps: 8 })).toThrow("belongs to a run with other settings");
  });

  it("lowers the loss", () => {
    const losses = train(temporaryFolder(), undefined, { steps: 40 }).flatMap((event) =>
      event.kind === "progress" ? [event.loss] : [],
    );
    const mean = (list: number[]) => list.reduce((sum, loss) => sum + loss, 0) / list.length;
    expect(mean(losses.slice(-5))).toBeLessThan(0.8 * mean(losses.slice(0, 5)));
  });
});

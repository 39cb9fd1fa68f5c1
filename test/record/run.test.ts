import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { type Checkpoint, RecordError, type RecordErrorCode, Run } from "../../runtime/record/index.js";
import { failingDisk, freshDirectory } from "./support.js";

const manifest = { flow: { name: "f", source: "abc" }, base: "b", settings: { seed: 1, beta: 0.5 } };
const checkpoint = (round: number): Checkpoint => ({
  round,
  meta: { episodes: round * 8 },
  arrays: new Map([["w", Float32Array.of(round)]]),
});

function codeOf(action: () => unknown): RecordErrorCode | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof RecordError) return error.code;
    throw error;
  }
  return undefined;
}

/** A run with `rounds` rounds, a checkpoint after every one. */
function recorded(rounds: number): string {
  const directory = freshDirectory();
  const run = Run.create(directory, manifest);
  for (let round = 1; round <= rounds; round += 1) {
    run.event({ type: "episode", round });
    run.metric({ type: "round", round });
    run.checkpoint(checkpoint(round), 2);
  }
  return directory;
}

const read = (directory: string, name: string) => fs.readFileSync(path.join(directory, name), "utf8");

describe("a run's directory", () => {
  it("says what it was made with, and what happened", () => {
    const directory = recorded(2);
    expect(JSON.parse(read(directory, "run.json"))).toEqual(manifest);
    expect(read(directory, "events.jsonl")).toBe(
      '{"type":"episode","round":1}\n{"type":"episode","round":2}\n',
    );
    expect(read(directory, "metrics.jsonl")).toBe('{"type":"round","round":1}\n{"type":"round","round":2}\n');
  });

  it("keeps the newest checkpoints", () => {
    const directory = recorded(5);
    expect(fs.readdirSync(path.join(directory, "checkpoints"))).toEqual(["000004.ckpt", "000005.ckpt"]);
  });

  it("is not begun over another run", () => {
    const directory = recorded(1);
    const before = read(directory, "events.jsonl");
    expect(codeOf(() => Run.create(directory, manifest))).toBe("exists");
    expect(read(directory, "events.jsonl")).toBe(before);
  });
});

describe("a resumed run", () => {
  it("gets its newest checkpoint, and its logs as they were then", () => {
    const directory = recorded(3);
    fs.appendFileSync(path.join(directory, "events.jsonl"), '{"type":"episode","round":4}\n{"type":"epi');
    fs.appendFileSync(path.join(directory, "timings.jsonl"), '{"a":1}\n{"b"');
    fs.writeFileSync(path.join(directory, "checkpoints", "000004.ckpt.tmp"), "half");
    const resumed = Run.resume(directory, manifest);
    expect(resumed.checkpoint).toEqual(checkpoint(3));
    expect(read(directory, "events.jsonl").trim().split("\n")).toHaveLength(3);
    expect(read(directory, "timings.jsonl")).toBe('{"a":1}\n');
    expect(fs.readdirSync(path.join(directory, "checkpoints"))).toEqual(["000002.ckpt", "000003.ckpt"]);
    resumed.run.event({ type: "episode", round: 4 });
    resumed.run.checkpoint(checkpoint(4), 2);
    expect(Run.resume(directory, manifest).checkpoint).toEqual(checkpoint(4));
  });

  it("begins again with empty logs where there is no checkpoint yet", () => {
    const directory = freshDirectory();
    const run = Run.create(directory, manifest);
    run.event({ type: "episode" });
    run.flush();
    expect(Run.resume(directory, manifest).checkpoint).toBeUndefined();
    expect(read(directory, "events.jsonl")).toBe("");
  });

  it("is refused where there is none", () => {
    expect(codeOf(() => Run.resume(freshDirectory(), manifest))).toBe("missing");
    expect(codeOf(() => Run.resume("/nonexistent/run", manifest))).toBe("missing");
  });

  it.each([
    [
      "another flow",
      { ...manifest, flow: { name: "f", source: "xyz" } },
      "the flow has changed since the run was made",
    ],
    ["another base model", { ...manifest, base: "c" }, "the run was made with another base model"],
    ["other settings", { ...manifest, settings: { seed: 2, beta: 0.5 } }, "settings.seed (1, now 2)"],
    [
      "a setting that was not there",
      { ...manifest, settings: { ...manifest.settings, x: 1 } },
      "settings.x (nothing, now 1)",
    ],
  ])("is refused under %s, with what differs", (_, other, reason) => {
    const directory = recorded(1);
    expect(codeOf(() => Run.resume(directory, other))).toBe("foreign");
    expect(() => Run.resume(directory, other)).toThrow(reason);
  });

  it("is refused when its newest checkpoint is damaged, comes from another run, or its logs are not what they were", () => {
    const torn = recorded(2);
    const newest = path.join(torn, "checkpoints", "000002.ckpt");
    fs.truncateSync(newest, fs.statSync(newest).size - 7);
    expect(() => Run.resume(torn, manifest)).toThrow(
      "000002.ckpt: not a whole checkpoint (its checksum differs); remove checkpoints/000002.ckpt to go on from 000001.ckpt",
    );

    const other = freshDirectory();
    Run.create(other, { ...manifest, base: "c" }).checkpoint(checkpoint(2), 2);
    const foreign = recorded(1);
    fs.copyFileSync(
      path.join(other, "checkpoints", "000002.ckpt"),
      path.join(foreign, "checkpoints", "000002.ckpt"),
    );
    expect(codeOf(() => Run.resume(foreign, manifest))).toBe("foreign");

    const short = recorded(2);
    fs.truncateSync(path.join(short, "events.jsonl"), 10);
    expect(() => Run.resume(short, manifest)).toThrow(
      "events.jsonl: has 10 bytes, but the checkpoint was made at 58; remove checkpoints/000002.ckpt to go on from 000001.ckpt",
    );
    fs.rmSync(path.join(short, "checkpoints", "000002.ckpt"));
    expect(() => Run.resume(short, manifest)).toThrow(
      "; remove checkpoints/000001.ckpt to begin the run again",
    );

    const edited = recorded(2);
    fs.writeFileSync(path.join(edited, "metrics.jsonl"), read(edited, "metrics.jsonl").replace("1", "7"));
    expect(() => Run.resume(edited, manifest)).toThrow("metrics.jsonl: differs from what it was");
  });
});

describe("a full disk", () => {
  const full = (): never => {
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  };

  it("gives a clear error at any moment, and leaves the last good checkpoint", () => {
    for (let at = 1; at < 15; at += 1) {
      const directory = recorded(1);
      const { run } = Run.resume(directory, manifest, failingDisk(at + 6, full));
      const action = () => {
        for (let round = 2; round < 9; round += 1) {
          run.event({ type: "episode", round });
          run.checkpoint(checkpoint(round), 2);
        }
      };
      expect(codeOf(action)).toBe("disk-full");
      const resumed = Run.resume(directory, manifest);
      expect(resumed.checkpoint?.round).toBeGreaterThanOrEqual(1);
      expect(
        fs.readdirSync(path.join(directory, "checkpoints")).every((name) => name.endsWith(".ckpt")),
      ).toBe(true);
    }
  });

  it("tells what to do", () => {
    const directory = freshDirectory();
    expect(() => Run.create(directory, manifest, failingDisk(2, full))).toThrow(
      /no space is left.*Free some space/,
    );
  });

  it.skipIf(!fs.existsSync("/dev/full"))("is met by the real one too", () => {
    const directory = recorded(1);
    const { run } = Run.resume(directory, manifest);
    fs.symlinkSync("/dev/full", path.join(directory, "checkpoints", "000002.ckpt.tmp"));
    expect(codeOf(() => run.checkpoint(checkpoint(2), 2))).toBe("disk-full");
    expect(Run.resume(directory, manifest).checkpoint).toEqual(checkpoint(1));
  });
});

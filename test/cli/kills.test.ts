import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { board, lasting } from "./run-folder.js";
import {
  llama,
  monitor,
  musique,
  program,
  root,
  rowsOf,
  run,
  runProgram,
  signalAt,
  succeeded,
  train,
  weak,
} from "./support.js";

/*
 * kill -9 at moments that nobody chose, of the real command with the real model. The short form runs with all tests;
 * `npm run kills` kills a longer training twenty times.
 */

const isLong = process.env.FLOWC_KILLS === "long";
const KILLS = isLong ? 20 : 3;
/** So many of them at least are inside of a checkpoint's writing. */
const WRITING = isLong ? 6 : 1;
const EPISODES = isLong ? 48 : 8;
const PER_ROUND = isLong ? 4 : 2;
const PATIENCE = isLong ? 3_600_000 : 300_000;

const folder = temporaryFolder();
const data = join(folder, "train.jsonl");
const fewer = join(folder, "fewer.jsonl");
const heldOut = join(folder, "monitor.jsonl");
const settings = join(folder, "settings.yaml");
const whole = join(folder, "whole");

writeFileSync(data, rowsOf(train, EPISODES).join("\n"));
writeFileSync(fewer, rowsOf(train, EPISODES - 1).join("\n"));
writeFileSync(heldOut, rowsOf(monitor, 3).join("\n"));
writeFileSync(
  settings,
  `episodes: ${EPISODES}
episodes_per_round: ${PER_ROUND}
steps_per_round: 2
checkpoint_every: 1
alternatives: { generate: 1, draws: 2, choose: 1, pick: 1, adaptive: true }
adapter: { rank: 8 }
evaluation: { every: 2 }
reference: { kind: soft, every: ${PER_ROUND}, mix: 0.5, confidence: 0, gate: true }
`,
);

const shorter = join(folder, "shorter.flow");
writeFileSync(shorter, readFileSync(musique, "utf8").replace("up to 4", "up to 3"));

function training(out: string, ...more: readonly string[]): readonly string[] {
  const asked = ["--data", data, "--model", weak, "--config", settings, "--seed", "3", "--workers", "0"];
  return ["train", musique, ...asked, "--held-out", heldOut, "--out", out, ...more];
}

/** Begins the training, or goes on with it where an earlier process has left anything of it. */
function onwards(out: string): readonly string[] {
  const isBegun = ["lock", "run.json"].some((name) => existsSync(join(out, name)));
  return training(out, ...(isBegun ? ["--resume"] : []));
}

/** Where a kill hit: after so many milliseconds, with what in the folder for checkpoints. */
interface Kill {
  readonly milliseconds: number;
  readonly checkpoints: readonly string[];
  /** Bytes of the checkpoint that this process was writing, if it was; what an earlier one left does not count. */
  readonly written: number | undefined;
}

/**
 * Starts the training and kills it after some time, or as soon as a checkpoint is being written.
 * @returns where the kill hit, or undefined if the training was over before
 */
async function killed(out: string, when: number | "writing"): Promise<Kill | undefined> {
  const began = performance.now();
  const since = Date.now();
  const child = spawn(process.execPath, [program, ...onwards(out)], { cwd: root, stdio: "ignore" });
  const kill = () => child.kill("SIGKILL");
  const timer = when === "writing" ? undefined : setTimeout(kill, when);
  const folder = join(out, "checkpoints");
  let watching = false;
  const looking = setInterval(() => {
    if (when !== "writing" || watching) return;
    try {
      watch(folder, (_, name) => {
        // It is empty at first, then it is filled, synced and renamed: anywhere between.
        if (name?.endsWith(".tmp") === true) setTimeout(kill, Math.random() * 6);
      }).unref();
      watching = true;
    } catch {
      // It is not there yet.
    }
  }, 5);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearTimeout(timer);
  clearInterval(looking);
  if (code === 0) return undefined;
  expect(code).toBeNull();
  const checkpoints = list(folder);
  const fresh = checkpoints
    .filter((name) => name.endsWith(".tmp"))
    .map((name) => statSync(join(folder, name)))
    .find(({ mtimeMs }) => mtimeMs >= since);
  return { milliseconds: performance.now() - began, checkpoints, written: fresh?.size };
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function tell({ milliseconds, checkpoints, written }: Kill): string {
  const what = written === undefined ? "" : `, ${written} bytes of a checkpoint written`;
  return `after ${milliseconds.toFixed(0)} ms, ${checkpoints.join(" ") || "no checkpoint yet"}${what}`;
}

let undisturbed: ReadonlyMap<string, string>;
let took: number;

beforeAll(async () => {
  const began = performance.now();
  succeeded(await run(training(whole)));
  took = performance.now() - began;
  undisturbed = lasting(whole);
}, PATIENCE);

it(
  `ends with the bytes of an undisturbed run after ${KILLS} times kill -9, ${WRITING} of them or more while a checkpoint is written`,
  async () => {
    const kills: Kill[] = [];
    const told: string[] = [];
    let writing = 0;
    for (let attempt = 0; kills.length < KILLS || writing < WRITING; attempt += 1) {
      const out = join(folder, `run-${attempt}`);
      // One training is killed again and again until it is over, or until there were kills enough.
      while (kills.length < KILLS || writing < WRITING) {
        const aim = writing < WRITING && kills.length % 3 === 1 ? "writing" : Math.random() * 0.4 * took;
        const kill = await killed(out, aim);
        if (kill === undefined) break;
        kills.push(kill);
        if (kill.written !== undefined) writing += 1;
        told.push(`${attempt}: ${tell(kill)}`);
        expect(kills.length, "kills that hit no checkpoint's writing").toBeLessThan(5 * KILLS);
      }
      succeeded(await run(onwards(out)));
      expect(lasting(out), told.join("\n")).toEqual(undisturbed);
      expect(board(out)).toEqual(board(whole));
    }
    if (isLong) {
      process.stdout.write(`the undisturbed run took ${took.toFixed(0)} ms\n`);
      process.stdout.write(`${told.join("\n")}\n${kills.length} kills, ${writing} of them while writing\n`);
    }
  },
  PATIENCE,
);

describe("a disk that is full", () => {
  it(
    "ends the run with a message and leaves the last good checkpoint, from which the run goes on to the same bytes",
    async () => {
      const out = join(folder, "full");
      const watch = signalAt("SIGINT", ({ type }) => type === "checkpoint");
      const stopped = await run(training(out, "--json"), { watch });
      expect(stopped.code).toBe(130);
      const before = readdirSync(join(out, "checkpoints"));
      const size = readFileSync(join(out, "checkpoints", before[0]!)).byteLength;
      // Files may have half of a checkpoint's size: the logs are far smaller.
      const blocks = Math.floor(size / 2 / 512);
      const limited = `ulimit -f ${blocks}; exec "$0" "$@"`;
      const full = await runProgram("sh", [
        "-c",
        limited,
        process.execPath,
        program,
        ...training(out, "--resume"),
      ]);
      expect(full.stderr).toMatch(/\.ckpt: no space is left on the disk.*Free some space and resume/);
      expect(full.code).toBe(1);
      expect(readdirSync(join(out, "checkpoints"))).toEqual(before);
      succeeded(await run(training(out, "--resume")));
      expect(lasting(out)).toEqual(undisturbed);
    },
    PATIENCE,
  );
});

describe("a checkpoint that does not belong to the run", () => {
  it.each([
    ["another base model", weak, llama, /the run was made with another base model/],
    ["another flow", musique, shorter, /the flow has changed since the run was made/],
    ["another data file", data, fewer, /the run was made with another data file/],
  ])("is refused with the reason: %s", async (_, own, other, reason) => {
    const asked = training(whole, "--resume").map((part) => (part === own ? other : part));
    const { code, stderr } = await run(asked);
    expect(stderr).toMatch(reason);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(code).toBe(1);
    expect(lasting(whole)).toEqual(undisturbed);
  });
});

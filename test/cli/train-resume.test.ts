import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { board, lasting } from "./run-folder.js";
import { type Event, jsonLines, program, run, runProgram, signalAt, succeeded } from "./support.js";
import { folder, PATIENCE, training } from "./training.js";

const whole = join(folder, "whole");
let undisturbed: ReadonlyMap<string, string>;

beforeAll(async () => {
  succeeded(await run(training(whole, "--workers", "1")));
  undisturbed = lasting(whole);
}, PATIENCE);

describe("flowc train --resume", { timeout: PATIENCE }, () => {
  it.each([
    ["while it began", (event: Event) => event.type === "begin"],
    ["in its first round", (event: Event) => event.type === "episode"],
    ["after a checkpoint", (event: Event) => event.type === "checkpoint"],
    ["in its second round", (event: Event) => event.type === "update" && event.round === 1],
  ])("ends where an undisturbed run ends, after kill -9 %s", async (when, at) => {
    const out = join(folder, when.replaceAll(" ", "-"));
    const watch = signalAt("SIGKILL", at);
    const killed = await run(training(out, "--workers", "0", "--json"), { watch });
    expect(killed.code).toBeUndefined();
    succeeded(await run(training(out, "--workers", "0", "--resume")));
    expect(lasting(out)).toEqual(undisturbed);
    expect(board(out)).toEqual(board(whole));
  });

  it("ends where an undisturbed run ends, after Ctrl-C with its exit code and checkpoint", async () => {
    const out = join(folder, "interrupted");
    const watch = signalAt("SIGINT", (event) => event.type === "episode" && event.round === 1);
    const { code, stdout, stderr } = await run(training(out, "--workers", "0", "--json"), { watch });
    expect(code).toBe(130);
    expect(stderr).toContain("stopping after this round");
    expect(stderr).toMatch(/interrupted after 4 of 6 episodes; the same command with --resume goes on$/m);
    expect(jsonLines<Event>(stdout).at(-1)).toMatchObject({ type: "end", rounds: 2, interrupted: true });
    expect(readdirSync(join(out, "checkpoints"))).toEqual(["000001.ckpt", "000002.ckpt"]);
    succeeded(await run(training(out, "--workers", "0", "--resume")));
    expect(lasting(out)).toEqual(undisturbed);
  });

  it("says that it begins again where no checkpoint is left, and ends with the bytes of an undisturbed run", async () => {
    const out = join(folder, "begun-again");
    cpSync(whole, out, { recursive: true });
    for (const name of readdirSync(join(out, "checkpoints"))) rmSync(join(out, "checkpoints", name));
    const { stderr } = succeeded(await run(training(out, "--workers", "0", "--resume")));
    expect(stderr).toContain(`${out} has no checkpoint, so the run begins again`);
    expect(lasting(out)).toEqual(undisturbed);
  });

  it("goes on to its end when nobody reads what it prints any more", async () => {
    const out = join(folder, "unread");
    const command = [process.execPath, program, ...training(out, "--workers", "0", "--json")]
      .map((part) => `'${part}'`)
      .join(" ");
    const { code, stdout } = await runProgram("bash", ["-c", `set -o pipefail; ${command} | head -n 1`]);
    expect([code, stdout.trimEnd().split("\n").length]).toEqual([0, 1]);
    expect(lasting(out)).toEqual(undisturbed);
  });

  it("takes no seed that settings could not hold", async () => {
    const out = join(folder, "large-seed");
    const { code, stderr } = await run([...training(out), "--seed", "2147483648"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("from 0 to 2147483647")]);
  });

  it("does nothing to a run that is complete", async () => {
    const { stderr } = succeeded(await run(training(whole, "--workers", "0", "--resume")));
    expect(stderr).toContain("the run was complete already: 6 episodes");
    expect(lasting(whole)).toEqual(undisturbed);
  });

  it.each([
    ["another seed", ["--seed", "2"], /another settings\.seed \(1, now 2\)/],
    ["more episodes", ["--episodes", "8"], /another settings\.episodes \(6, now 8\)/],
    ["other agents", ["--agents", "query"], /another agents/],
  ])("refuses %s", async (_, more, message) => {
    const copy = join(folder, `refused-${more[0]}`);
    cpSync(whole, copy, { recursive: true });
    const { code, stderr } = await run([...training(copy, "--workers", "0", "--resume"), ...more]);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(code).toBe(1);
    expect(lasting(copy)).toEqual(undisturbed);
  });

  it("refuses a run that another process is writing to", async () => {
    const copy = join(folder, "busy");
    cpSync(whole, copy, { recursive: true });
    writeFileSync(join(copy, "lock"), `${process.pid}\n`);
    const before = lasting(copy);
    const { code, stderr } = await run(training(copy, "--workers", "0", "--resume"));
    expect(stderr).toContain(`process ${process.pid} is writing to this run`);
    expect(code).toBe(1);
    expect(lasting(copy)).toEqual(before);
  });

  it("goes on from the beginning where it was killed before it had begun", async () => {
    const out = join(folder, "lock-alone");
    mkdirSync(out);
    writeFileSync(join(out, "lock"), "");
    succeeded(await run(training(out, "--workers", "1", "--resume")));
    expect(lasting(out)).toEqual(undisturbed);
  });

  it("refuses a folder without a run", async () => {
    const out = join(folder, "nothing");
    const { code, stderr } = await run(training(out, "--workers", "0", "--resume"));
    expect(stderr).toContain("there is no run to resume");
    expect(code).toBe(1);
    expect(existsSync(out)).toBe(false);
  });

  it("refuses a damaged checkpoint", async () => {
    const copy = join(folder, "damaged");
    cpSync(whole, copy, { recursive: true });
    const file = join(copy, "checkpoints/000003.ckpt");
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, bytes.length / 2));
    const { code, stderr } = await run(training(copy, "--workers", "0", "--resume"));
    expect(stderr).toContain(file);
    expect(stderr).toContain("remove checkpoints/000003.ckpt to go on from 000002.ckpt");
    expect(code).toBe(1);
  });
});

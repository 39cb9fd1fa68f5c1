import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { type Event, musique, root, run, signalAt, succeeded, train, weak } from "./support.js";

const OWN = { FLOWC_OWN_PROCESS: "1" };
const line = `${JSON.stringify({ id: 1, prompt: "<query> Question:", completion: " Who" })}\n`;

/** Runs a script in the process that the command line starts, and in no other, before flowc does. */
const inside = (script: string) => ({
  ...OWN,
  NODE_OPTIONS: `--import "data:text/javascript,import{isMainThread}from'node:worker_threads';if(isMainThread&&process.env.FLOWC_INNER_PROCESS){${script}}"`,
});
/** What a driver may do to a process when all is done: after every other listener. */
const CRASH_AT_THE_END = [
  "const crash=()=>process.kill(process.pid,'SIGSEGV')",
  "process.on('newListener',(name,listener)=>{if(name==='exit'&&listener!==crash){process.off(name,crash);queueMicrotask(()=>process.on(name,crash))}})",
].join(";");

describe("a verb in a process of its own", () => {
  it("says what it says otherwise, and ends with the same code", async () => {
    const cases = [["score", "--model", weak], ["score", "--model", join(root, "nowhere")], ["score"]];
    const codes = [];
    for (const args of cases) {
      const plain = await run(args, { stdin: line });
      expect(await run(args, { stdin: line, env: OWN })).toEqual(plain);
      codes.push(plain.code);
    }
    expect(codes).toEqual([0, 1, 2]);
  });

  it("has ended well if it crashes after it has done all", async () => {
    const score = ["score", "--model", weak];
    const wanted = succeeded(await run(score, { stdin: line }));
    expect(await run(score, { stdin: line, env: inside(CRASH_AT_THE_END) })).toEqual(wanted);
    const failed = await run(["score", "--model", join(root, "nowhere")], { env: inside(CRASH_AT_THE_END) });
    expect(failed.code).toBe(1);
  });

  it("has failed if it crashes before", async () => {
    const crash = "setTimeout(()=>process.kill(process.pid,'SIGSEGV'),1)";
    expect((await run(["score", "--model", weak], { stdin: line, env: inside(crash) })).code).toBe(139);
  });

  it("ends a training at a signal as without one, and ends when whoever started it is killed", async () => {
    const folder = temporaryFolder();
    const out = join(folder, "run");
    const settings = join(folder, "settings.yaml");
    writeFileSync(
      settings,
      "episodes_per_round: 1\nalternatives: { generate: 1, draws: 1, choose: 1, pick: 1 }\n",
    );
    const asked = ["--data", train, "--model", weak, "--config", settings, "--out", out];
    const training = ["train", musique, ...asked, "--episodes", "400", "--json"];
    const isRound = ({ type }: Event): boolean => type === "round";
    const interrupted = await run(training, { env: OWN, watch: signalAt("SIGINT", isRound) });
    expect(interrupted.code).toBe(130);
    const resumed = [...training, "--resume"];
    const killed = await run(resumed, { env: OWN, watch: signalAt("SIGKILL", isRound) });
    expect(killed.code).toBeUndefined();
    // The one inside is told by its line, and gives the run's lock back.
    for (let tries = 0; existsSync(join(out, "lock")) && tries < 50; tries += 1) await delay(100);
    const written = readFileSync(join(out, "events.jsonl"));
    await delay(1500);
    expect(readFileSync(join(out, "events.jsonl"))).toEqual(written);
  });
});

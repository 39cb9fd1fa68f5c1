import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { RecordError, RunLock } from "../../runtime/record/index.js";
import { freshDirectory } from "./support.js";

const lockOf = (directory: string) => path.join(directory, "lock");

it("is refused while another process has it", () => {
  const directory = freshDirectory();
  const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  onTestFinished(() => void other.kill("SIGKILL"));
  fs.writeFileSync(lockOf(directory), `${other.pid}\n`);
  expect(() => RunLock.take(directory)).toThrow(RecordError);
  expect(() => RunLock.take(directory)).toThrow(`process ${other.pid} is writing to this run`);
  expect(fs.readFileSync(lockOf(directory), "utf8")).toBe(`${other.pid}\n`);
});

it("is taken over from a process that was killed, even before its parent has noticed", () => {
  const directory = freshDirectory();
  // The shell does not wait for its child, which stays behind as a zombie until the shell itself ends.
  const script = `${JSON.stringify(process.execPath)} -e 0 & child=$!; exec sleep 30`;
  const shell = spawn("sh", ["-c", `${script.replace("exec", "echo $child; exec")}`]);
  onTestFinished(() => void shell.kill("SIGKILL"));
  return new Promise<void>((resolve, reject) => {
    shell.stdout.once("data", (chunk: Buffer) => {
      setTimeout(() => {
        try {
          fs.writeFileSync(lockOf(directory), String(chunk));
          expect(RunLock.take(directory).abandoned).toBe(true);
          resolve();
        } catch (error) {
          reject(error as Error);
        }
      }, 1000);
    });
  });
});

it.each([
  ["a process that is no more", () => `${spawnSync(process.execPath, ["-e", "0"]).pid}\n`],
  ["nobody, since it was cut short", () => ""],
])("is taken over from %s", (_, text) => {
  const directory = freshDirectory();
  fs.writeFileSync(lockOf(directory), text());
  expect(RunLock.take(directory).abandoned).toBe(true);
});

it("leaves nothing when it is given back", () => {
  const inside = freshDirectory();
  const fresh = path.join(inside, "new", "run");
  const lock = RunLock.take(fresh);
  expect(lock.abandoned).toBe(false);
  lock.release();
  expect(fs.existsSync(fresh)).toBe(false);

  const kept = RunLock.take(fresh);
  fs.writeFileSync(path.join(fresh, "run.json"), "{}");
  kept.release();
  expect(fs.readdirSync(fresh)).toEqual(["run.json"]);
});

import { spawn } from "node:child_process";
import { existsSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { constants } from "node:os";

/*
 * NVIDIA's Vulkan driver can crash a process that has used it while that process ends, when all is done and said: of
 * trainings that were complete on an H200 (driver 580.159), every second ended with a segmentation fault, with the device
 * given back or not. So verbs that may compute on such a GPU run in a process of their own, which says its exit code with
 * its last breath; what happens to it afterwards is nobody's concern.
 */

/** Verbs that load a model. */
const MODEL_VERBS: ReadonlySet<string> = new Set([
  "run",
  "train",
  "eval",
  "credit",
  "score",
  "generate",
  "doctor",
]);
/** 1: always, 0: never; where it says nothing, on Linux with a GPU of NVIDIA's. */
const CHOICE = "FLOWC_OWN_PROCESS";
/** Says to a process that it is such a one. */
const INNER = "FLOWC_INNER_PROCESS";
/** Number of the descriptor on which it speaks to the one that started it. */
const LINE = 3;

/** Whether this command line is to run in a process of its own. */
export function wantsOwnProcess(verb: string | undefined): boolean {
  if (verb === undefined || !MODEL_VERBS.has(verb) || process.env[INNER] !== undefined) return false;
  const choice = process.env[CHOICE];
  if (choice === "0" || choice === "1") return choice === "1";
  return process.platform === "linux" && existsSync("/dev/nvidia0");
}

/**
 * Runs this very command line in a process of its own, which is given the terminal and all signals.
 *
 * @returns its exit code, as it said it, or as shells have it (128 + signal) if it ended before it could
 */
export async function runInOwnProcess(): Promise<number> {
  const [node, ...args] = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  // Its own session: a terminal's signals come here alone, and are passed on once.
  const child = spawn(node!, args, {
    stdio: ["inherit", "inherit", "inherit", "pipe"],
    env: { ...process.env, [INNER]: "1" },
    detached: true,
  });
  let said = "";
  (child.stdio[LINE] as Socket).setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGCONT"] as const) {
    process.on(signal, () => child.kill(signal));
  }
  process.on("SIGTSTP", () => {
    child.kill("SIGSTOP");
    process.kill(process.pid, "SIGSTOP");
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (/^\d+$/.test(said)) resolve(Number(said));
      else resolve(code ?? 128 + numberOf(signal!));
    });
  });
}

/** In a process that was started so: says its exit code when it ends, and ends if the one that started it is gone. */
export function reportExitCode(): void {
  if (process.env[INNER] === undefined) return;
  delete process.env[INNER];
  // Reads nothing ever; it closes when the other end does.
  const line = new Socket({ fd: LINE, readable: true, writable: false });
  line.on("close", () => process.exit()).resume();
  line.unref();
  process.on("exit", (code) => writeSync(LINE, String(code)));
}

function numberOf(signal: NodeJS.Signals): number {
  return constants.signals[signal];
}

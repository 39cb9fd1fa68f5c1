import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { expect } from "vitest";

/** The repository's root folder. */
export const root = fileURLToPath(new URL("../..", import.meta.url));
/** What `npm run build` makes of the command line; `npm test` builds first. */
export const program = join(root, "dist/cli/main.js");

export const weak = join(root, "flows/base/weak");
export const llama = join(root, "test/fixtures/reference/llama");
export const train = join(root, "flows/data/train.jsonl.gz");
export const monitor = join(root, "flows/data/monitor.jsonl.gz");
export const musique = join(root, "flows/musique-answerable.flow");

/** The first lines of a file of questions. */
export function rowsOf(path: string, count: number): readonly string[] {
  return gunzipSync(readFileSync(path)).toString("utf8").split("\n").slice(0, count);
}

/** How a process ended and what it said. */
export interface Outcome {
  /** Undefined if a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  readonly cwd?: string;
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Sees all of standard output so far whenever some comes; may send a signal. */
  readonly watch?: (stdout: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs `flowc` with these arguments in a process of its own. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  if (!existsSync(program)) throw new Error(`${program} is missing: npm run build first`);
  return runProgram(process.execPath, [program, ...args], options);
}

/** Runs any program, without a terminal and without colours. */
export function runProgram(
  command: string,
  args: readonly string[],
  { stdin = "", cwd = root, env: more = {}, watch }: RunOptions = {},
): Promise<Outcome> {
  const { FORCE_COLOR: _, ...env } = process.env;
  const child = spawn(command, args, { cwd, env: { ...env, NO_COLOR: "1", ...more } });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
    watch?.(stdout, (signal) => child.kill(signal));
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  // A program that ends before it has read its input is for the exit code to tell.
  child.stdin.on("error", () => {});
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? undefined, stdout, stderr }));
  });
}

/** An event of a training, as `--json` tells it. */
export interface Event {
  readonly type: string;
  readonly round: number;
}

/** A `watch` that sends a signal as soon as a training has told of an event for which `when` holds. */
export function signalAt(
  signal: NodeJS.Signals,
  when: (event: Event) => boolean,
): NonNullable<RunOptions["watch"]> {
  let sent = false;
  return (stdout, kill) => {
    const whole = stdout.slice(0, stdout.lastIndexOf("\n") + 1);
    if (sent || !jsonLines<Event>(whole).some(when)) return;
    sent = true;
    kill(signal);
  };
}

/** Expects success, and shows what the process said if it was none. */
export function succeeded(outcome: Outcome): Outcome {
  expect(outcome, `exit code ${outcome.code}\n${outcome.stderr}`).toMatchObject({ code: 0 });
  return outcome;
}

/** Objects of JSON lines; fails at any line that is none. */
export function jsonLines<T>(text: string): readonly T[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as T);
}

/** Contents of every file below a folder by path, as latin1 text, so that equal text means equal bytes. */
export function contentsOf(folder: string): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
  return new Map(files.map((file) => [file, readFileSync(join(folder, file), "latin1")]));
}

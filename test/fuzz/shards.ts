import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Chunk, Failure, Report } from "./worker.js";

/** Longer than this (ms) nothing takes, however busy the machine: it hangs. */
const HANGS_AFTER = 300_000;

export interface Done {
  readonly chunk: Chunk;
  readonly compiled: number;
  readonly slowest: number;
  readonly slowestSeed: number;
}

export interface Listener {
  /** @param judged inputs since the last call */
  readonly progress: (judged: number) => void;
  readonly failed: (failure: Failure) => void;
  readonly done: (done: Done) => void;
}

/** The text of a seed, for one whose worker died before it could tell. */
export type TextOf = (seed: number) => { readonly text: string; readonly made: readonly string[] };

/** Judges chunks in worker processes, and replaces those that die or hang. */
export async function runShards(
  chunks: readonly Chunk[],
  jobs: number,
  corpusFile: string,
  textOf: TextOf,
  listener: Listener,
): Promise<void> {
  const left = [...chunks];
  await Promise.all(
    Array.from({ length: jobs }, async () => {
      for (let chunk = left.shift(); chunk !== undefined; chunk = left.shift())
        await judgeWhole(chunk, corpusFile, textOf, listener);
    }),
  );
}

/** Judges a chunk; after a seed that ends its worker, a new one goes on with the next. */
async function judgeWhole(
  whole: Chunk,
  corpusFile: string,
  textOf: TextOf,
  listener: Listener,
): Promise<void> {
  let { first } = whole;
  const end = whole.first + whole.count;
  let total = { compiled: 0, slowest: 0, slowestSeed: first };
  while (first < end) {
    const { died, ...found } = await judgeOnce({ first, count: end - first }, corpusFile, listener);
    const slower = found.slowest > total.slowest ? found : total;
    total = { ...slower, compiled: total.compiled + found.compiled };
    if (died === undefined) break;
    listener.failed({ seed: died.seed, what: died.why, detail: "", ...textOf(died.seed) });
    first = died.seed + 1;
  }
  listener.done({ chunk: whole, ...total });
}

interface Once extends Omit<Done, "chunk"> {
  /** The seed that ended the worker, if one did. */
  readonly died?: { readonly seed: number; readonly why: string };
}

/** Workers are kept for the next chunk, since they take a while to warm up. */
const idle: ChildProcess[] = [];

/** Ends what is still running. */
export function endShards(): void {
  for (const child of idle.splice(0)) child.kill("SIGKILL");
}

async function judgeOnce(chunk: Chunk, corpusFile: string, listener: Listener): Promise<Once> {
  const child =
    idle.pop() ??
    fork(fileURLToPath(new URL("./worker.js", import.meta.url)), [corpusFile], {
      execArgv: ["--max-old-space-size=3000"],
    });
  let seed = -1;
  let timer: NodeJS.Timeout | undefined;
  return await new Promise((resolve) => {
    const end = (once: Once, isDead = false) => {
      clearTimeout(timer);
      child.removeAllListeners();
      if (isDead) child.kill("SIGKILL");
      else idle.push(child);
      resolve(once);
    };
    const die = (why: string) =>
      end({ compiled: 0, slowest: 0, slowestSeed: seed, died: { seed, why } }, true);
    child.on("message", (report: Report) => {
      if (report.kind === "failed") listener.failed(report.failure);
      else if (report.kind === "done") {
        listener.progress(1);
        end(report);
      } else {
        if (seed >= 0) listener.progress(1);
        ({ seed } = report);
        clearTimeout(timer);
        timer = setTimeout(() => die(`hangs for ${HANGS_AFTER / 1_000} s`), HANGS_AFTER);
      }
    });
    child.on("exit", (code, signal) => {
      if (seed >= 0) return die(`ends the process (${signal ?? `exit code ${code}`})`);
      throw new Error(`a worker does not start (${signal ?? `exit code ${code}`})`);
    });
    child.send(chunk);
  });
}

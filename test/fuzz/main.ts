import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startProgress } from "../../cli/progress.js";
import { readCorpus } from "./corpus.js";
import { inputOf } from "./input.js";
import { endShards, runShards } from "./shards.js";
import type { Chunk, Failure } from "./worker.js";

const USAGE = `npm run fuzz -- [--runs N] [--seed N] [--only SEED] [--jobs N] [--out FOLDER] [--json]

Changes texts of the corpus (every .flow file and every snippet of the docs) and takes each through parse, check,
format, the editor, and where nothing is wrong compile and the picture. No input may make any of them throw, hang, or take a second.

  --runs N      inputs, with the seeds from --seed on; 200000 by default
  --seed N      the first seed, 1 by default
  --only SEED   one input; its text goes to standard output
  --jobs N      worker processes; one for each core by default
  --out FOLDER  where failing inputs and the state of the run are kept, runs/fuzz by default; the same command line
                goes on where the last one was interrupted, with the corpus of its beginning
  --json        a summary on standard output and nothing else

Exit code: 0 if nothing was found, 1 if something was, 2 for a wrong command line.
`;

const CHUNK = 500;
/** Inputs that are kept of each kind of failure. */
const KEPT = 5;

interface State {
  readonly seed: number;
  readonly runs: number;
  /** First seeds of the chunks that were judged. */
  readonly done: number[];
  compiled: number;
  slowest: { milliseconds: number; seed: number };
  seconds: number;
  /** Kinds of failures, with the seeds that brought them about. */
  readonly failures: Record<string, number[]>;
}

interface Options {
  readonly runs: number;
  readonly seed: number;
  readonly only: number | undefined;
  readonly jobs: number;
  readonly out: string;
  readonly json: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "200000" },
      seed: { type: "string", default: "1" },
      only: { type: "string" },
      jobs: { type: "string", default: String(availableParallelism()) },
      out: { type: "string", default: "runs/fuzz" },
      json: { type: "boolean", default: false },
    },
  });
  const whole = (name: string, text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value > 2 ** 31)
      throw new Error(`--${name} takes a whole number, found ${text}`);
    return value;
  };
  const { runs, seed, only, jobs, out, json } = values;
  return {
    runs: whole("runs", runs),
    seed: whole("seed", seed),
    only: only === undefined ? undefined : whole("only", only),
    jobs: Math.max(1, whole("jobs", jobs)),
    out,
    json,
  };
}

/** The state of an interrupted run of the same seeds, or a new one; a new one reads the corpus anew. */
function openState({ out, seed, runs }: Options): { state: State; corpusFile: string } {
  mkdirSync(join(out, "failures"), { recursive: true });
  const file = join(out, "state.json");
  const corpusFile = join(out, "corpus.json");
  if (existsSync(file)) {
    const state = JSON.parse(readFileSync(file, "utf8")) as State;
    if (state.seed === seed && state.runs === runs && state.done.length < Math.ceil(runs / CHUNK))
      return { state, corpusFile };
  }
  writeFileSync(corpusFile, JSON.stringify(readCorpus(process.cwd())));
  const slowest = { milliseconds: 0, seed };
  const state = { seed, runs, done: [], compiled: 0, slowest, seconds: 0, failures: {} };
  return { state, corpusFile };
}

async function run(options: Options): Promise<number> {
  const { seed, runs, jobs, out, json } = options;
  const { state, corpusFile } = openState(options);
  const corpus = JSON.parse(readFileSync(corpusFile, "utf8")) as string[];
  const judged = new Set(state.done);
  const chunks: Chunk[] = [];
  for (let first = seed; first < seed + runs; first += CHUNK)
    if (!judged.has(first)) chunks.push({ first, count: Math.min(CHUNK, seed + runs - first) });
  const before = runs - chunks.reduce((sum, { count }) => sum + count, 0);
  const progress = startProgress("fuzz", runs, "inputs", process.stderr, before);
  let done = before;
  let began = performance.now();
  await runShards(chunks, jobs, corpusFile, (at) => inputOf(at, corpus), {
    progress(more) {
      done += more;
      const kinds = Object.keys(state.failures).length;
      progress.update(done, kinds === 0 ? "nothing found" : `${kinds} kinds of failures`);
    },
    failed: (failure) => keep(state, failure, out),
    done({ chunk, compiled, slowest, slowestSeed }) {
      state.done.push(chunk.first);
      state.compiled += compiled;
      if (slowest > state.slowest.milliseconds)
        state.slowest = { milliseconds: Math.round(slowest), seed: slowestSeed };
      const now = performance.now();
      state.seconds += (now - began) / 1_000;
      began = now;
      writeFileSync(join(out, "state.json"), JSON.stringify(state));
    },
  });
  endShards();
  progress.finish();
  process.stdout.write(
    json ? `${JSON.stringify(summary(state, corpus.length), null, 2)}\n` : report(state, out),
  );
  return Object.keys(state.failures).length === 0 ? 0 : 1;
}

function keep(state: State, { seed, what, detail, made, text }: Failure, out: string): void {
  const seeds = [...(state.failures[what] ?? []), seed];
  state.failures[what] = seeds;
  if (seeds.length > KEPT) return;
  writeFileSync(join(out, "failures", `${seed}.flow`), text);
  writeFileSync(join(out, "failures", `${seed}.txt`), `${what}\nmade by ${made.join(", ")}\n\n${detail}\n`);
}

function summary({ seed, runs, compiled, slowest, seconds, failures }: State, texts: number): object {
  return { seed, runs, corpus: texts, compiled, slowest, seconds: Math.round(seconds), failures };
}

function report(state: State, out: string): string {
  const { runs, seed, compiled, slowest, failures } = state;
  const lines = [
    `${runs} inputs from seed ${seed}, ${compiled} of them compiled; the slowest took ${slowest.milliseconds} ms at one door (seed ${slowest.seed})`,
    ...Object.entries(failures).map(
      ([what, seeds]) => `${seeds.length} x ${what}: seed ${seeds.slice(0, 5).join(", ")}`,
    ),
    Object.keys(failures).length === 0
      ? "nothing was found"
      : `inputs that failed are in ${join(out, "failures")}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** Judges one seed in this process, so that it can be looked at with a debugger. */
async function runOne(seed: number, { out, json }: Options): Promise<number> {
  const kept = join(out, "corpus.json");
  const corpus = existsSync(kept)
    ? (JSON.parse(readFileSync(kept, "utf8")) as string[])
    : readCorpus(process.cwd());
  const { text, made } = inputOf(seed, corpus);
  if (!json) process.stdout.write(text);
  process.stderr.write(`\nmade by ${made.join(", ")}\n`);
  const { judge } = await import("./judge.js");
  const { findings, times, compiled } = await judge(text, 0.5, () => {
    const began = performance.now();
    return () => performance.now() - began;
  });
  const each = Object.fromEntries([...times].map(([door, time]) => [door, Math.round(time)]));
  if (json)
    process.stdout.write(
      `${JSON.stringify({ seed, made, text, compiled, times: each, findings }, null, 2)}\n`,
    );
  else process.stderr.write(`${JSON.stringify(each)}\n`);
  for (const { what, detail } of findings) process.stderr.write(`${what}\n${detail}\n`);
  return findings.length === 0 ? 0 : 1;
}

async function main(): Promise<number> {
  let options: Options;
  try {
    options = readOptions();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  return options.only === undefined ? await run(options) : await runOne(options.only, options);
}

// A signal ends the workers too: what they were at is judged again next time.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
process.exitCode = await main();

import { readFileSync } from "node:fs";
import { inputOf } from "./input.js";
import { type Finding, judge } from "./judge.js";
import { Random } from "./random.js";

/** A process that judges inputs: a chunk of seeds per message, so that nothing it does can hang or end the fuzzer. */

export interface Chunk {
  readonly first: number;
  readonly count: number;
}

export type Report =
  /** Sent before an input is judged: whatever happens next is that input's fault. */
  | { readonly kind: "at"; readonly seed: number }
  | { readonly kind: "failed"; readonly failure: Failure }
  | {
      readonly kind: "done";
      readonly compiled: number;
      readonly slowest: number;
      readonly slowestSeed: number;
    };

export interface Failure extends Finding {
  readonly seed: number;
  readonly made: readonly string[];
  readonly text: string;
}

/** What one file may take at each door, in milliseconds. */
const LIMIT = 1_000;

/**
 * The time of this process alone, so that a busy machine changes nothing; or what a clock says if that is less, since
 * several threads collect garbage.
 */
function timer(): () => number {
  const before = process.cpuUsage();
  const began = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return Math.min((user + system) / 1_000, performance.now() - began);
  };
}

function send(report: Report): void {
  process.send!(report);
}

async function judgeSeed(seed: number, corpus: readonly string[]) {
  const { text, made } = inputOf(seed, corpus);
  const at = new Random(~seed).below(1_000) / 1_000;
  let verdict = await judge(text, at, timer);
  const findings = [...verdict.findings];
  const slow = () => [...verdict.times].find(([, time]) => time > LIMIT);
  // A collection of garbage may fall on one input; not on the same one again and again.
  for (let again = 0; again < 2 && slow() !== undefined; again++) verdict = await judge(text, at, timer);
  const [door, time] = slow() ?? [];
  if (door !== undefined) findings.push({ what: `${door} takes more than a second`, detail: `${time} ms` });
  for (const finding of findings) send({ kind: "failed", failure: { seed, made, text, ...finding } });
  return { compiled: verdict.compiled, slowest: Math.max(...verdict.times.values()) };
}

async function judgeChunk({ first, count }: Chunk, corpus: readonly string[]): Promise<void> {
  let compiled = 0;
  let slowest = 0;
  let slowestSeed = first;
  for (let seed = first; seed < first + count; seed++) {
    send({ kind: "at", seed });
    const found = await judgeSeed(seed, corpus);
    if (found.compiled) compiled++;
    if (found.slowest > slowest) {
      slowest = found.slowest;
      slowestSeed = seed;
    }
  }
  send({ kind: "done", compiled, slowest, slowestSeed });
}

const corpus = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as string[];
// What loads and warms up is no input's fault.
for (const text of corpus.slice(0, 40)) await judge(text, 0.5, timer);
process.on("message", (chunk: Chunk) => void judgeChunk(chunk, corpus));
send({ kind: "at", seed: -1 });

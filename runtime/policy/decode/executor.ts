import { PolicyError } from "../errors.js";
import { cacheTokens } from "../memory.js";
import type { ModelConfig } from "../model/config.js";
import type { PreparedModel } from "../model/prepared.js";
import { ropeRegime } from "../model/rope-config.js";
import { BeamSearch } from "./beam.js";
import type { Growing } from "./growing.js";
import type { GenerateJob, Job, JobResult, ScoreJob } from "./job.js";
import { Output } from "./output.js";
import { Passes, type Piece, type TakeLogits } from "./passes.js";
import { KeyValuePool } from "./pool.js";
import { type Prefix, PrefixCache } from "./prefix-cache.js";
import { requestProblem } from "./request-problem.js";

export interface ExecutorOptions {
  /**
   * Tokens whose keys and values are held, kept prompts and running outputs together; default `cacheTokens`. More only
   * while a single job needs more: its prompt with all its outputs may have two full contexts.
   */
  readonly slots?: number;
  /** Whether prompts are kept for later calls; off, prompts share nothing either. Default true. */
  readonly cache?: boolean;
  /** Rows of one forward pass at most; default 1024. */
  readonly passRows?: number;
}

/** Jobs that run together, as far as they have got. */
interface Wave {
  readonly pieces: Piece[];
  readonly growing: Growing[];
  /** Slots that are given back when the wave is over. */
  readonly borrowed: number[];
  /** Called when everything has run, in the order of the jobs. */
  readonly finish: (() => void)[];
}

/**
 * Runs generation and scoring of many prompts, with different adapters, on one copy of the model.
 *
 * A row's arithmetic is the same whatever rows stand beside it and wherever its keys and values come from, so results
 * do not depend on the batch, on the cache or on the limits in the options.
 */
export class Executor {
  private readonly pool: KeyValuePool;
  private readonly prefixes: PrefixCache;
  private readonly caching: boolean;
  private readonly passes: Passes;

  /** Takes the prepared model over: `dispose` frees it. */
  constructor(
    private readonly config: ModelConfig,
    model: PreparedModel,
    options: ExecutorOptions = {},
  ) {
    const slots = options.slots ?? cacheTokens(config);
    this.pool = new KeyValuePool(config, slots, Math.max(slots, 2 * config.contextLength));
    this.prefixes = new PrefixCache(this.pool);
    this.caching = options.cache ?? true;
    this.passes = new Passes(config, model, this.pool, options.passRows ?? 1024);
  }

  /**
   * Runs jobs, in an order of its own, and answers in theirs. One call at a time.
   *
   * @throws PolicyError `bad-request` for a job that the model cannot do; then none is done.
   */
  async run(jobs: readonly Job[]): Promise<JobResult[]> {
    for (const job of jobs) this.check(job);
    const results = new Array<JobResult>(jobs.length);
    const order = byAdapter(jobs);
    for (let next = 0; next < order.length; ) next += await this.wave(jobs, order.slice(next), results);
    return results;
  }

  /** Forgets what is kept under an adapter version that will not be asked for again. */
  drop(version: string): void {
    for (const regime of KEPT_REGIMES) this.prefixes.drop(cacheKey(version, regime));
  }

  dispose(): void {
    this.pool.dispose();
    this.passes.dispose();
  }

  private check(job: Job): void {
    const completions = job.kind === "score" && job.completions.length > 0 ? job.completions : [undefined];
    for (const completion of completions) {
      const problem = requestProblem(this.config, job.prompt, completion);
      if (problem !== undefined) throw new PolicyError("bad-request", problem);
    }
    const least = job.kind === "generate" ? (job.form?.distances[0] ?? 0) : 0;
    if (job.kind === "generate" && least > outputLimit(job, this.config)) {
      throw new PolicyError(
        "bad-request",
        `a record takes ${least} tokens at least, where ${outputLimit(job, this.config)} are permitted`,
      );
    }
  }

  /** Runs as many jobs as there is room for, from the first of `order`; returns how many. */
  private async wave(jobs: readonly Job[], order: readonly number[], results: JobResult[]): Promise<number> {
    const wave: Wave = { pieces: [], growing: [], borrowed: [], finish: [] };
    this.prefixes.nextWave();
    try {
      let count = 0;
      for (const index of order) {
        const job = jobs[index]!;
        if (!this.makeRoom(job, count === 0)) break;
        const store = (result: JobResult): void => {
          results[index] = result;
        };
        if (job.kind === "score") this.score(job, wave, store);
        else this.generate(job, wave, store);
        count++;
      }
      await this.passes.run(wave.pieces);
      let open = wave.growing;
      for (const each of open) each.settle();
      while (true) {
        open = open.filter((each) => !each.finished);
        if (open.length === 0) break;
        await this.passes.run(open.flatMap((each) => each.pieces()));
        for (const each of open) each.settle();
      }
      for (const finish of wave.finish) finish();
      return count;
    } catch (error) {
      // Prompts of this wave may be kept without keys and values.
      this.prefixes.clear();
      throw error;
    } finally {
      for (const slot of wave.borrowed) this.pool.release(slot);
    }
  }

  /** @throws PolicyError `bad-request` if a job does not fit though it is the only one */
  private makeRoom(job: Job, only: boolean): boolean {
    const { prompt, adapter } = job;
    let missing = 0;
    for (const regime of this.regimes(job)) {
      missing += this.isKept(regime)
        ? this.prefixes.missing(cacheKey(adapter.version, regime), prompt)
        : prompt.length;
    }
    const wanted = missing + outputSlots(job, this.config);
    if (this.prefixes.makeRoom(wanted)) return true;
    if (!only) return false;
    if (this.pool.available >= wanted) return true;
    throw new PolicyError(
      "bad-request",
      `a prompt with all its outputs exceeds the ${this.pool.limit} tokens that the cache holds`,
    );
  }

  private take(wave: Wave, count: number): number[] {
    const slots = Array.from({ length: count }, () => this.pool.take());
    wave.borrowed.push(...slots);
    return slots;
  }

  /** The slots of a job's prompt; the first tokens of it, but never the last, may be known already. */
  private acquire({ adapter, prompt }: Job, regime: number | undefined, wave: Wave): Prefix {
    if (!this.isKept(regime)) return { slots: this.take(wave, prompt.length), reused: 0 };
    const { slots, reused } = this.prefixes.acquire(cacheKey(adapter.version, regime), prompt);
    return { slots, reused: Math.min(reused, prompt.length - 1) };
  }

  private isKept(regime: number | undefined): regime is number {
    return this.caching && KEPT_REGIMES.some((kept) => kept === regime);
  }

  /** The regimes in which a job's prompt is computed; undefined where that changes while the output grows. */
  private regimes(job: Job): Set<number | undefined> {
    const at = (length: number) => ropeRegime(this.config, length);
    const { length } = job.prompt;
    if (job.kind === "score") {
      return new Set(
        job.completions.length === 0 ? [at(length)] : job.completions.map((ids) => at(length + ids.length)),
      );
    }
    const first = at(length);
    const longest = length + Math.max(0, outputLimit(job, this.config) - 1);
    return new Set([first === at(longest) ? first : undefined]);
  }

  private generate(job: GenerateJob, wave: Wave, store: (result: JobResult) => void): void {
    const { decoding } = job;
    const regimeAt = (length: number) => ropeRegime(this.config, length);
    const [regime] = this.regimes(job);
    const prefix = this.acquire(job, regime, wave);
    const limit = outputLimit(job, this.config);
    const prompt = (take: TakeLogits) => promptPiece(job, regimeAt(job.prompt.length), prefix, take);
    if (decoding.kind === "beam") {
      const own = this.take(wave, outputSlots(job, this.config));
      const search = new BeamSearch(job, decoding, prefix.slots, () => own.pop()!, limit, regimeAt);
      wave.growing.push(search);
      wave.pieces.push(prompt(search.begin));
      wave.finish.push(() => {
        const found = search.outputs();
        const chosen = found[Math.min(decoding.index, found.length - 1)]!;
        const tokens = { ...prefillOf(job, prefix), decoded: search.tokens };
        store({ kind: "generate", ...chosen, found, tokens });
      });
      return;
    }
    const own = this.take(wave, outputSlots(job, this.config));
    const slots = Int32Array.from([...prefix.slots, ...own]);
    const output = new Output(job, decoding, slots, limit, regimeAt);
    wave.growing.push(output);
    wave.pieces.push(prompt(output.extend));
    wave.finish.push(() => {
      const { ids, logProbs } = output;
      store({ kind: "generate", ids, logProbs, tokens: { ...prefillOf(job, prefix), decoded: ids.length } });
    });
  }

  /** Completions with their prompt, regime by regime. */
  private score(job: ScoreJob, wave: Wave, store: (result: JobResult) => void): void {
    const { prompt, completions } = job;
    const logProbs = completions.map((ids) => new Array<number>(ids.length).fill(0));
    const tokens = { prefilled: 0, reused: 0, decoded: 0 };
    for (const regime of this.regimes(job) as Set<number>) {
      const prefix = this.acquire(job, regime, wave);
      const { prefilled, reused } = prefillOf(job, prefix);
      tokens.prefilled += prefilled;
      tokens.reused += reused;
      const members = [...completions.keys()].filter(
        (c) => ropeRegime(this.config, prompt.length + completions[c]!.length) === regime,
      );
      tokens.decoded += this.scoreMembers(job, members, regime, prefix, wave, logProbs);
    }
    wave.finish.push(() => store({ kind: "score", logProbs, tokens }));
  }

  /** The prompt, and after it some completions, each but for its last token, after which nothing is scored. */
  private scoreMembers(
    job: ScoreJob,
    members: readonly number[],
    regime: number,
    prefix: Prefix,
    wave: Wave,
    logProbs: readonly number[][],
  ): number {
    const { adapter, prompt, completions } = job;
    let decoded = 0;
    wave.pieces.push(
      promptPiece(job, regime, prefix, (logits, normaliser) => {
        for (const c of members) {
          const [first] = completions[c]!;
          if (first !== undefined) logProbs[c]![0] = logits[first]! - normaliser;
        }
      }),
    );
    for (const c of members) {
      const ids = completions[c]!;
      const rows = ids.length - 1;
      if (rows < 1) continue;
      decoded += rows;
      const slots = Int32Array.from([...prefix.slots, ...this.take(wave, rows)]);
      const wanted = Array.from({ length: rows }, (_, row) => ({
        row,
        take: (logits: Float32Array, normaliser: number) => {
          logProbs[c]![row + 1] = logits[ids[row + 1]!]! - normaliser;
        },
      }));
      wave.pieces.push({
        adapter,
        regime,
        span: { first: prompt.length, rows, slots },
        ids: ids.slice(0, -1),
        wanted,
      });
    }
    return decoded;
  }
}

/** Regimes whose prompts are kept for later calls: a dynamic base has one for every length, which is not worth it. */
const KEPT_REGIMES = [0, 1] as const;

/** Keys of one regime mean nothing in another. */
function cacheKey(version: string, regime: number): string {
  return regime === 0 ? version : `${version} regime ${regime}`;
}

/** The part of a prompt that is not known yet; its last token always runs, because its logits are needed. */
function promptPiece(
  { adapter, prompt }: Job,
  regime: number,
  { slots, reused }: Prefix,
  take: TakeLogits,
): Piece {
  const rows = prompt.length - reused;
  return {
    adapter,
    regime,
    span: { first: reused, rows, slots: Int32Array.from(slots) },
    ids: prompt.slice(reused),
    wanted: [{ row: rows - 1, take }],
  };
}

function prefillOf({ prompt }: Job, { reused }: Prefix): { prefilled: number; reused: number } {
  return { prefilled: prompt.length - reused, reused };
}

/** The jobs' indices, those of one adapter together, in the order in which adapters first occur. */
function byAdapter(jobs: readonly Job[]): number[] {
  const groups = new Map<string, number[]>();
  for (const [index, { adapter }] of jobs.entries()) {
    const group = groups.get(adapter.version);
    if (group === undefined) groups.set(adapter.version, [index]);
    else group.push(index);
  }
  return [...groups.values()].flat();
}

/** Tokens that an output may have: what the model's context leaves of what was asked for. */
function outputLimit(job: GenerateJob, config: ModelConfig): number {
  return Math.min(job.maxTokens, config.contextLength - job.prompt.length);
}

/** Slots for the tokens of outputs: all but the last, which no token follows. */
function outputSlots(job: Job, config: ModelConfig): number {
  if (job.kind === "generate") {
    const { decoding } = job;
    const beams = decoding.kind === "beam" ? decoding.groups * decoding.beams : 1;
    return beams * Math.max(0, outputLimit(job, config) - 1);
  }
  return job.completions.reduce((sum, ids) => sum + Math.max(0, ids.length - 1), 0);
}

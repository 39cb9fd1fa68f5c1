import * as tf from "@tensorflow/tfjs";
import { Uniforms } from "../../machine/random.js";
import { PolicyError } from "../errors.js";
import type { ModelConfig } from "../model/config.js";
import { multiply } from "../model/inference-operations.js";
import type { RotaryTables } from "../model/operations.js";
import { pack, type Span } from "../model/packing.js";
import { type PreparedModel, preparedTensors } from "../model/prepared.js";
import { makeTables } from "../model/rope.js";
import type { AdapterHandle, GenerateJob, Job, JobResult, ScoreJob } from "./job.js";
import { type AdapterRows, forward } from "./network.js";
import { KeyValuePool } from "./pool.js";
import { PrefixCache } from "./prefix-cache.js";
import { argmax, draw, logSumExp } from "./sampling.js";

export interface ExecutorOptions {
  /**
   * Tokens whose keys and values are held at most, kept prompts and running outputs together; default what fits into
   * 256 MB, at most 32,768. At least two full contexts are always held.
   */
  readonly slots?: number;
  /** Whether prompts are kept for later calls; off, prompts share nothing either. Default true. */
  readonly cache?: boolean;
  /** Rows of one forward pass at most. Results do not depend on it. */
  readonly passRows?: number;
}

/** Rows whose logits are wanted, and what to do with them. */
interface Wanted {
  readonly row: number;
  readonly take: (logits: Float32Array) => void;
}

/** A span with its tokens, and the rows of it whose logits are wanted. */
interface Piece {
  readonly adapter: AdapterHandle;
  readonly span: Span;
  readonly ids: readonly number[];
  /** By row within the span. */
  readonly wanted: readonly Wanted[];
}

/** An output that is growing. */
interface Running {
  readonly job: GenerateJob;
  readonly index: number;
  readonly slots: Int32Array;
  readonly uniforms: Uniforms | undefined;
  readonly ids: number[];
  readonly logProbs: number[];
  readonly limit: number;
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
  private readonly passRows: number;
  private tables: RotaryTables;

  /** Takes the prepared model over: `dispose` frees it. */
  constructor(
    private readonly config: ModelConfig,
    private readonly model: PreparedModel,
    options: ExecutorOptions = {},
  ) {
    this.pool = new KeyValuePool(
      config,
      Math.max(options.slots ?? defaultSlots(config), 2 * config.contextLength),
    );
    this.prefixes = new PrefixCache(this.pool);
    this.caching = options.cache ?? true;
    this.passRows = options.passRows ?? 1024;
    this.tables = makeTables(config, Math.min(256, config.contextLength));
  }

  /**
   * Runs jobs, in an order of its own, and answers in theirs.
   *
   * @throws PolicyError `bad-request` for an empty prompt or one beyond the model's context.
   */
  run(jobs: readonly Job[]): JobResult[] {
    for (const job of jobs) this.check(job);
    const results = new Array<JobResult>(jobs.length);
    const order = byAdapter(jobs);
    let next = 0;
    while (next < order.length) next = this.wave(jobs, order, next, results);
    return results;
  }

  /** Forgets what is kept under an adapter version that will not be asked for again. */
  drop(version: string): void {
    this.prefixes.drop(version);
  }

  dispose(): void {
    this.pool.dispose();
    tf.dispose([this.tables.cos, this.tables.sin, ...preparedTensors(this.model)]);
  }

  private check({ prompt, ...job }: Job): void {
    const { contextLength, vocabSize } = this.config;
    const longest = job.kind === "score" ? Math.max(0, ...job.completions.map((ids) => ids.length)) : 1;
    if (prompt.length === 0) throw new PolicyError("bad-request", "a prompt must have at least one token");
    if (prompt.length + longest > contextLength) {
      throw new PolicyError(
        "bad-request",
        `a prompt of ${prompt.length} tokens and an output of ${longest} exceed the model's context of ${contextLength} tokens`,
      );
    }
    const completions = job.kind === "score" ? job.completions : [];
    for (const ids of [prompt, ...completions]) {
      for (const id of ids) {
        if (Number.isInteger(id) && id >= 0 && id < vocabSize) continue;
        throw new PolicyError(
          "bad-request",
          `token id ${id} is outside the model's vocabulary of ${vocabSize}`,
        );
      }
    }
  }

  /** Runs as many jobs as there is room for, from `next` in `order`; returns where to go on. */
  private wave(jobs: readonly Job[], order: readonly number[], next: number, results: JobResult[]): number {
    this.prefixes.nextWave();
    const borrowed: number[] = [];
    const take = (count: number): number[] => {
      const slots = Array.from({ length: count }, () => this.pool.take());
      borrowed.push(...slots);
      return slots;
    };
    const pieces: Piece[] = [];
    const running: Running[] = [];
    let at = next;
    for (; at < order.length; at++) {
      const index = order[at]!;
      const job = jobs[index]!;
      const { version } = job.adapter;
      const fresh = this.caching ? this.prefixes.missing(version, job.prompt) : job.prompt.length;
      if (!this.prefixes.makeRoom(fresh + outputSlots(job, this.config))) {
        if (at > next) break;
        throw new PolicyError(
          "bad-request",
          `a prompt with all its outputs exceeds the ${this.pool.limit} tokens that the cache holds`,
        );
      }
      const prefix = this.caching
        ? this.prefixes.acquire(version, job.prompt)
        : { slots: take(job.prompt.length), reused: 0 };
      // The last token always runs: its logits are needed.
      const first = Math.min(prefix.reused, job.prompt.length - 1);
      const start = (wanted: Wanted[]): Piece => ({
        adapter: job.adapter,
        span: { first, rows: job.prompt.length - first, slots: Int32Array.from(prefix.slots) },
        ids: job.prompt.slice(first),
        wanted,
      });
      if (job.kind === "score")
        pieces.push(...this.scorePieces(job, index, start, prefix.slots, first, take, results));
      else {
        const output = this.begin(job, index, prefix.slots, take(outputSlots(job, this.config)));
        running.push(output);
        pieces.push(
          start([{ row: job.prompt.length - first - 1, take: (logits) => extend(output, logits) }]),
        );
        results[index] = {
          kind: "generate",
          ids: output.ids,
          logProbs: output.logProbs,
          tokens: { prefilled: job.prompt.length - first, reused: first, decoded: 0 },
        };
      }
    }
    this.pass(pieces);
    this.decode(running);
    for (const { index, ids } of running) {
      const result = results[index]!;
      results[index] = { ...result, tokens: { ...result.tokens, decoded: ids.length } };
    }
    for (const slot of borrowed) this.pool.release(slot);
    return at;
  }

  /** The prompt's rows, and for each completion its rows but the last: the token after that is all that is scored. */
  private scorePieces(
    job: ScoreJob,
    index: number,
    start: (wanted: Wanted[]) => Piece,
    prompt: readonly number[],
    first: number,
    take: (count: number) => number[],
    results: JobResult[],
  ): Piece[] {
    const logProbs = job.completions.map((ids) => new Array<number>(ids.length).fill(0));
    let decoded = 0;
    const score = (completion: number, token: number) => (logits: Float32Array) => {
      logProbs[completion]![token] = logits[job.completions[completion]![token]!]! - logSumExp(logits);
    };
    const pieces = job.completions.flatMap((ids, completion): Piece[] => {
      const rows = ids.length - 1;
      if (rows < 1) return [];
      decoded += rows;
      const span = { first: prompt.length, rows, slots: Int32Array.from([...prompt, ...take(rows)]) };
      const wanted = Array.from({ length: rows }, (_, row) => ({ row, take: score(completion, row + 1) }));
      return [{ adapter: job.adapter, span, ids: ids.slice(0, -1), wanted }];
    });
    const last = (logits: Float32Array): void => {
      const normaliser = logSumExp(logits);
      for (const [completion, ids] of job.completions.entries()) {
        if (ids.length > 0) logProbs[completion]![0] = logits[ids[0]!]! - normaliser;
      }
    };
    const prefilled = prompt.length - first;
    results[index] = { kind: "score", logProbs, tokens: { prefilled, reused: first, decoded } };
    return [start([{ row: prefilled - 1, take: last }]), ...pieces];
  }

  private begin(
    job: GenerateJob,
    index: number,
    prompt: readonly number[],
    output: readonly number[],
  ): Running {
    return {
      job,
      index,
      slots: Int32Array.from([...prompt, ...output]),
      uniforms: job.decoding.kind === "sample" ? new Uniforms(job.decoding.key) : undefined,
      ids: [],
      logProbs: [],
      limit: outputLimit(job, this.config),
    };
  }

  /** Grows outputs token by token, all that are not finished in one pass, until all are. */
  private decode(running: readonly Running[]): void {
    let open = running.filter((output) => !finished(output));
    while (open.length > 0) {
      this.pass(
        open.map((output) => {
          const first = output.job.prompt.length + output.ids.length - 1;
          return {
            adapter: output.job.adapter,
            span: { first, rows: 1, slots: output.slots.subarray(0, first + 1) },
            ids: [output.ids[output.ids.length - 1]!],
            wanted: [{ row: 0, take: (logits: Float32Array) => extend(output, logits) }],
          };
        }),
      );
      open = open.filter((output) => !finished(output));
    }
  }

  /** Runs pieces through the model, in as few passes as their size allows; those of one adapter stand together. */
  private pass(pieces: readonly Piece[]): void {
    let batch: Piece[] = [];
    let rows = 0;
    const flush = (): void => {
      if (batch.length > 0) this.forward(batch);
      batch = [];
      rows = 0;
    };
    for (const piece of pieces) {
      for (const part of cut(piece, this.passRows)) {
        if (rows + part.span.rows > this.passRows) flush();
        batch.push(part);
        rows += part.span.rows;
      }
    }
    flush();
  }

  private forward(pieces: readonly Piece[]): void {
    this.reach(Math.max(...pieces.map(({ span }) => span.slots.length)));
    const wanted: Wanted[] = [];
    const groups: AdapterRows[] = [];
    let row = 0;
    for (const { adapter, span, wanted: ofPiece } of pieces) {
      for (const { row: within, take } of ofPiece) wanted.push({ row: row + within, take });
      const last = groups[groups.length - 1];
      if (last !== undefined && last.adapter === adapter.prepared) {
        groups[groups.length - 1] = { ...last, rows: last.rows + span.rows };
      } else groups.push({ start: row, rows: span.rows, adapter: adapter.prepared });
      row += span.rows;
    }
    // Not returned from tidy, which would look for tensors in every element.
    let logits: Float32Array = new Float32Array(0);
    tf.tidy(() => {
      const ids = Int32Array.from(pieces.flatMap((piece) => piece.ids));
      const packing = pack(
        pieces.map(({ span }) => span),
        ids,
      );
      const rows = Int32Array.from(wanted, (w) => w.row);
      const hidden = forward(this.config, this.model, this.tables, this.pool, packing, groups, rows);
      if (rows.length > 0) logits = multiply(hidden, this.model.head).dataSync() as Float32Array;
    });
    const { vocabSize } = this.config;
    for (const [i, { take }] of wanted.entries()) take(logits.subarray(i * vocabSize, (i + 1) * vocabSize));
  }

  private reach(length: number): void {
    const reached = this.tables.cos.shape[0];
    if (length <= reached) return;
    tf.dispose([this.tables.cos, this.tables.sin]);
    this.tables = makeTables(this.config, Math.min(Math.max(length, 2 * reached), this.config.contextLength));
  }
}

function defaultSlots({ layers, keyValueHeads, headDim }: ModelConfig): number {
  const bytes = layers * 2 * keyValueHeads * headDim * 4;
  return Math.min(1 << 15, Math.floor(2 ** 28 / bytes));
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
  if (job.kind === "generate") return Math.max(0, outputLimit(job, config) - 1);
  return job.completions.reduce((sum, ids) => sum + Math.max(0, ids.length - 1), 0);
}

/** Takes the next token of an output from the logits after its last one. */
function extend(output: Running, logits: Float32Array): void {
  if (finished(output)) return;
  const { decoding } = output.job;
  const id = decoding.kind === "greedy" ? argmax(logits) : draw(logits, decoding, output.uniforms!.next());
  output.ids.push(id);
  output.logProbs.push(logits[id]! - logSumExp(logits));
}

function finished({ ids, limit, job }: Running): boolean {
  return ids.length >= limit || (ids.length > 0 && job.endTokens.includes(ids[ids.length - 1]!));
}

/** A piece in parts of at most `rows` rows, one after another. */
function* cut(piece: Piece, rows: number): Generator<Piece> {
  const { span, ids, wanted } = piece;
  if (span.rows <= rows) {
    yield piece;
    return;
  }
  for (let start = 0; start < span.rows; start += rows) {
    const count = Math.min(rows, span.rows - start);
    yield {
      adapter: piece.adapter,
      span: {
        first: span.first + start,
        rows: count,
        slots: span.slots.subarray(0, span.first + start + count),
      },
      ids: ids.slice(start, start + count),
      wanted: wanted
        .filter(({ row }) => row >= start && row < start + count)
        .map(({ row, take }) => ({ row: row - start, take })),
    };
  }
}

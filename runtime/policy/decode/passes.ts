import * as tf from "@tensorflow/tfjs-core";
import { read } from "../engine/read.js";
import { PolicyError } from "../errors.js";
import type { ModelConfig } from "../model/config.js";
import { multiply } from "../model/inference-operations.js";
import { pack, type Span } from "../model/packing.js";
import { type PreparedModel, preparedTensors } from "../model/prepared.js";
import { RotaryCache } from "../model/rotary-cache.js";
import type { AdapterHandle } from "./job.js";
import { type AdapterRows, forward } from "./network.js";
import type { KeyValuePool } from "./pool.js";
import { logSumExp } from "./sampling.js";

/** Logits after a token, over the vocabulary, and the log of their summed exponentials in float64. */
export type TakeLogits = (logits: Float32Array, normaliser: number) => void;

/** A run of tokens to put through the model, and who wants the logits after which of them. */
export interface Piece {
  readonly adapter: AdapterHandle;
  readonly span: Span;
  readonly ids: readonly number[];
  /** That of the whole sequence, see `ropeRegime`. */
  readonly regime: number;
  /** By row within the span, ascending. */
  readonly wanted: readonly { readonly row: number; readonly take: TakeLogits }[];
}

/** Puts pieces through the model, as many as fit at once. */
export class Passes {
  private readonly rotary: RotaryCache;

  /** @param rows rows of one pass at most; results do not depend on it */
  constructor(
    private readonly config: ModelConfig,
    private readonly model: PreparedModel,
    private readonly pool: KeyValuePool,
    private readonly rows: number,
  ) {
    this.rotary = new RotaryCache(config);
  }

  /**
   * Runs pieces in order, those of one adapter side by side: a piece may see slots that an earlier one fills.
   *
   * @throws PolicyError `bad-adapter` or `bad-weights` if logits are not finite
   */
  async run(pieces: readonly Piece[]): Promise<void> {
    let batch: Piece[] = [];
    let rows = 0;
    const flush = async (): Promise<void> => {
      if (batch.length > 0) await this.pass(batch);
      batch = [];
      rows = 0;
    };
    for (const piece of pieces) {
      for (const part of cut(piece, this.rows)) {
        if (rows + part.span.rows > this.rows || (batch[0] && batch[0].regime !== part.regime)) await flush();
        batch.push(part);
        rows += part.span.rows;
      }
    }
    await flush();
  }

  /** Frees the model and the tables of the position embedding. */
  dispose(): void {
    this.rotary.dispose();
    tf.dispose(preparedTensors(this.model));
  }

  private async pass(pieces: readonly Piece[]): Promise<void> {
    const longest = pieces.reduce((most, { span }) => Math.max(most, span.slots.length), 0);
    const tables = this.rotary.tables(longest, pieces[0]!.regime);
    const rows: number[] = [];
    let start = 0;
    for (const { span, wanted } of pieces) {
      for (const { row } of wanted) rows.push(start + row);
      start += span.rows;
    }
    const computed = tf.tidy(() => {
      const ids = Int32Array.from(pieces.flatMap((piece) => piece.ids));
      const packing = pack(
        pieces.map(({ span }) => span),
        ids,
      );
      const wanted = Int32Array.from(rows);
      const hidden = forward(
        this.config,
        this.model,
        tables,
        this.pool,
        packing,
        adapterRows(pieces),
        wanted,
      );
      return rows.length > 0 ? [multiply(hidden, this.model.head)] : [];
    });
    const [logits = new Float32Array(0)] = await read(computed).finally(() => tf.dispose(computed));
    const { vocabSize } = this.config;
    let next = 0;
    for (const { adapter, wanted } of pieces) {
      for (const { take } of wanted) {
        const row = logits.subarray(next * vocabSize, ++next * vocabSize);
        const normaliser = logSumExp(row);
        if (!Number.isFinite(normaliser)) throw notFinite(adapter);
        take(row, normaliser);
      }
    }
  }
}

/** Which rows have which adapter. */
function adapterRows(pieces: readonly Piece[]): AdapterRows[] {
  const groups: AdapterRows[] = [];
  let start = 0;
  for (const { adapter, span } of pieces) {
    const last = groups[groups.length - 1];
    if (last !== undefined && last.adapter === adapter.prepared) {
      groups[groups.length - 1] = { ...last, rows: last.rows + span.rows };
    } else groups.push({ start, rows: span.rows, adapter: adapter.prepared });
    start += span.rows;
  }
  return groups;
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
    const first = span.first + start;
    yield {
      adapter: piece.adapter,
      regime: piece.regime,
      span: { first, rows: count, slots: span.slots.subarray(0, first + count) },
      ids: ids.slice(start, start + count),
      wanted: wanted
        .filter(({ row }) => row >= start && row < start + count)
        .map(({ row, take }) => ({ row: row - start, take })),
    };
  }
}

function notFinite({ prepared }: AdapterHandle): PolicyError {
  return prepared === undefined
    ? new PolicyError(
        "bad-weights",
        "the model's logits are not finite: its weights are too large for float32",
      )
    : new PolicyError(
        "bad-adapter",
        "logits are not finite: an adapter's values have grown too large (training it diverged)",
      );
}

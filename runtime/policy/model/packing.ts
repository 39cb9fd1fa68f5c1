import * as tf from "@tensorflow/tfjs-core";

/**
 * A run of consecutive tokens of one text: `rows` rows of a packed batch, at positions `first`, `first + 1`, …
 * The row at position p sees the keys and values in the first p + 1 of `slots`, so its own is among them.
 */
export interface Span {
  readonly first: number;
  readonly rows: number;
  /** Slots of the keys and values of positions 0 to first + rows - 1. */
  readonly slots: Int32Array;
}

/**
 * Token rows of many texts, one after another without padding: `[N]` everywhere. Texts that share a beginning share
 * its slots.
 */
export interface Packing {
  readonly rows: number;
  readonly spans: readonly Span[];
  /** The most slots that a row sees. */
  readonly longest: number;
  /** The columns below as plain arrays: what is on a GPU cannot be looked up in passing. */
  readonly columns: Columns;
  readonly ids: tf.Tensor1D;
  readonly positions: tf.Tensor1D;
  /** Per row, its own slot. */
  readonly own: tf.Tensor1D;
  /** Per row, where its span's list begins in `slots`. */
  readonly contexts: tf.Tensor1D;
  /** The spans' slots, one list after another. */
  readonly slots: tf.Tensor1D;
}

/** What is known of each row, see `Packing`. */
type Columns = Readonly<Record<"ids" | "positions" | "own" | "contexts", Int32Array>>;

/** Packs spans and their token ids (as many as all spans' rows) into tensors of the current backend (and tidy scope). */
export function pack(spans: readonly Span[], ids: Int32Array): Packing {
  const rows = spans.reduce((n, span) => n + span.rows, 0);
  if (ids.length !== rows) throw new RangeError(`${ids.length} token ids for ${rows} rows`);
  const positions = new Int32Array(rows);
  const contexts = new Int32Array(rows);
  const own = new Int32Array(rows);
  const slots = new Int32Array(spans.reduce((n, span) => n + span.slots.length, 0));
  let row = 0;
  let start = 0;
  for (const span of spans) {
    if (span.slots.length !== span.first + span.rows)
      throw new RangeError("a span needs one slot per position");
    slots.set(span.slots, start);
    for (let i = 0; i < span.rows; i++, row++) {
      positions[row] = span.first + i;
      contexts[row] = start;
      own[row] = span.slots[span.first + i]!;
    }
    start += span.slots.length;
  }
  return {
    rows,
    spans,
    longest: spans.reduce((most, span) => Math.max(most, span.slots.length), 0),
    ...columnTensors({ ids, positions, own, contexts }),
    slots: tf.tensor1d(slots, "int32"),
  };
}

/** Spans of whole texts of the given lengths, each with slots of its own: slot i is row i. */
export function separateSpans(lengths: readonly number[]): Span[] {
  let start = 0;
  return lengths.map((rows) => {
    const from = start;
    start += rows;
    return { first: 0, rows, slots: Int32Array.from({ length: rows }, (_, i) => from + i) };
  });
}

/** Some rows of a packed batch, in the given order, as a batch of their own: they see the slots that they saw. */
export function selectRows({ columns, spans, rows, longest, slots }: Packing, wanted: Int32Array): Packing {
  const spanOf = new Int32Array(rows);
  let row = 0;
  for (const [index, span] of spans.entries()) {
    spanOf.fill(index, row, row + span.rows);
    row += span.rows;
  }
  const pick = (column: Int32Array): Int32Array => wanted.map((r) => column[r]!);
  const { ids, positions, own, contexts } = columns;
  return {
    rows: wanted.length,
    spans: Array.from(wanted, (r): Span => {
      const first = positions[r]!;
      return { first, rows: 1, slots: spans[spanOf[r]!]!.slots.subarray(0, first + 1) };
    }),
    longest,
    ...columnTensors({
      ids: pick(ids),
      positions: pick(positions),
      own: pick(own),
      contexts: pick(contexts),
    }),
    slots,
  };
}

function columnTensors(columns: Columns): Pick<Packing, "columns" | keyof Columns> {
  const tensor = (column: Int32Array): tf.Tensor1D => tf.tensor1d(column, "int32");
  const { ids, positions, own, contexts } = columns;
  return {
    columns,
    ids: tensor(ids),
    positions: tensor(positions),
    own: tensor(own),
    contexts: tensor(contexts),
  };
}

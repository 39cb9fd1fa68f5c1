import * as tf from "@tensorflow/tfjs";

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
  readonly ids: tf.Tensor1D;
  readonly positions: tf.Tensor1D;
  /** Per row, its own slot. */
  readonly own: tf.Tensor1D;
  /** Per row, where its span's list begins in `slots`. */
  readonly contexts: tf.Tensor1D;
  /** The spans' slots, one list after another. */
  readonly slots: tf.Tensor1D;
}

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
    ids: tf.tensor1d(ids, "int32"),
    positions: tf.tensor1d(positions, "int32"),
    own: tf.tensor1d(own, "int32"),
    contexts: tf.tensor1d(contexts, "int32"),
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
export function selectRows(packing: Packing, rows: Int32Array): Packing {
  const spanOf = new Int32Array(packing.rows);
  const within = new Int32Array(packing.rows);
  const starts = new Int32Array(packing.spans.length);
  let row = 0;
  let start = 0;
  for (const [index, span] of packing.spans.entries()) {
    starts[index] = start;
    start += span.slots.length;
    for (let i = 0; i < span.rows; i++, row++) {
      spanOf[row] = index;
      within[row] = i;
    }
  }
  const spans = Array.from(rows, (r): Span => {
    const span = packing.spans[spanOf[r]!]!;
    const first = span.first + within[r]!;
    return { first, rows: 1, slots: span.slots.subarray(0, first + 1) };
  });
  const pick = (tensor: tf.Tensor1D): tf.Tensor1D => {
    const values = tensor.dataSync();
    return tf.tensor1d(
      rows.map((r) => values[r]!),
      "int32",
    );
  };
  return {
    rows: rows.length,
    spans,
    longest: packing.longest,
    ids: pick(packing.ids),
    positions: tf.tensor1d(
      Int32Array.from(spans, (span) => span.first),
      "int32",
    ),
    own: pick(packing.own),
    contexts: tf.tensor1d(
      rows.map((r) => starts[spanOf[r]!]!),
      "int32",
    ),
    slots: packing.slots,
  };
}

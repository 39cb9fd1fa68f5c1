/** What a figure is held against: a rate should reach its target, a time or a share should not exceed it. */
export interface Target {
  readonly value: number;
  readonly better: "higher" | "lower";
}

/** One figure, measured several times. */
export interface Measurement {
  readonly name: string;
  readonly unit: string;
  /** One per repetition; the median is what is reported. */
  readonly values: readonly number[];
  readonly target?: Target;
}

export interface Context {
  /** Few and short repetitions: shows that an item works, not how fast it is. */
  readonly quick: boolean;
  /** Says something to the person who waits; never on standard output. */
  readonly note: (text: string) => void;
}

/** Figures that are measured together. */
export interface Item {
  /** `--only` takes it, or the beginning of it up to a slash. */
  readonly name: string;
  measure(context: Context): Promise<readonly Measurement[]>;
}

/** A row of the report. `target` and `met` are null where nothing is promised. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly target: number | null;
  readonly met: boolean | null;
}

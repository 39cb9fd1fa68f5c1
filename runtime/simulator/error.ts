/** What can be wrong with a data or prediction file, or with what a flow returned, through no fault of the program. */
export type DataErrorCode =
  /** The file cannot be opened or read. */
  | "unreadable"
  /** Not a whole gzip file, although it begins like one, or not UTF-8. */
  | "damaged"
  /** The file holds no row. */
  | "empty"
  /** A line, or the whole file, is larger than the reader's limit. */
  | "too-large"
  /** A line is not a JSON object. */
  | "syntax"
  /** A field is missing or has a wrong type or value. */
  | "field"
  /** Two rows that must differ have one id, or a pair of MuSiQue-Full is not a pair. */
  | "duplicate"
  /** Predictions and questions do not belong together. */
  | "mismatch"
  /** A flow's result is no answer to a question. */
  | "result"
  /** A setting is out of its range. */
  | "setting";

/**
 * A mistake in data that a user gave: the message begins with `file:line:` where there is one, and says what was
 * expected.
 */
export class DataError extends Error {
  override readonly name = "DataError";
  readonly code: DataErrorCode;
  /** The file, or undefined where none is involved. */
  readonly path: string | undefined;
  /** 1-based line in the uncompressed file. */
  readonly line: number | undefined;

  constructor(
    code: DataErrorCode,
    message: string,
    where: { path?: string; line?: number } = {},
    cause?: unknown,
  ) {
    const { path, line } = where;
    const prefix = path === undefined ? "" : line === undefined ? `${path}: ` : `${path}:${line}: `;
    super(`${prefix}${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.path = path;
    this.line = line;
  }
}

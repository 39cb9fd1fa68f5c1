/** What can go wrong with a run directory through no fault of the program. */
export type RecordErrorCode =
  /** The directory holds a run already. */
  | "exists"
  /** Another process is writing to it. */
  | "busy"
  /** There is no run to resume. */
  | "missing"
  /** A file is not what its checksum says, or not of this format. */
  | "damaged"
  /** The run was made by another flow, base model, data file or with other settings. */
  | "foreign"
  /** No space is left. */
  | "disk-full"
  /** Any other failure to read or write. */
  | "io";

/** Says which file, what is wrong with it, and what to do. */
export class RecordError extends Error {
  override readonly name = "RecordError";
  readonly code: RecordErrorCode;
  readonly path: string;

  constructor(code: RecordErrorCode, path: string, message: string, cause?: unknown) {
    super(`${path}: ${message}`, { cause });
    this.code = code;
    this.path = path;
  }
}

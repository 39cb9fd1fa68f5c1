/** A model file that cannot be used: what is wrong, in which file, and with which tensor. */
export class ModelFileError extends Error {
  override readonly name = "ModelFileError";
  constructor(
    readonly file: string,
    problem: string,
    /** The tensor concerned, if the problem is one tensor's. */
    readonly tensor?: string,
  ) {
    super(tensor === undefined ? `${file}: ${problem}` : `${file}: tensor "${tensor}": ${problem}`);
  }
}

/** The message of whatever was thrown, for wrapping. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

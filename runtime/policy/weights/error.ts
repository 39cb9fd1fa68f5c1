import { PolicyError, type PolicyErrorCode } from "../errors.js";

/** A model file that cannot be used: what is wrong, in which file, and with which tensor. */
export class ModelFileError extends PolicyError {
  constructor(
    readonly file: string,
    problem: string,
    /** The tensor concerned, if the problem is one tensor's. */
    readonly tensor?: string,
    code: PolicyErrorCode = "bad-weights",
  ) {
    super(code, tensor === undefined ? `${file}: ${problem}` : `${file}: tensor "${tensor}": ${problem}`);
  }
}

/** The message of whatever was thrown, for wrapping. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

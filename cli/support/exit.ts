/**
 * The process's exit codes: part of the command line's contract, so scripts may rely on them.
 *
 * - `ok`: done, nothing to complain about (warnings may have been printed).
 * - `diagnostics`: the user's files have errors, or a test or a check failed.
 * - `usage`: the command line itself is wrong: an unknown verb or option, a missing argument, a file that is not there.
 * - `bug`: flowc failed where it should not; the message asks for a report.
 * - `interrupted`: SIGINT (128 + 2, as shells have it).
 */
export const ExitCode = { ok: 0, diagnostics: 1, usage: 2, bug: 70, interrupted: 130 } as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/**
 * A user's mistake that ends a verb: printed as `flowc: message` without a stack.
 * The message says what is wrong, where, and what to do.
 */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";

  constructor(
    message: string,
    readonly code: ExitCode = ExitCode.usage,
  ) {
    super(message);
  }
}

/**
 * Whether a command is over when nobody reads its standard output any more. One that writes files goes on, since those are
 * what it is for.
 */
export const reader = { isNeeded: true };

/** Whether something that was waited for in vain may still be going on, which would keep the process from its end. */
export const leftover = { isHung: false };

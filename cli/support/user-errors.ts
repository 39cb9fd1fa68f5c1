/**
 * The runtime's errors that are a user's to mend: their messages say what, where and what to do. They are told by
 * name, so that a verb which needs none of their modules does not load them.
 */
const USER_ERRORS: ReadonlySet<string> = new Set([
  "PolicyError",
  "DataError",
  "RecordError",
  "SearchError",
  "FlowFailure",
]);

/** Whether something thrown is a user's mistake rather than a bug of ours. */
export function isUserError(thrown: unknown): thrown is Error {
  return thrown instanceof Error && USER_ERRORS.has(thrown.name);
}

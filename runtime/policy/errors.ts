/** What was wrong with something the user handed to the policy; `code` is stable, for programs. */
export type PolicyErrorCode =
  /** A named backend cannot start on this machine. */
  | "backend-unavailable"
  /** A device that ran stopped working, or its memory does not suffice. */
  | "backend-failed"
  /** config.json is malformed, or describes a model that this project cannot run faithfully. */
  | "bad-config"
  /** A weight is missing, has another shape, or holds values that are not finite. */
  | "bad-weights"
  /** tokenizer.json or the chat template is missing, malformed, or cannot render a request. */
  | "bad-tokenizer"
  /** An adapter that does not belong to the base model, or is malformed. */
  | "bad-adapter"
  /** A request that the model cannot answer, e.g. a prompt beyond its context. */
  | "bad-request";

/**
 * A user's mistake, with a message that says what, where and what to do. Anything else that is thrown from
 * `runtime/policy` is a bug of this project.
 */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
  constructor(
    readonly code: PolicyErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

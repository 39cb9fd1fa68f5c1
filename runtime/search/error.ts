import { FlowFailure } from "../machine/index.js";

/**
 * A policy or simulator that broke its contract at a certain place: the message says which task, where, and what
 * came instead of what was expected.
 */
export class SearchError extends Error {
  override readonly name = "SearchError";
  /** Undefined where a whole flow is meant. */
  readonly task: string | undefined;
  /** The choice point's id, or undefined where a whole episode was judged. */
  readonly point: string | undefined;
  /** The message without task and place. */
  readonly problem: string;

  constructor(problem: string, task?: string, point?: string, cause?: unknown) {
    const where = point === undefined ? `task ${task}` : `task ${task}, ${point}`;
    super(task === undefined ? problem : `${where}: ${problem}`, { cause });
    this.task = task;
    this.point = point;
    this.problem = problem;
  }
}

/**
 * What broke one rollout and says nothing about others: a contract that was broken there, or a flow that failed on its
 * values. Undefined for anything else, which is a bug.
 */
export function breakOf(thrown: unknown, task: string): SearchError | undefined {
  if (thrown instanceof SearchError) return thrown;
  if (!(thrown instanceof FlowFailure)) return undefined;
  return new SearchError(`the flow failed: ${thrown.message}`, task, undefined, thrown);
}

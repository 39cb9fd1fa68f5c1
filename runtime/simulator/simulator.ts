import type { Json, Reply } from "../machine/index.js";
import type { Judgement, Simulator, Task } from "../search/ports/simulator.js";
import { DataError } from "./error.js";
import { answerEm, answerF1, supportF1 } from "./metrics.js";
import { goldAnswers, goldSupport, type MusiqueRow } from "./musique.js";
import { goldReply } from "./musique-gold.js";
import { outcomeOf } from "./predictions.js";

/** How much each figure counts in the reward, by its official name. */
export interface RewardWeights {
  readonly answer_f1: number;
  readonly answer_em: number;
  readonly support_f1: number;
  /** Taken from the reward for each paragraph that a result names as support; 0 if it is not said. */
  readonly hop_cost?: number;
}

/**
 * The answer counts most, and support a little, so that finding the paragraphs is worth something even where the
 * answer is wrong. The weights sum to 1, so a reward is in [0, 1].
 */
export const defaultRewardWeights: RewardWeights = { answer_f1: 0.8, answer_em: 0, support_f1: 0.2 };

/** What a flow over MuSiQue questions takes, one per question. */
export function inputOf(row: MusiqueRow): Json {
  return {
    question: row.question,
    paragraphs: row.paragraphs.map(({ idx, title, body }) => ({ idx, title, body })),
  };
}

/** Sets the unanswerable row of a question apart from the other. */
const UNANSWERABLE = "/unanswerable";

/** The id of the question that a task is made of: of MuSiQue-Full's two tasks a question, the same. */
export function questionOf(task: string): string {
  return task.endsWith(UNANSWERABLE) ? task.slice(0, -UNANSWERABLE.length) : task;
}

/** The rows' task names: the id, and for the unanswerable row of a question another, since ids key random numbers. */
function taskIds(rows: readonly MusiqueRow[], path: string | undefined): readonly string[] {
  const seen = new Map<string, number>();
  return rows.map((row) => {
    const id = row.answerable ? row.id : row.id + UNANSWERABLE;
    const earlier = seen.get(id);
    if (earlier !== undefined) {
      const message = `the question ${JSON.stringify(row.id)} stands in line ${earlier} already`;
      throw new DataError("duplicate", message, path === undefined ? {} : { path, line: row.line });
    }
    seen.set(id, row.line);
    return id;
  });
}

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never;

function checkWeights(weights: RewardWeights): void {
  const { hop_cost = 0 } = weights;
  if (!Number.isFinite(hop_cost) || hop_cost < 0)
    throw new DataError("setting", "the cost of a hop must be 0 or more");
  const all = [weights.answer_f1, weights.answer_em, weights.support_f1];
  if (all.some((weight) => !Number.isFinite(weight) || weight < 0) || all.every((weight) => weight === 0)) {
    throw new DataError("setting", "reward weights must be 0 or more, and one of them above 0");
  }
}

/**
 * A simulator over questions in MuSiQue's format.
 *
 * The reward of an answerable question is the weighted sum of the official answer F1, exact match and support F1. A
 * flow whose result says `answerable` is rewarded so only where it holds the question to be answerable, and gets 0
 * where it declines; an unanswerable question pays the sum of the weights for declining and 0 for anything else. From
 * all of it goes the cost of a hop for each paragraph that the result names.
 */
export class MusiqueSimulator implements Simulator {
  readonly tasks: readonly Task[];
  readonly #rows: ReadonlyMap<string, MusiqueRow>;
  readonly #weights: RewardWeights;

  /**
   * @param path the file the rows come from, for messages
   * @throws DataError `duplicate` if two rows are one task, `setting` for weights out of range
   */
  constructor(rows: readonly MusiqueRow[], weights: RewardWeights = defaultRewardWeights, path?: string) {
    checkWeights(weights);
    const ids = taskIds(rows, path);
    this.tasks = rows.map((row, i) => ({ id: ids[i] as string, input: inputOf(row) }));
    this.#rows = new Map(rows.map((row, i) => [ids[i] as string, row]));
    this.#weights = weights;
  }

  /** The row a task was made of, or undefined. */
  row(task: Task): MusiqueRow | undefined {
    return this.#rows.get(task.id);
  }

  /** What an oracle is told: `{ answers: list<text>, support: list<int>, answerable: bool }`, the gold answer first. */
  truth({ id }: Task): Json {
    const row = this.#rows.get(id);
    if (row === undefined) throw new RangeError(`no task ${id}`);
    return { answers: goldAnswers(row), support: goldSupport(row), answerable: row.answerable };
  }

  /** How many hops the question takes, as its id says (`3hop1__…` is a `3hop`), or else its decomposition. */
  stratum(task: Task): string | undefined {
    const row = this.#rows.get(task.id);
    const named = /^(\d+hop)/u.exec(task.id)?.[1];
    return (
      named ??
      (row === undefined || row.decomposition.length === 0 ? undefined : `${row.decomposition.length}hop`)
    );
  }

  /** What an agent should say, as far as the question's row tells; see `goldReply`. */
  gold(task: Task, ...asked: Tail<Parameters<Required<Simulator>["gold"]>>): Reply | undefined {
    const row = this.#rows.get(task.id);
    return row === undefined ? undefined : goldReply(row, ...asked);
  }

  /**
   * Metrics: `answer_f1`, `answer_em`, `support_f1` of an answerable question, and `sufficiency` (1 if answerability
   * was judged right) of every question.
   *
   * @throws DataError `result` if the result is no answer
   * @throws RangeError if the task is not one of this simulator's (a caller's bug)
   */
  judge(task: Task, result: Json): Judgement {
    const row = this.#rows.get(task.id);
    if (row === undefined) throw new RangeError(`no task ${task.id}`);
    const outcome = outcomeOf(result);
    const isRight = outcome.answerable === row.answerable;
    const weights = this.#weights;
    const sufficiency = isRight ? 1 : 0;
    const cost = (weights.hop_cost ?? 0) * new Set(outcome.support).size;
    if (!row.answerable) {
      const most = weights.answer_f1 + weights.answer_em + weights.support_f1;
      return { reward: (isRight ? most : 0) - cost, metrics: { sufficiency } };
    }
    const metrics = {
      answer_f1: answerF1(outcome.answer, goldAnswers(row)),
      answer_em: answerEm(outcome.answer, goldAnswers(row)),
      support_f1: supportF1(outcome.support, goldSupport(row)),
    };
    const mixed =
      weights.answer_f1 * metrics.answer_f1 +
      weights.answer_em * metrics.answer_em +
      weights.support_f1 * metrics.support_f1;
    return { reward: (isRight ? mixed : 0) - cost, metrics: { ...metrics, sufficiency } };
  }
}

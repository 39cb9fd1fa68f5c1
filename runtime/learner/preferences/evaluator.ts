import type { FlowModule, Json } from "../../machine/index.js";
import {
  addCounters,
  type Counters,
  type Lost,
  newCounters,
  type Policy,
  Search,
  SearchError,
} from "../../search/index.js";
import { totalsOf } from "../totals.js";
import type { PreferenceFigures } from "./source.js";

/** An evaluator: a flow of judges that says what episodes are like, and who answers for them. */
export interface EvaluatorOptions {
  readonly flow: FlowModule;
  readonly policy: Policy;
  readonly seed: number;
  readonly live: number;
}

/** What is asked about which task. */
export interface Question {
  readonly task: string;
  readonly epoch: number;
  /** Gives the inputs of the flow. */
  readonly input: () => Json;
}

const UNREWARDED = { tasks: [], judge: () => ({ reward: 0, metrics: {} }) } as const;

/**
 * Plays an evaluator's flow on what is asked, all together and greedily, once for equal inputs. What breaks is told to the
 * search of the round, as one of its own episodes would be.
 */
export class Evaluator {
  readonly #round: Search;
  readonly #search: Search;
  readonly #known = new Map<string, Json | undefined>();
  #asked = 0;
  #saved = 0;
  #failed = 0;
  /** What broke, by the number of its play. */
  readonly #broken = new Map<number, SearchError>();

  /** @param round of which it judges the episodes; its counters take the costs */
  constructor({ flow, policy, seed, live }: EvaluatorOptions, round: Search) {
    this.#round = round;
    const onLost = ({ epoch, error }: Lost): void => {
      this.#broken.set(epoch, error);
    };
    this.#search = new Search({ flow, policy, simulator: UNREWARDED, seed, live, onLost });
  }

  /**
   * What the flow gives for each question, in order; undefined where it broke.
   * @throws SearchError if it broke on all that was asked: nothing could be learned
   */
  async answers(questions: readonly Question[]): Promise<readonly (Json | undefined)[]> {
    const inputs = questions.map(({ input }) => inputOrError(input));
    const fresh = new Map<string, { readonly input: Json; readonly question: Question }>();
    const keys = inputs.map((input, i) => {
      if (input instanceof SearchError) return undefined;
      const key = JSON.stringify([questions[i]!.task, input]);
      if (this.#known.has(key) || fresh.has(key)) this.#saved += 1;
      else fresh.set(key, { input, question: questions[i]! });
      return key;
    });
    const broken = inputs.flatMap((input, i) =>
      input instanceof SearchError ? [{ error: input, question: questions[i]! }] : [],
    );
    const all = [...fresh];
    broken.push(...(await this.#play(all)));
    this.#asked += all.length;
    this.#failed += broken.length;
    for (const { error, question } of broken) {
      if (broken.length === questions.length) throw error;
      this.#round.lose({ task: question.task, epoch: question.epoch, error });
    }
    return keys.map((key) => (key === undefined ? undefined : this.#known.get(key)));
  }

  figures(): Omit<PreferenceFigures, "disagreed"> {
    const { calls, prompted, decoded } = totalsOf(this.#search.counters);
    return {
      asked: this.#asked,
      known: this.#saved,
      failed: this.#failed,
      calls,
      prompted,
      decoded,
    };
  }

  async #play(
    all: readonly (readonly [string, { readonly input: Json; readonly question: Question }])[],
  ): Promise<{ readonly error: SearchError; readonly question: Question }[]> {
    const before = { ...this.#search.counters };
    this.#broken.clear();
    // A number for each play keeps them apart, also where several are of one task.
    const plays = all.map(([, { input, question }], epoch) => ({
      task: { id: question.task, input },
      epoch,
    }));
    const played = await this.#search.play(plays);
    for (const { play, episode } of played) this.#known.set(all[play]![0], episode.result);
    addCounters(this.#round.counters, spent(before, this.#search.counters));
    const lost = [...this.#broken].sort(([a], [b]) => a - b);
    for (const [play] of lost) this.#known.set(all[play]![0], undefined);
    return lost.map(([play, error]) => ({ error, question: all[play]![1].question }));
  }
}

function inputOrError(make: () => Json): Json | SearchError {
  try {
    return make();
  } catch (thrown) {
    if (thrown instanceof SearchError) return thrown;
    throw thrown;
  }
}

/** What was spent since; an evaluator's own judgements are none of the round's. */
function spent(before: Readonly<Counters>, after: Readonly<Counters>): Counters {
  const costs = newCounters();
  for (const name of ["calls", "savedByMemo", "savedByRejoin", "prefilled", "reused", "decoded"] as const)
    costs[name] = after[name] - before[name];
  return costs;
}

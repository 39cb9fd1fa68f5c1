import type { FlowModule } from "../../runtime/machine/index.js";
import { type ChoiceStep, type Episode, fork, isChoice, type Search } from "../../runtime/search/index.js";
import { type MusiqueRow, outcomeOf, questionOf } from "../../runtime/simulator/index.js";
import type { Answered } from "./answered.js";
import { CommandFailure, ExitCode } from "./exit.js";

/** What an episode's last answer of the agent says. */
interface Sufficiency {
  /** Index of its step. */
  readonly step: number;
  /** Log-odds of yes. */
  readonly logOdds: number;
}

/**
 * Pairwise inference on MuSiQue-Full: of the two rows of a question exactly one can be answered, so where a flow says the same of both,
 * the one is taken for answerable at whose end an agent held yes to be more probable. If both were declined, that one's episode
 * goes on from there as if the agent had said yes; if both were answered, the other's answer is declared to be none. Rows of
 * which the agent says exactly the same, since the same paragraphs were collected, stay as they are: all that could tell them
 * apart is their order in the file.
 */
export class Pairs {
  readonly #search: Search;
  readonly #flow: FlowModule;
  readonly #agent: string;
  /** Rows whose partners have not been played yet. */
  readonly #waiting = new Map<string, Answered>();

  /** @param agent that says yes or no, see `checkPairwise` */
  constructor(search: Search, flow: FlowModule, agent: string) {
    this.#search = search;
    this.#flow = flow;
    this.#agent = agent;
  }

  /** @returns rows that are taken for something else now: of these, or of earlier ones whose partners are among these */
  async decide(answered: readonly Answered[]): Promise<readonly Answered[]> {
    const pairs = answered.flatMap((each) => {
      const question = questionOf(each.task.id);
      const partner = this.#waiting.get(question);
      if (partner === undefined) this.#waiting.set(question, each);
      else this.#waiting.delete(question);
      return partner === undefined ? [] : [[partner, each] as const];
    });
    const decided = pairs.flatMap((pair) => this.#ranked(pair) ?? []);
    const declined = decided.flatMap(({ worse }) =>
      outcomeOf(worse.result).answerable ? [withVerdict(worse, false)] : [],
    );
    const forced = decided.filter(({ better }) => !outcomeOf(better.result).answerable);
    return [...declined, ...(await this.#answer(forced.map(({ better }) => better)))];
  }

  /** The rows of a pair of which the flow said the same, if the agent tells them apart. */
  #ranked([first, second]: readonly [Answered, Answered]):
    | { readonly better: Answered; readonly worse: Answered }
    | undefined {
    if (outcomeOf(first.result).answerable !== outcomeOf(second.result).answerable) return undefined;
    const [a, b] = [first, second].map(({ episode }) => this.#sufficiency(episode)?.logOdds ?? -Infinity);
    if (a === b) return undefined;
    return a! > b! ? { better: first, worse: second } : { better: second, worse: first };
  }

  #sufficiency(episode: Episode | undefined): Sufficiency | undefined {
    const steps = episode?.steps ?? [];
    const step = steps.findLastIndex((each) => isChoice(each) && each.agent === this.#agent);
    if (step === -1) return undefined;
    const { requests, outputs } = steps[step] as ChoiceStep;
    const { ask } = requests[0]!;
    const logProbs = outputs[0]!.labelLogProbs;
    if (ask.kind !== "choose" || logProbs === undefined) return undefined;
    const of = (label: string) => logProbs[ask.labels.indexOf(label)]!;
    return { step, logOdds: of("yes") - of("no") };
  }

  /** Goes on with declined rows as if the agent had said yes at last. */
  async #answer(declined: readonly Answered[]): Promise<readonly Answered[]> {
    const alternative = { reply: { kind: "label", label: "yes" } } as const;
    const changes = declined.map(({ episode }) => {
      return { episode: episode!, step: this.#sufficiency(episode)!.step, alternative };
    });
    return this.#search.tryOut(changes, ({ steps: rest, result, world }, i) => {
      const { episode, step } = changes[i]!;
      const steps = [...fork(this.#flow, episode, step, alternative).steps, ...rest];
      const ending = { steps, result, ...(world === undefined ? {} : { world }) };
      return withVerdict({ ...declined[i]!, episode: { ...episode, ...ending }, result }, true);
    });
  }
}

function withVerdict(answered: Answered, answerable: boolean): Answered {
  return { ...answered, result: { ...(answered.result as object), answerable } };
}

/**
 * Makes sure, before anything is played, that an agent can tell rows of pairs apart, and that there are pairs.
 *
 * @param data where the rows are from
 * @throws CommandFailure if the flow has no agent of that name that says yes or no, or every row can be answered
 */
export function checkPairwise(
  { flow, agents }: FlowModule,
  name: string,
  rows: readonly MusiqueRow[],
  data: string,
): void {
  const fail = (problem: string) => new CommandFailure(problem, ExitCode.diagnostics);
  const output = agents.find((agent) => agent.name === name)?.output;
  const advice = "--pairwise takes the agent that says yes where a question can be answered";
  if (output === undefined) {
    const names = agents.map((agent) => agent.name).join(", ");
    throw fail(`the flow ${flow} has no agent ${name}; it has ${names}; ${advice}`);
  }
  if (output.kind !== "labels" || !["yes", "no"].every((label) => output.labels.includes(label)))
    throw fail(`the agent ${name} does not say yes or no; ${advice}`);
  if (rows.every((row) => row.answerable))
    throw fail(`${data} has no pairs of rows; --pairwise is for MuSiQue-Full`);
}

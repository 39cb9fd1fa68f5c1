import type { FlowModule } from "../../runtime/machine/index.js";
import type { Search } from "../../runtime/search/index.js";
import type { Answered } from "./answered.js";
import { extracted } from "./extractive.js";
import { Pairs } from "./pairwise.js";

/** What is made of a flow's answers before they count. */
export interface PostProcessing {
  /** Answers that vote for a part of the paragraphs where one is none; see `extracted`. */
  readonly guesses?: number;
  /** The agent that tells the rows of a pair apart; see `Pairs`. */
  readonly pairwise?: string;
}

/** How many rows were made into something else, by what was asked for. */
export interface Changed {
  readonly extractive?: number;
  readonly pairwise?: number;
}

/** Post-processing of rows that are played bit by bit. */
export class PostProcessor {
  readonly #search: Search;
  readonly #guesses: number | undefined;
  readonly #pairs: Pairs | undefined;
  readonly #extractive = new Set<string>();
  readonly #pairwise = new Set<string>();

  constructor(search: Search, flow: FlowModule, { guesses, pairwise }: PostProcessing) {
    this.#search = search;
    this.#guesses = guesses;
    this.#pairs = pairwise === undefined ? undefined : new Pairs(search, flow, pairwise);
  }

  /** @returns these rows, and earlier ones that they change, as they count now */
  async process(answered: readonly Answered[]): Promise<readonly Answered[]> {
    const known = new Map(answered.map((each) => [each.task.id, each]));
    const take = (changed: readonly Answered[], ids: Set<string>): void => {
      for (const each of changed) {
        known.set(each.task.id, each);
        ids.add(each.task.id);
      }
    };
    if (this.#pairs !== undefined) take(await this.#pairs.decide(answered), this.#pairwise);
    if (this.#guesses !== undefined)
      take(await extracted(this.#search, [...known.values()], this.#guesses), this.#extractive);
    return [...known.values()];
  }

  get changed(): Changed {
    return {
      ...(this.#guesses === undefined ? {} : { extractive: this.#extractive.size }),
      ...(this.#pairs === undefined ? {} : { pairwise: this.#pairwise.size }),
    };
  }
}

import type { Tokenizer } from "../../runtime/policy/tokenizer/index.js";
import { KeyedRandom } from "../data/random.js";
import { AGENTS, type AgentName } from "./agents.js";
import { type Batch, type LossWeights, makeBatches, type Sequence } from "./batches.js";
import { type Example, isLabelled, makeExample, renameExample } from "./examples.js";
import { NameModel } from "./markov.js";
import { Gazetteer, makeRenamer } from "./rename.js";
import type { Row } from "./rows.js";
import { END_ID } from "./tokenizer-files.js";

/** How training examples are drawn. */
export interface StreamSettings {
  readonly seed: number;
  /** Share of examples whose names are made up. */
  readonly madeUp: number;
  /** Examples that are sorted by length together. */
  readonly poolSize: number;
  readonly tokensPerBatch: number;
  /** Longest sequence that is trained on, in tokens; longer ones are drawn again. */
  readonly maxTokens: number;
  readonly lossWeights: LossWeights;
}

/** Relative frequencies of the agents among the examples. */
export type Mix = Readonly<Record<AgentName, number>>;

/**
 * The endless stream of training batches over the questions: pool after pool, each a function of the seed, its
 * number and the mix alone, so that a position in it is two integers.
 */
export class ExampleStream {
  private readonly gazetteer: Gazetteer;
  private readonly names: NameModel;

  constructor(
    private readonly rows: readonly Row[],
    private readonly settings: StreamSettings,
  ) {
    this.gazetteer = new Gazetteer(rows);
    this.names = new NameModel(this.gazetteer.names);
  }

  /** Example `index` of a pool. */
  example(pool: number, index: number, mix: Mix): Example {
    const random = new KeyedRandom(`base ${this.settings.seed} ${pool} ${index}`);
    const example = makeExample(drawAgent(mix, random), random.pick(this.rows), random);
    if (random.unit() >= this.settings.madeUp) return example;
    return renameExample(example, makeRenamer(this.gazetteer, this.names, random));
  }

  /** The batches of a pool, in the order in which they are trained on. */
  batches(pool: number, mix: Mix, tokenizer: Tokenizer): Batch[] {
    const { seed, poolSize, tokensPerBatch, maxTokens, lossWeights } = this.settings;
    const sequences: Sequence[] = [];
    for (let index = 0; sequences.length < poolSize; index++) {
      const sequence = tokenise(this.example(pool, index, mix), tokenizer);
      if (sequence.prompt.length + sequence.completion.length <= maxTokens) sequences.push(sequence);
    }
    return makeBatches(sequences, tokensPerBatch, lossWeights, new KeyedRandom(`base ${seed} ${pool} order`));
  }
}

function drawAgent(mix: Mix, random: KeyedRandom): AgentName {
  const total = AGENTS.reduce((sum, agent) => sum + mix[agent], 0);
  let rest = random.unit() * total;
  for (const agent of AGENTS) {
    rest -= mix[agent];
    if (rest < 0) return agent;
  }
  return AGENTS[0];
}

/** An example as the runtime will pose it: the chat template's prompt, then the plain completion and the end token. */
export function tokenise(example: Example, tokenizer: Tokenizer): Sequence {
  return {
    prompt: tokenizer.renderChat(example.system, example.user),
    completion: [...tokenizer.encodePlain(example.completion), END_ID],
    isLabel: isLabelled(example.agent),
  };
}

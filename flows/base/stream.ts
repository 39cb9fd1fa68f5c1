import type { Tokenizer } from "../../runtime/policy/tokenizer/index.js";
import { KeyedRandom } from "../data/random.js";
import { AGENTS, type AgentName } from "./agents.js";
import type { Sequence } from "./batches.js";
import { type Example, isLabelled, makeExample, renameExample } from "./examples.js";
import { Inventor } from "./rename.js";
import type { Row } from "./rows.js";
import { END_ID } from "./tokenizer-files.js";

/** How training examples are drawn. */
export interface StreamSettings {
  readonly seed: number;
  /** Share of examples whose names and values are made up. */
  readonly madeUp: number;
  readonly tokensPerBatch: number;
  /** Longest sequence that is trained on, in tokens; longer ones are passed over. */
  readonly maxTokens: number;
}

/** Relative frequencies of the agents among the examples. */
export type Mix = Readonly<Record<AgentName, number>>;

/** Training examples without end: example `index` of batch `batch` is a function of seed, numbers and mix alone. */
export class ExampleStream {
  private readonly inventor: Inventor;

  constructor(
    private readonly rows: readonly Row[],
    private readonly settings: StreamSettings,
  ) {
    this.inventor = new Inventor(rows);
  }

  example(batch: number, index: number, mix: Mix): Example {
    const random = new KeyedRandom(`base ${this.settings.seed} ${batch} ${index}`);
    const example = makeExample(drawAgent(mix, random), random.pick(this.rows), random);
    if (random.unit() >= this.settings.madeUp) return example;
    return renameExample(example, this.inventor.renamer(random));
  }

  /** The sequences of a batch: as many as come nearest to the wanted number of tokens from below, at least one. */
  batch(number: number, mix: Mix, tokenizer: Tokenizer): Sequence[] {
    const { tokensPerBatch, maxTokens } = this.settings;
    const sequences: Sequence[] = [];
    let tokens = 0;
    for (let index = 0; ; index++) {
      const sequence = tokenise(this.example(number, index, mix), tokenizer);
      const length = sequence.prompt.length + sequence.completion.length;
      if (length > maxTokens) continue;
      if (sequences.length > 0 && tokens + length > tokensPerBatch) return sequences;
      sequences.push(sequence);
      tokens += length;
    }
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

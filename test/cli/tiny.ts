import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { rowsOf, train } from "./support.js";

interface Tiny {
  /** Each of another question, and a round of its own. */
  readonly episodes: number;
  readonly steps: number;
  /** Whether an agent writes the answer; otherwise agents only choose. */
  readonly writes: boolean;
}

const NAME = `agent name(question: text) -> text(max_tokens: 4) {
  user """
    {{ question }}
  """
}

`;

/**
 * Writes what a training needs that a device in software, which does 0.2 GFLOP/s, gets through: short prompts, and
 * labels that decide about the reward.
 */
export function writeTiny(folder: string, { episodes, steps, writes }: Tiny) {
  const [flow, data, settings] = ["tiny.flow", "data.jsonl", "settings.yaml"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  const answer = writes ? "name(question)" : "question";
  writeFileSync(
    flow,
    `type Paragraph = { idx: int, title: text, body: text }
type Answer = { answer: text, support: list<int> }

agent known(question: text) -> yes | no {
  user """
    {{ question }}
  """
}

${writes ? NAME : ""}flow tiny(question: text, paragraphs: list<Paragraph>) -> Answer {
  branch known(question) {
    yes -> return { answer: ${answer}, support: [p.idx for p in paragraphs] }
    no -> return { answer: ${answer}, support: [] }
  }
}
`,
  );
  writeFileSync(data, rowsOf(train, episodes).join("\n"));
  writeFileSync(
    settings,
    `episodes: ${episodes}
episodes_per_round: 1
steps_per_round: ${steps}
checkpoint_every: 1
alternatives: { generate: 1, draws: 1, choose: all, pick: 1 }
optimizer: { kind: adamw, lr: 0.001 }
adapter: { rank: 2 }
`,
  );
  return { flow, data, settings };
}

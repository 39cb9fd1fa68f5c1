import type { AgentName } from "./agents.js";

/** How far a run was when it exported a model: the export's `training.json`. */
export interface TrainingRecord {
  readonly step: number;
  readonly steps: number;
  readonly tokens: number;
  /** Wall-clock time of training so far. */
  readonly seconds: number;
  readonly seed: number;
}

/** Figures of the greedy flow, as `flowc eval --json` prints them. */
export interface FlowFigures {
  readonly answer_f1: number;
  readonly answer_em: number;
  readonly support_f1: number;
}

const PURPOSE = {
  weak: "An early stop of the run: its mistakes are spread over several agents, so that training a flow with it has something to improve.",
  half: "Half of a run, made again with today's kernels: taught half as long as the saturated one, to train a flow from a base that is neither weak nor at its end.",
  saturated:
    "The end of the run: over its last 300 steps the accuracy on 40 prompts per agent changed by less than 40 prompts can tell apart (`docs/measurements.md`).",
} as const;

/** The models that stand beside this, each in a folder of its name. */
export type ShippedName = keyof typeof PURPOSE;

export interface CardInput {
  readonly name: ShippedName;
  readonly record: TrainingRecord;
  readonly questions: number;
  readonly perAgent: ReadonlyMap<AgentName, number>;
  readonly flow?: FlowFigures;
}

/** The model card: what the model is, what it saw, how good it is, and how to make it again. */
export function modelCard({ name, record, questions, perAgent, flow }: CardInput): string {
  const percent = (share: number) => share.toFixed(3);
  const rows = [...perAgent].map(([agent, share]) => `| ${agent} | ${percent(share)} |`);
  const whole =
    flow === undefined
      ? []
      : [
          "",
          "The greedy flow with this model, on the same questions:",
          "",
          "| answer F1 | answer EM | support F1 |",
          "|---|---|---|",
          `| ${percent(flow.answer_f1)} | ${percent(flow.answer_em)} | ${percent(flow.support_f1)} |`,
        ];
  return `---
license: mit
language: en
library_name: transformers
pipeline_tag: text-generation
---

# The project's own tiny base model: ${name}

A Llama of 935,040 parameters (width 128, 4 layers of 4 heads, context 256, byte-level BPE of 1,024 pieces, float16)
that plays the agents of \`flows/musique-answerable.flow\`. ${PURPOSE[name]} It knows nothing but these five tasks, in
the wording of this project's questions; it is no general language model and no yardstick for one.

## What it saw
Gold steps of the agents over the questions of \`flows/data/train.jsonl.gz\`, ${record.tokens.toLocaleString("en-GB")} tokens in ${record.step} of ${record.steps}
optimizer steps (${(record.seconds / 60).toFixed(0)} minutes on one core). In 80 % of the examples all names and values are made up, so that only
reading helps; a tenth of the prompts carries a wrong document. Queries and drafts come from the questions'
decompositions. No question, person, place or country of the monitoring and reported parts was seen; the closed
sets that \`flows/data/README.md\` lists (continents, currencies, languages, time zones) occur in all parts.

## How good it is
Share of gold steps answered exactly on ${questions} questions of the monitoring part, each posed once to every agent (texts token for
token, labels by the likelier one):

| agent | accuracy |
|---|---|
${[...rows, ...whole].join("\n")}

## How to make it again
\`\`\`
npm ci && npm run build
node dist/flows/base/train.js --out runs/base --steps ${record.steps} --seed ${record.seed}
\`\`\`
An interrupted run goes on where it was when the command is given again. This model is the export of step ${record.step}
(\`runs/base/exports/step-${record.step}\`). Accuracy: \`node dist/flows/base/accuracy.js flows/base/${name}\`.

The same bytes come from the same kernels alone: where they round differently in the last bits, as today's do, the command
makes a model of the same kind. The minutes above are those of the run that made this one, on a machine with other
work; \`flows/base/README.md\` tells what to expect.

## Prompts
The chat template gives each agent's system message one special token and puts \`<doc>\` for each line break of the user
message: \`<query> Question: …<doc> Tangshan: an industrial city in China<a>\` is answered by \` capital of China</s>\`.

Weights and tokenizer were made by this project from its own data and are under its licence; the data's sources are named in
\`flows/data/README.md\`.
`;
}

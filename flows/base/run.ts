import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import type { ModelConfig } from "../../runtime/policy/model/config.js";
import { Decoder } from "../../runtime/policy/model/decoder.js";
import { loadTokenizer, type Tokenizer } from "../../runtime/policy/tokenizer/index.js";
import { type HostTensor, writeFileAtomically } from "../../runtime/policy/weights/index.js";
import type { AgentName } from "./agents.js";
import { type LossWeights, makeBatch } from "./batches.js";
import { countWords } from "./bpe.js";
import type { TrainingRecord } from "./card.js";
import { loadCheckpoint, type Position, saveCheckpoint } from "./checkpoint.js";
import { writeModelFolder } from "./folder.js";
import { accuracyPerAgent, type HeldOut, heldOutExamples } from "./held-out.js";
import { initialWeights } from "./init.js";
import { lossAndGradients } from "./loss.js";
import { MuonAdam, type OptimizerSettings } from "./optimizer.js";
import type { Row } from "./rows.js";
import { rateFactor } from "./schedule.js";
import { ExampleStream, type Mix, type StreamSettings } from "./stream.js";
import { tokenizerFiles, trainVocabulary } from "./tokenizer-files.js";

/** Everything that decides the result of a run, beside the questions. */
export interface TrainSettings extends StreamSettings, OptimizerSettings {
  readonly config: ModelConfig;
  readonly steps: number;
  readonly warmUp: number;
  readonly lossWeights: LossWeights;
  /** The mix of agents in the first part of the run, and after it. */
  readonly mixes: readonly [Mix, Mix];
  /** Share of the steps that the first part takes. */
  readonly firstPart: number;
  /** Examples whose texts train the tokenizer. */
  readonly tokenizerExamples: number;
}

/** What a run writes besides its checkpoints, and when. Steps; no effect on the result. */
export interface RunOptions {
  /** Folder of the run: `tokenizer/`, `checkpoint/`, `exports/step-<n>/`. */
  readonly out: string;
  readonly checkpointEvery: number;
  readonly exportEvery: number;
  readonly reportEvery: number;
  readonly evaluateEvery: number;
  /** Held-out examples per agent. */
  readonly heldOut: number;
}

/** What a run tells while it goes on. */
export type Report =
  | {
      readonly kind: "progress";
      readonly step: number;
      readonly tokens: number;
      /** Mean over the steps since the last report, nats per unit of weight. */
      readonly loss: number;
      /** Of this process, without padding. */
      readonly tokensPerSecond: number;
      readonly secondsLeft: number;
    }
  | {
      readonly kind: "accuracy";
      readonly step: number;
      readonly tokens: number;
      readonly perAgent: ReadonlyMap<AgentName, number>;
    }
  | { readonly kind: "export"; readonly step: number; readonly folder: string };

/**
 * Trains the base model, from the last checkpoint in the run's folder if there is one. A run that was killed and
 * resumed ends with the same bytes as an undisturbed one.
 *
 * @throws Error if the folder holds a run with other settings, or the loss stops being finite
 */
export function trainBase(
  rows: readonly Row[],
  monitor: readonly Row[],
  settings: TrainSettings,
  options: RunOptions,
  report: (event: Report) => void,
): void {
  const stream = new ExampleStream(rows, settings);
  const tokenizer = prepareTokenizer(stream, settings, join(options.out, "tokenizer"));
  const held = heldOutExamples(monitor, options.heldOut, tokenizer);
  const trainer = new Trainer(stream, tokenizer, settings, options, report);
  trainer.run(held);
}

const TOKENIZER_FILES = ["tokenizer_config.json", "chat_template.jinja", "tokenizer.json"];

/** Trains the tokenizer on examples of the stream, unless the folder already holds it. */
function prepareTokenizer(stream: ExampleStream, settings: TrainSettings, folder: string): Tokenizer {
  if (!existsSync(join(folder, "tokenizer.json"))) {
    const texts = function* () {
      for (let i = 0; i < settings.tokenizerExamples; i++) {
        const { user, completion } = stream.example(-1, i, settings.mixes[0]);
        yield* user.split("\n");
        yield completion;
      }
    };
    const files = tokenizerFiles(trainVocabulary(countWords(texts()), settings.config.vocabSize));
    mkdirSync(folder, { recursive: true });
    // tokenizer.json last: it marks the folder as complete.
    for (const name of TOKENIZER_FILES)
      writeFileAtomically(join(folder, name), [Buffer.from(files.get(name)!)]);
  }
  return loadTokenizer(folder);
}

class Trainer {
  private readonly decoder: Decoder;
  private readonly weights = new Map<string, tf.Variable>();
  private readonly optimizer: MuonAdam;
  private readonly checkpoints: string;
  private position: Position;
  private readonly began = performance.now();
  private readonly secondsBefore: number;

  constructor(
    private readonly stream: ExampleStream,
    private readonly tokenizer: Tokenizer,
    private readonly settings: TrainSettings,
    private readonly options: RunOptions,
    private readonly report: (event: Report) => void,
  ) {
    this.decoder = new Decoder(settings.config);
    this.checkpoints = join(options.out, "checkpoint");
    const saved = loadCheckpoint(this.checkpoints);
    for (const [name, { shape, data }] of initialWeights(settings.config, settings.seed))
      this.weights.set(name, tf.variable(tf.tensor(saved?.read(`weight:${name}`) ?? data, [...shape])));
    this.optimizer = new MuonAdam(this.weights, settings);
    this.position = saved?.position ?? { step: 0, tokens: 0, seconds: 0, settings };
    this.secondsBefore = this.position.seconds;
    if (saved === undefined) return;
    if (JSON.stringify(saved.position.settings) !== JSON.stringify(settings))
      throw new Error(`${this.checkpoints} belongs to a run with other settings; choose another --out`);
    this.optimizer.restore(saved.position.step, saved.read);
  }

  run(held: HeldOut): void {
    const { settings, options } = this;
    const before = this.position;
    let lossSum = 0;
    let lossCount = 0;
    while (this.position.step < settings.steps) {
      lossSum += this.step();
      lossCount++;
      const { step, tokens } = this.position;
      if (this.isTime(options.reportEvery)) {
        const seconds = this.seconds() - before.seconds;
        this.report({
          kind: "progress",
          step,
          tokens,
          loss: lossSum / lossCount,
          tokensPerSecond: (tokens - before.tokens) / seconds,
          secondsLeft: (seconds / (step - before.step)) * (settings.steps - step),
        });
        lossSum = 0;
        lossCount = 0;
      }
      // The checkpoint comes last: a run that is resumed from it has nothing left to do for its step.
      if (this.isTime(options.exportEvery)) this.export();
      if (this.isTime(options.evaluateEvery)) this.evaluate(held);
      if (this.isTime(options.checkpointEvery)) this.save();
    }
  }

  /** Training time of the whole run so far. */
  private seconds(): number {
    return this.secondsBefore + (performance.now() - this.began) / 1000;
  }

  private isTime(every: number): boolean {
    return this.position.step % every === 0 || this.position.step === this.settings.steps;
  }

  /** One optimizer step on the batch of that number; returns the loss before it. */
  private step(): number {
    const { settings, position } = this;
    const { step } = position;
    const mix = settings.mixes[step < settings.firstPart * settings.steps ? 0 : 1];
    const sequences = this.stream.batch(step, mix, this.tokenizer);
    const batch = makeBatch(sequences, settings.lossWeights);
    const { loss, gradients } = lossAndGradients(this.decoder, this.weights, batch);
    const norm = this.optimizer.step(gradients, rateFactor(step, settings.steps, settings.warmUp));
    tf.dispose([...gradients.values()]);
    if (!Number.isFinite(loss) || !Number.isFinite(norm))
      throw new Error(`step ${step + 1}: loss ${loss}, gradient norm ${norm}; training has diverged`);
    this.position = { ...position, step: step + 1, tokens: position.tokens + batch.ids.length };
    return loss;
  }

  private hostWeights(): Map<string, HostTensor> {
    return new Map(
      [...this.weights].map(([name, weight]) => [
        name,
        { shape: weight.shape, data: weight.dataSync() as Float32Array },
      ]),
    );
  }

  private save(): void {
    const tensors = this.optimizer.save().tensors;
    for (const [name, tensor] of this.hostWeights()) tensors.set(`weight:${name}`, tensor);
    saveCheckpoint(this.checkpoints, { ...this.position, seconds: this.seconds() }, tensors);
  }

  private export(): void {
    const folder = join(this.options.out, "exports", `step-${this.position.step}`);
    const source = join(this.options.out, "tokenizer");
    const files = TOKENIZER_FILES.map((name): [string, string] => [
      name,
      readFileSync(join(source, name), "utf8"),
    ]);
    const { step, tokens } = this.position;
    const { steps, seed } = this.settings;
    const record: TrainingRecord = { step, steps, tokens, seconds: this.seconds(), seed };
    files.push(["training.json", `${JSON.stringify(record, null, 2)}\n`]);
    writeModelFolder(folder, this.settings.config, this.hostWeights(), new Map(files));
    this.report({ kind: "export", step: this.position.step, folder });
  }

  private evaluate(held: HeldOut): void {
    const { step, tokens } = this.position;
    const perAgent = accuracyPerAgent(this.decoder, this.weights, held, this.tokenizer);
    this.report({ kind: "accuracy", step, tokens, perAgent });
  }
}

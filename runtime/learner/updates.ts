import type { Run } from "../record/index.js";
import type { Alarms } from "./alarms.js";
import { type Batch, formatBatch } from "./batch.js";
import type { TrainEvent } from "./events.js";
import type { LossTerm } from "./loss.js";
import type { Optimizer } from "./optimizer/index.js";
import { ReferenceMargins } from "./reference-margins.js";
import type { Settings } from "./settings.js";
import type { AgentState, Arrays, Trainable } from "./trainable.js";
import { batchTerms, lossOf, updateAgent } from "./update.js";

export interface UpdatesOptions {
  readonly trainable: Trainable;
  readonly optimizers: ReadonlyMap<string, Optimizer>;
  readonly alarms: Alarms;
  readonly settings: Settings;
  /** Where batches that went wrong are kept; without it they are not. */
  readonly run: Run | undefined;
  readonly tell: (event: TrainEvent) => void;
}

/** What an agent and its optimizer were before a step. */
interface Before {
  readonly agent: AgentState;
  readonly optimizer: Arrays;
}

/** What went wrong in a step. */
type Failure = Pick<Batch, "round" | "step" | "agent" | "terms" | "loss" | "gradient">;

/** Takes the optimizer steps of a round, agent by agent, and sees to those that go wrong. */
export class Updates {
  readonly #options: UpdatesOptions;
  readonly #references: ReferenceMargins;
  #hasFailed = false;

  constructor(options: UpdatesOptions) {
    this.#options = options;
    this.#references = new ReferenceMargins(options.trainable);
  }

  /** Whether a loss was not finite, since the start or resumption. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /**
   * The steps of one agent. Where a loss is not finite its step is not taken, nor are those after it; and the step
   * that has led there is taken back, since nothing could be played with such numbers.
   *
   * @param terms all of this agent
   */
  async take(round: number, agent: string, terms: readonly LossTerm[]): Promise<void> {
    if (terms.length === 0) return;
    const { trainable, optimizers, alarms, settings, tell } = this.#options;
    const { beta, loss, steps_per_round: steps } = settings;
    const optimizer = optimizers.get(agent)!;
    const references = await this.#references.of(agent, terms);
    const options = { beta, loss, clip: settings.optimizer.clip };
    let before: Before | undefined;
    for (let step = 0; step < steps; step += 1) {
      const now = { agent: trainable.snapshot(agent), optimizer: optimizer.state() };
      const { report, broken } = await updateAgent(trainable, agent, terms, references, optimizer, options);
      tell({ type: "update", round, step, agent, ...report });
      if (broken !== undefined) {
        const failure = {
          round,
          step,
          agent,
          terms: broken,
          loss: report.loss,
          gradient: report.gradientTwo,
        };
        const hasDiverged = broken.some(({ margin }) => !Number.isFinite(margin));
        return this.#fail(failure, hasDiverged ? before : undefined);
      }
      const raised = alarms.raised(agent, report);
      for (const alarm of raised) tell({ type: "alarm", round, step, agent, alarm });
      // The next step would find out; after the last one, and a move that was too large, it is looked after.
      if (step === steps - 1 && raised.some(({ kind }) => kind === "large-move")) {
        const margins = await trainable.margins(agent, terms, "trained");
        if (margins.every(Number.isFinite)) return;
        const parts = batchTerms(terms, margins, references, options);
        return this.#fail(
          { round, step, agent, terms: parts, loss: lossOf(parts), gradient: Number.NaN },
          now,
        );
      }
      before = now;
    }
  }

  /** Keeps the batch, takes back what has led there, and raises the alarm. */
  async #fail(failure: Failure, before: Before | undefined): Promise<void> {
    const { trainable, optimizers, settings, run, tell } = this.#options;
    const { round, step, agent, loss, gradient } = failure;
    this.#hasFailed = true;
    const file = `inspect/round-${String(round).padStart(6, "0")}-${agent}.jsonl`;
    const batch: Batch = {
      version: trainable.version(agent),
      referenceVersion: trainable.referenceVersion(agent),
      beta: settings.beta,
      label_smoothing: settings.loss.label_smoothing,
      ...failure,
    };
    run?.keep(file, formatBatch(batch));
    if (before !== undefined) {
      const misfit =
        (await trainable.restore(agent, before.agent)) ?? optimizers.get(agent)!.restore(before.optimizer);
      if (misfit !== undefined) throw new Error(`${agent} does not take back what it gave: ${misfit}`);
    }
    const kept = run === undefined ? {} : { batch: file };
    const undone = before !== undefined;
    tell({
      type: "alarm",
      round,
      step,
      agent,
      alarm: { kind: "not-finite", loss, gradient, undone, ...kept },
    });
  }
}

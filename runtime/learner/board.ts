import { boardTag, type EventFile, type Run, type Scalar } from "../record/index.js";
import type { TrainEvent } from "./events.js";

type RoundLine = Extract<TrainEvent, { type: "round" }>;
type TimingLine = Extract<TrainEvent, { type: "timing" }>;
type EvaluationLine = Extract<TrainEvent, { type: "evaluation" }>;
type Fields = Readonly<Record<string, unknown>>;

/**
 * A run as TensorBoard shows it: every number of every round under the name that it has in `metrics.jsonl` and
 * `timings.jsonl`, by the number of episodes. It holds nothing of its own, so a run that is taken up again has it
 * written anew from these files, and no step stands in it twice.
 */
export class Board {
  readonly #file: EventFile;
  #round: RoundLine | undefined;
  #evaluation: EvaluationLine | undefined;

  private constructor(file: EventFile) {
    this.#file = file;
  }

  /**
   * Writes down what the run has come to, and goes on from there.
   *
   * @param clock milliseconds since 1970
   * @throws RecordError if it cannot be written, or the run's files cannot be read
   */
  static open(run: Run, clock: () => number = Date.now): Board {
    const times = new Map<unknown, TimingLine>();
    const evaluated = new Map<unknown, number>();
    for (const line of run.lines("timings")) {
      if (line.type === "timing") times.set(line.round, line as unknown as TimingLine);
      if (line.type === "evaluation-timing") evaluated.set(line.rounds, line.at as number);
    }
    const now = clock() / 1000;
    const begun = [...times.values()][0]?.at ?? now;
    const board = new Board(run.eventFile(begun));
    board.#file.text(begun, 0, "run", codeBlock(JSON.stringify(run.manifest, null, 2)));
    for (const line of run.lines("metrics")) {
      if (line.type === "round") board.#write(line as unknown as RoundLine, times.get(line.round), now);
      if (line.type === "evaluation") {
        board.#writeEvaluation(line as unknown as EvaluationLine, evaluated.get(line.rounds) ?? now);
      }
    }
    board.#file.flush();
    return board;
  }

  /** Takes a training's next event; what a round came to is written when its times are known. @throws RecordError */
  event(event: TrainEvent): void {
    if (event.type === "round") this.#round = event;
    if (event.type === "evaluation") this.#evaluation = event;
    if (event.type === "evaluation-timing" && this.#evaluation !== undefined) {
      this.#writeEvaluation(this.#evaluation, event.at);
      this.#evaluation = undefined;
      this.#file.flush();
    }
    if (event.type !== "timing" || this.#round === undefined) return;
    this.#write(this.#round, event, event.at);
    this.#round = undefined;
    this.#file.flush();
  }

  #writeEvaluation(line: EvaluationLine, at: number): void {
    this.#file.scalars(at, line.episodes, ofEvaluation(line));
  }

  #write(line: RoundLine, timing: TimingLine | undefined, now: number): void {
    const scalars = [...ofRound(line), ...(timing === undefined ? [] : ofTiming(timing))];
    this.#file.scalars(timing?.at ?? now, line.episodes, scalars);
  }
}

/** What held-out tasks earned; what they cost is no figure of the training. */
function ofEvaluation({ tasks, reward, error, metrics, lost = 0 }: EvaluationLine): readonly Scalar[] {
  return flat(["held_out"], { tasks, reward, error, lost, metrics });
}

function ofRound({ type: _, round: __, episodes: ___, metrics, ...rest }: RoundLine): readonly Scalar[] {
  const own = flat([], rest);
  const taken = new Set(own.map(({ tag }) => tag));
  // Metrics are named by the simulator: one that is named like a figure of ours stands beside it.
  const named = Object.entries(metrics).flatMap(([name, value]) =>
    flat(taken.has(boardTag(name)) ? ["metrics"] : [], { [name]: value }),
  );
  return [...own, ...named];
}

function ofTiming({ type: _, round: __, at: ___, ...rest }: TimingLine): readonly Scalar[] {
  return flat(["timings"], rest);
}

/** All numbers in an object, named by the path to them. */
function flat(names: readonly string[], fields: Fields): readonly Scalar[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    // A reward that nobody knows is no figure.
    if (Number.isFinite(value)) return [{ tag: boardTag(...names, name), value: value as number }];
    return typeof value === "object" && value !== null ? flat([...names, name], value as Fields) : [];
  });
}

/** Text that Markdown shows as it is. */
function codeBlock(text: string): string {
  return text
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n");
}

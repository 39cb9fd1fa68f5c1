import { readFileSync } from "node:fs";
import { join } from "node:path";
import { questionOf } from "../../runtime/simulator/index.js";
import type { Columns, CurvePoint, Summary } from "./summary.js";

/** What a training's own files tell of it. */
export type TrainingFigures = Pick<Summary, "tokens" | "episodes" | "judged" | "seconds" | "curve">;

/**
 * What trainings that followed one another come to.
 *
 * @param folders of runs that are complete
 */
export function readTrainings(folders: readonly string[]): TrainingFigures {
  const tokens = { rollouts: 0, learning: 0 };
  const curve: CurvePoint[] = [];
  let episodes = 0;
  let judged = 0;
  let seconds = 0;
  for (const folder of folders) {
    const before = episodes;
    for (const line of linesOf<MetricLine>(join(folder, "metrics.jsonl"))) {
      const played = before + line.episodes;
      if (line.type === "evaluation") {
        const { reward, metrics } = line;
        curve.push({ tokens: tokens.rollouts + tokens.learning, episodes: played, reward, metrics });
        continue;
      }
      tokens.rollouts += line.totals.processed ?? 0;
      tokens.learning += line.totals.learned ?? 0;
      judged += line.totals.judged;
      episodes = played;
    }
    seconds += secondsOf(linesOf<TimingLine>(join(folder, "timings.jsonl")));
  }
  return { tokens, episodes, judged, seconds, curve };
}

/** A run that was resumed may have played a round twice. */
function secondsOf(lines: readonly TimingLine[]): number {
  const rounds = new Map(
    lines
      .filter(({ type }) => type === "timing")
      .map((line) => [line.round, line.playSeconds + line.deviateSeconds + line.learnSeconds]),
  );
  return [...rounds.values()].reduce((sum, seconds) => sum + seconds, 0);
}

interface MetricLine {
  readonly type: "round" | "evaluation";
  readonly episodes: number;
  readonly reward: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly totals: { readonly processed?: number; readonly learned?: number; readonly judged: number };
}

interface TimingLine {
  readonly type: string;
  readonly round: number;
  readonly playSeconds: number;
  readonly deviateSeconds: number;
  readonly learnSeconds: number;
}

/** The figures of `flowc eval --out`, question by question: of the two rows of one question the means of those that have one. */
export function readScores(folder: string): { readonly ids: readonly string[]; readonly columns: Columns } {
  const questions = new Map<string, Map<string, number[]>>();
  for (const { id, ...figures } of linesOf<{ id: string }>(join(folder, "scores.jsonl"))) {
    const question = questionOf(id);
    const known = questions.get(question) ?? new Map<string, number[]>();
    questions.set(question, known);
    for (const [name, value] of Object.entries(figures as Record<string, number>))
      known.set(name, [...(known.get(name) ?? []), value]);
  }
  const rows = linesOf(join(folder, "scores.jsonl")).length;
  const names = new Set([...questions.values()].flatMap((known) => [...known.keys()]));
  const meanOf = (values: readonly number[] = []) => values.reduce((sum, v) => sum + v, 0) / values.length;
  // Where no question has a second row that cannot be answered, all of them are judged right.
  if (rows === questions.size) names.delete("sufficiency");
  const columns = [...names].map((name) => {
    return [name, [...questions.values()].map((known) => meanOf(known.get(name)))] as const;
  });
  return { ids: [...questions.keys()], columns: Object.fromEntries(columns) };
}

function linesOf<T>(path: string): readonly T[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}

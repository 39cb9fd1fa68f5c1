import {
  type Counters,
  type Episode,
  Search,
  type SearchError,
  type SearchOptions,
} from "../../runtime/search/index.js";
import {
  type MusiqueRow,
  type MusiqueSimulator,
  type Prediction,
  pairFigures,
  predictionOf,
} from "../../runtime/simulator/index.js";
import type { Score } from "./scores.js";

/** Questions between two looks at the clock. */
const CHUNK = 50;
/** Rollouts advanced together. */
const LIVE = 64;

/** What an episode that broke has answered. */
const NOTHING = { answer: "", support: [] };

/** A question whose episode broke: on an effect that failed, or on a flow that fails on its values. */
export interface LostQuestion {
  /** Of its task. */
  readonly id: string;
  /** What broke, with task and place. */
  readonly problem: string;
}

/** How a flow answered questions, in their order. */
export interface PlayedQuestions {
  readonly predictions: readonly Prediction[];
  readonly scores: readonly Score[];
  readonly lost: readonly LostQuestion[];
  readonly counters: Readonly<Counters>;
}

/**
 * Plays a flow greedily on all questions. One whose episode breaks counts as one that got no answer, and the others
 * go on: to leave it out would make a flow better that breaks where it is hard, and no file of predictions may lack a line.
 *
 * @throws SearchError if every episode breaks
 */
export async function playQuestions(
  playing: Pick<SearchOptions, "flow" | "policy" | "simulator">,
  musique: MusiqueSimulator,
  told: {
    readonly onPlayed: (count: number, meanReward: number) => void;
    readonly onEpisode?: (episode: Episode) => void;
  },
): Promise<PlayedQuestions> {
  const broken = new Map<string, SearchError>();
  const onLost = ({ task, error }: { task: string; error: SearchError }) => void broken.set(task, error);
  const search = new Search({ ...playing, seed: 0, live: LIVE, onLost });
  const rows: MusiqueRow[] = [];
  const predictions: Prediction[] = [];
  const scores: Score[] = [];
  let reward = 0;
  for (let from = 0; from < musique.tasks.length; from += CHUNK) {
    const tasks = musique.tasks.slice(from, from + CHUNK);
    const played = await search.play(tasks.map((task) => ({ task, epoch: 0 })));
    for (const { episode } of played) told.onEpisode?.(episode);
    const byTask = new Map(played.map((each) => [each.episode.task.id, each]));
    for (const task of tasks) {
      const row = musique.row(task)!;
      const { episode, judgement } = byTask.get(task.id) ?? {};
      const result = episode?.result ?? NOTHING;
      const { reward: own, metrics } = judgement ?? musique.judge(task, NOTHING);
      rows.push(row);
      predictions.push(predictionOf(row, result));
      scores.push({ id: task.id, ...metrics });
      reward += own;
    }
    told.onPlayed(predictions.length, reward / predictions.length);
  }
  const [first] = broken.values();
  if (first !== undefined && broken.size === musique.tasks.length) throw first;
  const pairs = pairFigures(predictions, rows);
  return {
    predictions,
    scores: scores.map((score, i) => ({ ...score, ...pairs.get(i) })),
    lost: musique.tasks.flatMap(({ id }) => {
      const error = broken.get(id);
      return error === undefined ? [] : [{ id, problem: error.message }];
    }),
    counters: search.counters,
  };
}

import type { Json } from "../../runtime/machine/index.js";
import {
  type Counters,
  type JudgedEpisode,
  type Sampling,
  Search,
  type SearchError,
  type SearchOptions,
} from "../../runtime/search/index.js";
import {
  type MusiqueSimulator,
  type Prediction,
  pairFigures,
  predictionOf,
} from "../../runtime/simulator/index.js";
import type { Answered } from "./answered.js";
import { type Changed, type PostProcessing, PostProcessor } from "./post-processing.js";
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
  readonly changed: Changed;
  readonly counters: Readonly<Counters>;
}

/** How outputs are drawn, if they are not to be greedy. */
export interface Drawing {
  readonly seed?: number;
  readonly sampling?: Sampling;
}

/**
 * Plays a flow on all questions, greedily unless they are drawn. One whose episode breaks counts as one that got no answer, and
 * the others go on: to leave it out would make a flow better that breaks where it is hard, and no file of predictions may lack a line.
 *
 * @throws SearchError if every episode breaks
 */
export async function playQuestions(
  playing: Pick<SearchOptions, "flow" | "policy" | "simulator">,
  musique: MusiqueSimulator,
  told: {
    readonly onPlayed: (count: number, meanReward: number) => void;
    readonly onEpisode?: (judged: JudgedEpisode) => void;
  },
  { seed = 0, sampling, ...processing }: Drawing & PostProcessing = {},
): Promise<PlayedQuestions> {
  const broken = new Map<string, SearchError>();
  let isPlaying = false;
  const onLost = ({ task, error }: { task: string; error: SearchError }) => {
    // What breaks later is no episode, but something that would have been made of one.
    if (isPlaying) broken.set(task, error);
  };
  const search = new Search({ ...playing, seed, live: LIVE, onLost });
  const processor = new PostProcessor(search, playing.flow, processing);
  const results = new Map<string, Json>();
  const drawn = sampling === undefined ? {} : { sampling };
  let reward = 0;
  for (let from = 0; from < musique.tasks.length; from += CHUNK) {
    const tasks = musique.tasks.slice(from, from + CHUNK);
    isPlaying = true;
    const played = await search.play(tasks.map((task) => ({ task, epoch: 0, ...drawn })));
    isPlaying = false;
    for (const judged of played) told.onEpisode?.(judged);
    const byTask = new Map(played.map((each) => [each.episode.task.id, each]));
    const answered = tasks.map((task): Answered => {
      const { episode, judgement } = byTask.get(task.id) ?? {};
      const result = episode?.result ?? NOTHING;
      reward += (judgement ?? musique.judge(task, NOTHING)).reward;
      return { task, row: musique.row(task)!, ...(episode === undefined ? {} : { episode }), result };
    });
    for (const { task, result } of await processor.process(answered)) results.set(task.id, result);
    told.onPlayed(from + tasks.length, reward / (from + tasks.length));
  }
  const [first] = broken.values();
  if (first !== undefined && broken.size === musique.tasks.length) throw first;
  const rows = musique.tasks.map((task) => musique.row(task)!);
  const predictions = rows.map((row, i) => predictionOf(row, results.get(musique.tasks[i]!.id)!));
  const pairs = pairFigures(predictions, rows);
  return {
    predictions,
    scores: musique.tasks.map((task, i) => {
      return { id: task.id, ...musique.judge(task, results.get(task.id)!).metrics, ...pairs.get(i) };
    }),
    lost: musique.tasks.flatMap(({ id }) => {
      const error = broken.get(id);
      return error === undefined ? [] : [{ id, problem: error.message }];
    }),
    changed: processor.changed,
    counters: search.counters,
  };
}

import { isChoice, type JudgedEpisode, shown } from "../search/index.js";
import type { PlayedEpisode } from "./events.js";

/** What is told of a judged episode. @param from number of the first one that was played with it */
export function played({ play, episode, judgement }: JudgedEpisode, from: number): PlayedEpisode {
  const { epoch, task, steps, result } = episode;
  const choices = steps.filter(isChoice);
  return {
    episode: from + play,
    epoch,
    task: task.id,
    steps: choices.length,
    reward: judgement.reward,
    metrics: judgement.metrics,
    asked: textsOf(task.input),
    said: choices.map(({ point, agent, reply }) => [point, agent, shown(reply)] as const),
    result,
  };
}

/** The texts that stand in an input by themselves: documents and lists are too long to be told of every episode. */
function textsOf(input: unknown): Readonly<Record<string, string>> {
  if (typeof input !== "object" || input === null) return {};
  const texts = Object.entries(input).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return Object.fromEntries(texts);
}

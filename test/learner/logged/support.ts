import {
  LoggedEpisodes,
  parseSettings,
  type Settings,
  type TabularPolicy,
} from "../../../runtime/learner/index.js";
import { type EpisodeLog, logOf, parseLog, replay } from "../../../runtime/search/index.js";
import type { World } from "../../fixtures/machines/flows.js";
import { searchOf } from "../../search/support.js";

export function settingsOf(text: string): Settings {
  const parsed = parseSettings(text);
  if (!parsed.ok) throw new Error(parsed.problems[0]!.message);
  return parsed.settings;
}

/** Logs of episodes that a policy has drawn, each with its reward: all tasks in turn, so many times. */
export async function drawnLogs(
  world: World,
  policy: TabularPolicy,
  times: number,
  seed = 1,
): Promise<readonly EpisodeLog[]> {
  const { flow, simulator } = world;
  const plays = Array.from({ length: times }, (_, sample) =>
    simulator.tasks.map((task) => ({ task, epoch: 0, sampling: { temperature: 1, topP: 1, sample } })),
  ).flat();
  const played = await searchOf(world, policy, { seed }).play(plays);
  return played.map(({ episode, judgement: { reward } }) =>
    logOf(flow, episode, { reward, stratum: episode.task.id }),
  );
}

/** What is learned from logs, as they come back from a file. */
export async function taken(
  { flow }: World,
  policy: TabularPolicy,
  logs: readonly EpisodeLog[],
  needsProbabilities = true,
): Promise<LoggedEpisodes> {
  const logged = new LoggedEpisodes({ flow, policy, needsProbabilities });
  for (const [i, log] of logs.entries()) {
    const parsed = parseLog(JSON.stringify(log));
    if ("problem" in parsed) throw new Error(parsed.problem);
    const replayed = await replay(flow, parsed.log);
    if ("disagreement" in replayed) throw new Error(replayed.disagreement.problem);
    const problem = logged.add(i + 1, parsed.log, replayed.episode);
    if (problem !== undefined) throw new Error(problem.problem);
  }
  return logged;
}

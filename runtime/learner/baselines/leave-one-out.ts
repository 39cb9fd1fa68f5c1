import { choiceAt, type Deviation, type JudgedEpisode, type Search } from "../../search/index.js";
import type { Algorithm, Signal } from "../algorithm.js";
import type { LeaveOneOutSettings } from "../algorithm-settings.js";
import { otherwise } from "../scored.js";
import type { Settings } from "../settings.js";
import { type Credit, policyGradient, samplingOf } from "./credit.js";

/**
 * C3 (arXiv 2603.06859): at each choice point of an episode, with all that led there as it was, several outputs are drawn,
 * and the episode goes on from each. An output's advantage is its reward less the mean of its siblings'. Nothing before
 * the choice point is played again, and siblings share all later random numbers.
 */
export class LeaveOneOut implements Algorithm {
  readonly #settings: Settings;
  readonly #own: LeaveOneOutSettings;
  readonly #agents: ReadonlySet<string>;

  constructor(settings: Settings, own: LeaveOneOutSettings, agents: readonly string[]) {
    this.#settings = settings;
    this.#own = own;
    this.#agents = new Set(agents);
  }

  async signal(greedy: readonly JudgedEpisode[], search: Search): Promise<Signal> {
    const { group, rollouts, kl } = this.#own;
    const isDrawn = rollouts === "drawn";
    const sampling = samplingOf(this.#settings, 0);
    const episodes = isDrawn
      ? await search.play(greedy.map(({ episode: { task, epoch } }) => ({ task, epoch, sampling })))
      : greedy;
    const { temperature, topK, topP } = sampling;
    const siblings = await search.siblings(
      episodes.map(({ episode }) => episode),
      {
        // What a drawn episode has decided itself is a draw like the others.
        count: isDrawn ? group - 1 : group,
        ...{ temperature, topP, ...(topK === undefined ? {} : { topK }) },
        agents: this.#agents,
        share: this.#settings.alternatives.share,
      },
    );
    const rewards = new Map(episodes.map(({ episode, judgement }) => [episode, judgement.reward]));
    const credits = pointsOf(siblings).flatMap((draws) => {
      const { episode, step, probability } = draws[0]!;
      const at = choiceAt(episode, step);
      const own = isDrawn ? [{ step: at, reward: rewards.get(episode)! }] : [];
      const others = draws.map(({ alternative, judgement }) => ({
        step: otherwise(at, alternative),
        reward: judgement.reward,
      }));
      const members = [...own, ...others];
      const share = 1 / (members.length * episodes.length * probability);
      return againstOthers(members.map(({ reward }) => reward)).map(
        (advantage, i): Credit => ({ episode, step: members[i]!.step, advantage, share, probability }),
      );
    });
    return policyGradient(
      credits,
      kl ? this.#settings.beta : 0,
      siblings.length + (isDrawn ? episodes.length : 0),
    );
  }

  state(): undefined {
    return undefined;
  }

  restore(): void {}
}

/** Draws by the choice point that they are of, in order. */
function pointsOf(siblings: readonly Deviation[]): readonly (readonly Deviation[])[] {
  const points: Deviation[][] = [];
  for (const sibling of siblings) {
    const last = points.at(-1);
    if (last !== undefined && last[0]!.episode === sibling.episode && last[0]!.step === sibling.step)
      last.push(sibling);
    else points.push([sibling]);
  }
  return points;
}

/** Each reward less the mean of the others; of one alone nothing is known. */
function againstOthers(rewards: readonly number[]): readonly number[] {
  if (rewards.length < 2) return [];
  const total = rewards.reduce((sum, reward) => sum + reward, 0);
  // Equal ones differ by nothing, and not by what rounding leaves.
  if (rewards.every((reward) => reward === rewards[0])) return rewards.map(() => 0);
  return rewards.map((reward) => reward - (total - reward) / (rewards.length - 1));
}

import {
  defaultSettings,
  type Settings,
  type TabularPolicy,
  type TrainEvent,
  type TrainOptions,
  train,
} from "../../runtime/learner/index.js";
import { router } from "../fixtures/machines/flows.js";

/** All that a training tells. */
export async function told(options: TrainOptions): Promise<readonly TrainEvent[]> {
  const events: TrainEvent[] = [];
  await train({ clock: () => 0, ...options, onEvent: (event) => events.push(event) });
  return events;
}

export const of = <T extends TrainEvent["type"]>(type: T, all: readonly TrainEvent[]) =>
  all.filter((event): event is Extract<TrainEvent, { type: T }> => event.type === type);

/** A training of three rounds, in which every agent has something to learn. */
export const world = router();
export const settings: Settings = {
  ...defaultSettings(),
  episodes: 12,
  episodes_per_round: 4,
  alternatives: { generate: 2, choose: "all", pick: "all", draws: 4, share: 1 },
};

/** What it tells with this policy, or that of another world. */
export const events = (policy: TabularPolicy, change: Partial<Settings> = {}, { flow, simulator } = world) =>
  told({ flow, simulator, policy, settings: { ...settings, ...change } });

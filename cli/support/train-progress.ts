import { type Settings, type TrainEvent, tokensOf } from "../../runtime/learner/index.js";
import { type Progress, startProgress } from "../progress.js";
import { alarmText } from "./alarm-text.js";
import { jsonText, tell } from "./terminal.js";

/** Shows a training's events: a progress line for people, or every event as JSON for programs. */
export function showTraining(
  { json, out }: { readonly json?: boolean; readonly out: string },
  settings: Pick<Settings, "algorithm" | "optimizer">,
): {
  event(event: TrainEvent): void;
  end(): void;
} {
  let progress: Progress | undefined;
  let recent: readonly number[] = [];
  // Of all algorithms deviations alone compare outputs two by two.
  const terms = (settings.algorithm?.kind ?? "deviations") === "deviations" ? "pairs" : "outputs";
  let learned = 0;
  /** Of tokens, where it is they that end the run. */
  let limit: number | undefined;
  let spent = 0;
  let done = 0;
  let since = "";
  let hasLost = false;
  const alarms = new Map<string, number>();
  return {
    event(event) {
      if (json === true) process.stdout.write(`${jsonText(event)}\n`);
      if (event.type === "begin") {
        limit = event.tokens?.limit;
        spent = event.tokens?.spent ?? 0;
        done = limit === undefined ? event.episode : spent;
        since = event.round > 0 ? " since it was taken up again" : "";
        progress =
          limit === undefined
            ? startProgress("train", event.episodes, "episodes", process.stderr, done)
            : startProgress("train", limit, "tokens", process.stderr, done);
      } else if (event.type === "round") {
        recent = [...recent, event.reward].slice(-10);
        const mean = recent.reduce((sum, reward) => sum + reward, 0) / recent.length;
        learned += event.pairs;
        const earned = Number.isFinite(mean) ? `reward ${mean.toFixed(3)}` : "reward unknown";
        const whose = event.monitoring === true ? " (monitoring)" : event.logged === true ? " (logged)" : "";
        const shown = `${earned}${whose}`;
        spent += tokensOf(event.totals);
        done = limit === undefined ? event.episodes : spent;
        progress?.update(done, `${shown}, ${learned} ${terms}${since}`);
      } else if (event.type === "evaluating") {
        progress?.update(done, `playing held-out tasks, ${event.done} of ${event.tasks}`);
      } else if (event.type === "evaluation") {
        const { rounds, reward, error, tasks, best } = event;
        const figure = `${reward.toFixed(3)} ± ${error.toFixed(3)} on ${tasks} held-out tasks`;
        tell(`\nflowc: after round ${rounds}: reward ${figure}${best ? ", the best so far" : ""}`);
      } else if (event.type === "lost" && !hasLost) {
        hasLost = true;
        tell(`\nflowc: an episode is lost, the others go on: ${event.problem}`);
      } else if (event.type === "alarm") {
        const key = `${event.agent} ${event.alarm.kind}`;
        const times = (alarms.get(key) ?? 0) + 1;
        alarms.set(key, times);
        // At every step it would hide all else; the events have each of them.
        const isTold = Number.isInteger(Math.log2(times));
        if (isTold)
          tell(`\nflowc: ${alarmText(event, settings, out)}${times > 1 ? ` (${times} times so far)` : ""}`);
      }
    },
    end() {
      progress?.finish();
      progress = undefined;
    },
  };
}

import { join } from "node:path";
import type { Settings, TrainEvent } from "../../runtime/learner/index.js";

type AlarmEvent = Extract<TrainEvent, { type: "alarm" }>;

/** What makes steps smaller, by the kind of optimizer. */
const SMALLER: Readonly<Record<Settings["optimizer"]["kind"], string>> = {
  cocob: "a larger optimizer.alpha moves less",
  adamw: "a smaller optimizer.lr moves less",
  prodigy: "a smaller optimizer.d_coef moves less",
};

/** An alarm in words: which agent, what has happened, and what may be done about it. @param out folder of the run */
export function alarmText(
  { agent, round, alarm }: AlarmEvent,
  { optimizer }: Pick<Settings, "optimizer">,
  out: string,
): string {
  return `${agent}, round ${round}: ${textOf(alarm, SMALLER[optimizer.kind], out)}`;
}

function textOf(alarm: AlarmEvent["alarm"], smaller: string, out: string): string {
  switch (alarm.kind) {
    case "no-gradient":
      return `no gradient in ${alarm.updates} updates running; nothing is learned from this agent's pairs`;
    case "large-move":
      return `one step moved a parameter by ${figure(alarm.move)}, more than alarms.largest_move (${alarm.limit}); ${smaller}`;
    case "wealth":
      return `betting has won ${figure(alarm.wealth)} times its stake on a parameter, more than alarms.wealth (${alarm.limit}): its gradients stay on one side, and its steps grow ever faster`;
    case "not-finite": {
      const kept = alarm.batch === undefined ? "" : `; ${join(out, alarm.batch)} has the batch`;
      return alarm.undone
        ? `the loss is not finite after its last step, which is taken back${kept}; ${smaller}`
        : `the loss is ${alarm.loss} with a gradient of norm ${alarm.gradient}, so the step is skipped${kept}`;
    }
  }
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}

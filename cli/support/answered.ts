import type { Json } from "../../runtime/machine/index.js";
import type { Episode, Task } from "../../runtime/search/index.js";
import type { MusiqueRow } from "../../runtime/simulator/index.js";

/** A question that was played. */
export interface Answered {
  readonly task: Task;
  readonly row: MusiqueRow;
  /** Absent if the episode broke. */
  readonly episode?: Episode;
  /** What counts as the flow's result: the episode's, or what was made of it. */
  readonly result: Json;
}

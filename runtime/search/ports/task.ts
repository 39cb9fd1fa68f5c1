import type { Json } from "../../machine/index.js";

/** One problem to solve: the flow's input, and a name that keys its random numbers. */
export interface Task {
  readonly id: string;
  readonly input: Json;
}

import type { Json } from "../../machine/index.js";

/** One problem to solve: the flow's input, and a name that keys its random numbers. */
export interface Task {
  readonly id: string;
  readonly input: Json;
}

export interface Judgement {
  /** What training maximises; finite. */
  readonly reward: number;
  /** Named figures for reports, e.g. `answer_f1`. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Gives tasks and judges what a flow made of them. Pure: the same task and result, the same judgement. */
export interface Simulator {
  readonly tasks: readonly Task[];
  judge(task: Task, result: Json): Judgement;
}

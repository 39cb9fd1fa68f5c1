import { type Checkpoint, type Plain, RecordError } from "../record/index.js";
import type { Alarms } from "./alarms.js";
import type { Algorithm } from "./algorithm.js";
import type { EvaluationState, Evaluations } from "./evaluation.js";
import type { Gate, GateState } from "./gate.js";
import type { Optimizer } from "./optimizer/index.js";
import type { Totals } from "./totals.js";
import type { Arrays, Trainable, Values } from "./trainable.js";

/** The parts of a training that change from round to round. */
export interface Learning {
  readonly trainable: Trainable;
  readonly optimizers: ReadonlyMap<string, Optimizer>;
  readonly gate: Gate | undefined;
  readonly algorithm: Algorithm;
  readonly alarms: Alarms;
  /** Undefined without held-out tasks. */
  readonly evaluations: Evaluations | undefined;
  /** Summed over the rounds; written to by `restore`. */
  readonly totals: Totals;
}

/** What a checkpoint holds beside the arrays. */
interface Meta {
  readonly episodes: number;
  readonly totals: Totals;
  readonly gate: GateState | null;
  readonly evaluations: EvaluationState | null;
  /** Absent where the algorithm remembers nothing. */
  readonly algorithm?: Plain;
  readonly alarms: ReturnType<Alarms["state"]>;
  /** Agents whose reference is not the policy without any training. */
  readonly moved: readonly string[];
}

const PARTS = ["parameters", "reference", "optimizer"] as const;
type Part = (typeof PARTS)[number];

/** Everything that the next round depends on, after `round` rounds and `episodes` episodes. */
export function capture(learning: Learning, round: number, episodes: number): Checkpoint {
  const arrays = new Map<string, Values>();
  const moved: string[] = [];
  for (const agent of learning.trainable.agents) {
    const { parameters, reference } = learning.trainable.snapshot(agent);
    if (reference !== undefined) moved.push(agent);
    const parts = {
      parameters,
      reference: reference ?? new Map(),
      optimizer: learning.optimizers.get(agent)!.state(),
    };
    for (const part of PARTS) {
      for (const [name, values] of parts[part]) arrays.set(JSON.stringify([part, agent, name]), values);
    }
  }
  const algorithm = learning.algorithm.state();
  const meta: Meta = {
    episodes,
    totals: { ...learning.totals },
    gate: learning.gate?.state() ?? null,
    evaluations: learning.evaluations?.state() ?? null,
    ...(algorithm === undefined ? {} : { algorithm }),
    alarms: learning.alarms.state(),
    moved,
  };
  return { round, arrays, meta: meta as unknown as Plain };
}

/**
 * Takes a checkpoint over.
 *
 * @returns episodes played up to then
 * @throws RecordError `foreign` if it holds other agents or other shapes than this training
 */
export async function restore(learning: Learning, checkpoint: Checkpoint, path: string): Promise<number> {
  const foreign = (why: string) => new RecordError("foreign", path, `the checkpoint does not fit: ${why}`);
  const meta = checkpoint.meta as unknown as Meta;
  const parts = byAgent(checkpoint.arrays);
  for (const agent of parts.keys()) {
    if (!learning.trainable.agents.includes(agent)) throw foreign(`the flow has no agent ${agent}`);
  }
  for (const agent of learning.trainable.agents) {
    const of = (part: Part): Arrays => parts.get(agent)?.get(part) ?? new Map<string, Values>();
    const reference = meta.moved.includes(agent) ? of("reference") : undefined;
    const wrong =
      (await learning.trainable.restore(agent, { parameters: of("parameters"), reference })) ??
      learning.optimizers.get(agent)!.restore(of("optimizer"));
    if (wrong !== undefined) throw foreign(`agent ${agent}: ${wrong}`);
  }
  if (meta.gate !== null) learning.gate?.restore(meta.gate);
  if (meta.evaluations !== null) learning.evaluations?.restore(meta.evaluations);
  if (meta.algorithm !== undefined) learning.algorithm.restore(meta.algorithm);
  learning.alarms.restore(meta.alarms);
  Object.assign(learning.totals, meta.totals);
  return meta.episodes;
}

function byAgent(arrays: Arrays): Map<string, Map<Part, Map<string, Values>>> {
  const agents = new Map<string, Map<Part, Map<string, Values>>>();
  for (const [key, values] of arrays) {
    const [part, agent, name] = JSON.parse(key) as [Part, string, string];
    const parts = agents.get(agent) ?? new Map<Part, Map<string, Values>>();
    agents.set(agent, parts);
    const named = parts.get(part) ?? new Map<string, Values>();
    parts.set(part, named.set(name, values));
  }
  return agents;
}

import type { Json } from "./json.js";
import type { EffectClass, Pending, Reply } from "./request.js";

/** Where an agent is called in the source: the static half of a choice point's id. */
export interface Site {
  /** `flow/agent#ordinal` */
  readonly id: string;
  readonly agent: string;
  readonly kind: "generate" | "choose" | "pick";
  /** The file in which the call stands if that is an imported one: its path from the folder of the .flow file. */
  readonly file?: string;
  /** 1-based position of the call in that file. */
  readonly line: number;
  readonly column: number;
}

/** What the runtime must know of an agent beforehand: adapters are made per agent. */
export interface Agent {
  readonly name: string;
  /** False for a judge: it has no adapter, and its answers are no choice points. */
  readonly trained?: boolean;
  readonly output:
    | { readonly kind: "text"; readonly maxTokens: number }
    | { readonly kind: "record"; readonly schema: Json; readonly maxTokens: number }
    | { readonly kind: "labels"; readonly labels: readonly string[] };
}

/** Something that a flow has done by the simulator. */
export interface Effect {
  readonly name: string;
  readonly class: EffectClass;
  /** The module that does it, as the flow names it. */
  readonly from: string;
  /** JSON Schema of the record of its inputs, and of its result. */
  readonly input: Json;
  readonly output: Json;
  /** Its calls. They are no choice points, so they are not among the module's `sites`. */
  readonly sites: readonly Omit<Site, "agent" | "kind">[];
}

/** Whether an agent learns, which all do but judges. */
export function isTrained({ trained }: Agent): boolean {
  return trained !== false;
}

/**
 * A compiled flow: a pure machine over immutable JSON states, and the tables that describe it.
 *
 * `State` is opaque to the runtime, but always a plain JSON value: equal JSON means equal future.
 */
export interface FlowModule<Input = Json, State = Json, Output = Json> {
  /** Version of this contract; a runtime refuses what it does not know. */
  readonly format: 1;
  /** Version of the compiler that wrote the module. */
  readonly compiler: string;
  /** SHA-256 of the .flow file and of all that it imports, tests left out, lower-case hex. */
  readonly source: string;
  /** Name of the flow. */
  readonly flow: string;
  /** JSON Schema of the input and of the output. */
  readonly input: Json;
  readonly output: Json;
  readonly agents: readonly Agent[];
  readonly sites: readonly Site[];
  /** Effects that the flow can reach; absent if there are none. */
  readonly effects?: readonly Effect[];
  /** The first state in which something is asked, or the end. */
  start(input: Input): State;
  /** Open requests in source order; empty exactly when the flow is done. */
  pending(state: State): readonly Pending[];
  /**
   * The state after one reply; replies of one state commute.
   * @throws RangeError if nothing with that id is pending or the reply's kind does not fit (a caller's bug).
   */
  advance(state: State, id: string, reply: Reply): State;
  /** The flow's result if the state is final, else undefined. */
  result(state: State): Output | undefined;
}

import type { Reply, Request } from "../machine/index.js";
import type { Policy } from "../search/index.js";

/** Numbers that an optimizer moves: float32 for adapters, float64 for tables. */
export type Values = Float32Array | Float64Array;

/** Numbers by name; the names are the trainable's own. */
export type Arrays = ReadonlyMap<string, Values>;

/** One output of one agent, with all that is needed to score it: its l is what the losses are made of. */
export type Scored =
  /** l = summed log-probability of the token ids, end token included if it came; per token their mean. */
  | {
      readonly kind: "text";
      readonly request: Request;
      readonly ids: readonly number[];
      readonly perToken?: boolean;
    }
  /** l = log-probability of the whole label, end token included. */
  | { readonly kind: "label"; readonly request: Request; readonly label: string }
  /** l = log-odds of the label that the pick's request asks for. */
  | { readonly kind: "candidate"; readonly request: Request }
  /** l = log-probability of one of several that exclude one another: its own l, less the log of their summed exp(l). */
  | { readonly kind: "choice"; readonly options: readonly Scored[]; readonly index: number };

/** What one term of a loss is a function of: the margin l(chosen) - l(rejected), or l(chosen) alone. */
export interface Term {
  readonly chosen: Scored;
  readonly rejected?: Scored;
}

/** An agent's numbers: what is trained, and the reference it is compared with. */
export interface AgentState {
  readonly parameters: Arrays;
  /** Undefined while the reference is the policy without any training. */
  readonly reference: Arrays | undefined;
}

export interface Gradient {
  /** l(chosen) - l(rejected) of every term, in nats. */
  readonly margins: Float64Array;
  /** Same names and lengths as the parameters; a name may be left out where its gradient is zero. */
  readonly gradient: Arrays;
}

/** A policy whose agents can be trained one by one, each with numbers of its own. */
export interface Trainable extends Policy {
  readonly agents: readonly string[];

  /** Token ids of a text as an agent's output, end token included: what training on a given text scores. */
  encode(request: Request, text: string): readonly number[];

  /** What token ids say as an agent's text or record; undefined if they are none of this policy's. */
  decode(request: Request, ids: readonly number[]): Reply | undefined;

  /** The agent's live numbers: the optimizer writes into them and calls `changed`. */
  parameters(agent: string): Arrays;

  /** The agent's numbers were written to: its version changes, and answers follow the new ones. */
  changed(agent: string): Promise<void>;

  /** Margins of terms under the trained numbers or under the reference; no gradient. */
  margins(agent: string, terms: readonly Term[], under: "trained" | "reference"): Promise<Float64Array>;

  /**
   * Margins under the trained numbers, and the gradient of a loss that is a sum over terms.
   *
   * @param slope derivative of the loss with respect to the margin of term `index`, given that margin. It is asked
   *   once per term; a term's slope may depend on its own margin alone, so terms can be worked off in parts.
   */
  gradient(
    agent: string,
    terms: readonly Term[],
    slope: (index: number, margin: number) => number,
  ): Promise<Gradient>;

  /** Names the reference's contents; kept reference margins are valid under one version. */
  referenceVersion(agent: string): string;

  /**
   * Moves the reference towards the trained numbers: (1 - mix) reference + mix trained.
   *
   * @returns the relative error of the move (0 where it is exact)
   */
  moveReference(agent: string, mix: number): Promise<number>;

  /**
   * Tokens that went through the model since this was last asked, in answers, margins and gradients alike: a function of
   * what was asked for, whatever a cache made of it. A token that a gradient is taken through counts once.
   */
  takeTokens(): number;

  /** A copy of the agent's numbers, to be kept. */
  snapshot(agent: string): AgentState;

  /** Takes kept numbers over. @returns what does not fit, or undefined if everything did */
  restore(agent: string, state: AgentState): Promise<string | undefined>;
}

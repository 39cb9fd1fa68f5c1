import type { Json } from "./json.js";

/**
 * What a machine asks of an agent, and what it is answered.
 *
 * A *choice point* is one place in an episode where an agent's output decides what happens next. It is one
 * request for `generate` and `choose`; a `pick` asks one `score` request per candidate, all of one choice point.
 */

/** The form of the output that a request asks for. */
export type Ask =
  /** Free text of at most `maxTokens` tokens. */
  | { readonly kind: "generate"; readonly maxTokens: number }
  /** A record that fits a JSON Schema, written in at most `maxTokens` tokens. */
  | { readonly kind: "record"; readonly schema: Json; readonly maxTokens: number }
  /** One of the labels, in the order in which the flow declares them (two or more, distinct). */
  | { readonly kind: "choose"; readonly labels: readonly string[] }
  /** The log-odds of `label` among `labels`, for one candidate of a pick. */
  | {
      readonly kind: "score";
      readonly labels: readonly string[];
      readonly label: string;
      /** Index of the candidate in the picked list, before filtering; ascending over a pick's requests. */
      readonly candidate: number;
    };

/** What an agent could be asked, rendered, and what it should answer. */
export interface Example {
  readonly user: string;
  /** A text, a label, or a record as JSON. */
  readonly answer: string;
}

/** One call of one agent: plain JSON, complete in itself, so that it can be answered anywhere and kept. */
export interface Request {
  /** Unique within a state: the choice point's id, and `?<candidate>` after it for a pick's candidates. */
  readonly id: string;
  /** The choice point's id: `site@path`, the path being loop passes and list indices, e.g. `main/query#0@2`. */
  readonly point: string;
  /** The static site: `flow/agent#ordinal` among that agent's calls in the flow, e.g. `main/query#0`. */
  readonly site: string;
  readonly agent: string;
  /** The rendered system message; empty if the agent has none. */
  readonly system: string;
  /** Earlier turns that show how it is done; absent if the agent has none. */
  readonly examples?: readonly Example[];
  /** The rendered user message. */
  readonly user: string;
  readonly ask: Ask;
}

/**
 * What doing an effect means.
 *
 * - `pure`: the result depends on the inputs, the task and keyed noise alone, and the simulator's state stays as it was
 * - `idempotent`: doing it again at once with the same inputs changes nothing more
 * - `effectful`: everything else
 */
export type EffectClass = "pure" | "idempotent" | "effectful";

/** A call of an effect: asked of the simulator, never of an agent. Plain JSON, complete in itself. */
export interface EffectRequest {
  /** Unique within a state. */
  readonly id: string;
  /** The same: an effect has one request, and is no choice point. */
  readonly point: string;
  /** The static site: `flow/effect#ordinal`. */
  readonly site: string;
  readonly effect: string;
  readonly class: EffectClass;
  readonly inputs: { readonly [name: string]: Json };
}

/** What a machine asks: of an agent, or of the simulator. */
export type Pending = Request | EffectRequest;

/** The answer to one request, or (`pick`) the decision of a whole pick, addressed to the choice point's id. */
export type Reply =
  | { readonly kind: "text"; readonly text: string }
  /** Fits the schema that was asked for. */
  | { readonly kind: "record"; readonly value: Json }
  | { readonly kind: "label"; readonly label: string }
  /** log p(label) - log of the summed probability of the other labels. */
  | { readonly kind: "score"; readonly logOdds: number }
  /** What an effect gave; fits its output schema. */
  | { readonly kind: "effect"; readonly value: Json }
  /** Decides a pick at once, whatever its scores are: this is how a search forks there. */
  | { readonly kind: "pick"; readonly candidate: number };

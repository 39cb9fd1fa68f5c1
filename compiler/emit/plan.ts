import type { Span } from "../../grammar/index.js";
import type { AgentSymbol, EffectSymbol, FlowSymbol, Program, TypeSymbol } from "../check/symbols.js";
import type { Ask, Graph, Local, Parallel, Perform } from "../lower/ir.js";
import type { Liveness } from "../lower/liveness.js";
import type { Functions } from "./functions.js";
import type { Imports } from "./imports.js";
import type { TypeNames } from "./types.js";
import { ValuePrinter, type WriteLocal } from "./values.js";
import type { Words } from "./words.js";

/** One static call of an agent. */
export interface PlannedSite {
  readonly id: string;
  readonly agent: string;
  readonly kind: "generate" | "choose" | "pick";
  /** Of an imported file, from the folder of the .flow file. */
  readonly file?: string;
  readonly line: number;
  readonly column: number;
}

/** A state in which the machine waits. */
export type PlannedState = AskingState | PerformingState | ParallelState;

export interface StateBase {
  /** Tells the state from the others of its union. */
  readonly at: string;
  /** Name of its interface. */
  readonly type: string;
  readonly fields: readonly Local[];
}

export interface AskingState extends StateBase {
  readonly kind: "asking";
  readonly ask: Ask & { readonly span: Span };
  /** Its choice point's id as an expression over the `state`. */
  readonly point: string;
}

/** Waits for what the simulator does. */
export interface PerformingState extends StateBase {
  readonly kind: "performing";
  readonly perform: Perform & { readonly span: Span };
  /** The id of the request as an expression over the `state`. */
  readonly point: string;
}

/** Waits for the passes of a `parallel`. */
export interface ParallelState extends StateBase {
  readonly kind: "parallel";
  readonly wait: Parallel & { readonly span: Span };
  readonly lane: Part;
}

/** What all parts of a module share. */
export interface Shared {
  readonly program: Program;
  readonly flow: FlowSymbol;
  readonly imports: Imports;
  /** The declared types and what each is called. */
  readonly declared: ReadonlyMap<TypeSymbol, string>;
  readonly typeNames: TypeNames;
  readonly askNames: ReadonlyMap<AgentSymbol, string>;
  /** Functions that render the user prompts of agents with examples. */
  readonly userNames: ReadonlyMap<AgentSymbol, string>;
  /** Constants that hold the schemas of agents that give records. */
  readonly schemaNames: ReadonlyMap<AgentSymbol, string>;
  /** Constants that hold the schemas of what effects give. */
  readonly resultNames: ReadonlyMap<EffectSymbol, string>;
  readonly nameOf: WriteLocal;
}

/** A machine of the module: the flow's own, or that of one pass of a `parallel`. */
export interface Part extends Shared {
  readonly graph: Graph;
  readonly liveness: Liveness;
  readonly functions: Functions;
  /** In the order of the text. */
  readonly states: readonly PlannedState[];
  readonly words: Words;
  readonly isMain: boolean;
  /** What it ends with, as TypeScript. */
  readonly output: string;
  /** Whether it changes the simulator's state, so that beside others it must wait for its turn. */
  readonly performs: boolean;
  /** The parts for whose passes this one waits. */
  readonly lanes: ReadonlyMap<Parallel, Part>;
}

/** Everything that is decided before anything is printed. */
export interface Plan extends Shared {
  readonly main: Part;
  /** The flow's own first, each other after the one that waits for it. */
  readonly parts: readonly Part[];
  readonly sites: readonly PlannedSite[];
  /** Agents that the flow can reach, in the order of their declaration. */
  readonly agents: readonly AgentSymbol[];
  /** Effects that it can reach, in the same order, with the places of their calls. */
  readonly effects: readonly PlannedEffect[];
}

export interface PlannedEffect {
  readonly effect: EffectSymbol;
  readonly sites: readonly Omit<PlannedSite, "agent" | "kind">[];
}

/** Prints values over the fields of a state; what a value binds itself is no field. */
export function stateValues({ nameOf, imports }: Part, { fields }: PlannedState): ValuePrinter {
  const held = new Set(fields);
  return new ValuePrinter((local) => (held.has(local) ? `state.${nameOf(local)}` : nameOf(local)), imports);
}

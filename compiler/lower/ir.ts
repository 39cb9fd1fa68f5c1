import type {
  BoundedLoop,
  Comprehension as ComprehensionNode,
  ListLoop,
  Parallel as ParallelNode,
  Span,
} from "../../grammar/index.js";
import type { AgentSymbol, EffectSymbol, ExternSymbol } from "../check/symbols.js";
import type { Type } from "../types/type.js";

/**
 * A flow as a graph of basic blocks: straight-line assignments, then one way out. Blocks are split where an agent is
 * asked, since there the machine stops and its state is what is still needed.
 */

/** A slot that holds a value: one per variable of the source, loop counter and temporary. */
export interface Local {
  /** What to call it where possible; not unique. */
  readonly hint: string;
  readonly type: Type;
  /** Never changes while it can be seen, so it needs no copy. */
  readonly fixed: boolean;
}

/** What is gone through pass by pass. */
export type LoopNode = BoundedLoop | ListLoop | ComprehensionNode | ParallelNode;

/** A loop's number of the pass, from 1, or the index of its element, from 0. */
export interface Counter extends Local {
  readonly of: LoopNode;
}

export function isCounter(local: Local): local is Counter {
  return "of" in local;
}

/** A place in the source for messages at run time: `line:column`, and before it the path of an imported file. */
export type Place = string;

/** An expression without agent calls: evaluating it has no effect, but indexing, arithmetic and the like may fail. */
export type Value =
  | { readonly kind: "constant"; readonly value: string | number | boolean | null }
  | { readonly kind: "local"; readonly local: Local }
  | { readonly kind: "field"; readonly object: Value; readonly name: string }
  | { readonly kind: "index"; readonly list: Value; readonly index: Value; readonly place: Place }
  /** An element whose index is known to be in range. */
  | { readonly kind: "element"; readonly list: Value; readonly index: Value }
  | { readonly kind: "length"; readonly list: Value }
  | { readonly kind: "not"; readonly operand: Value }
  /** Whether a value is `none`. */
  | { readonly kind: "absent"; readonly operand: Value; readonly negated: boolean }
  /** An optional value that is known not to be `none`. */
  | { readonly kind: "present"; readonly operand: Value }
  | { readonly kind: "coalesce"; readonly left: Value; readonly right: Value }
  /** A function of `flowc/machine`, told its place if it may fail. */
  | {
      readonly kind: "function";
      readonly name: string;
      readonly args: readonly Value[];
      readonly place: Place | undefined;
    }
  /** A call of a module's function, whose result is held against its type. */
  | {
      readonly kind: "extern";
      readonly extern: ExternSymbol;
      readonly args: readonly Value[];
      readonly place: Place;
    }
  | {
      readonly kind: "arithmetic";
      readonly operator: "+" | "-" | "*";
      readonly left: Value;
      readonly right: Value;
      readonly whole: boolean;
      readonly place: Place;
    }
  /** A loop counter's next value. */
  | { readonly kind: "next"; readonly counter: Local }
  | {
      readonly kind: "compare";
      readonly operator: "<" | "<=" | ">" | ">=";
      readonly left: Value;
      readonly right: Value;
      /** What is compared. */
      readonly what: "number" | "text";
    }
  | { readonly kind: "same"; readonly left: Value; readonly right: Value; readonly negated: boolean }
  | { readonly kind: "contains"; readonly list: Value; readonly item: Value; readonly negated: boolean }
  | { readonly kind: "logic"; readonly operator: "and" | "or"; readonly left: Value; readonly right: Value }
  | {
      readonly kind: "concatenate";
      readonly what: "text" | "list";
      readonly left: Value;
      readonly right: Value;
      readonly place: Place;
    }
  | { readonly kind: "list"; readonly items: readonly Value[] }
  | { readonly kind: "record"; readonly fields: readonly { readonly name: string; readonly value: Value }[] }
  | Comprehension
  /** The indices of those elements for which a condition holds. */
  | {
      readonly kind: "candidates";
      readonly element: Local;
      readonly list: Value;
      readonly condition: Value | undefined;
    };

export interface Comprehension {
  readonly kind: "comprehension";
  readonly element: Local;
  readonly list: Value;
  readonly condition: Value | undefined;
  readonly body: Value;
}

export interface Assign {
  readonly target: Local;
  readonly value: Value;
  readonly span: Span;
}

/** A part of a choice point's path: a loop's counter, or a sub-flow call `name#ordinal`. */
export type PathPart = Counter | string;

interface WaitBase {
  /** Names the state in which the machine waits: `agent#ordinal`, sub-flow calls before it. */
  readonly at: string;
  /** The static site: `flow/agent#ordinal`. */
  readonly site: string;
  readonly args: readonly Value[];
  readonly path: readonly PathPart[];
  /** Takes the answer: a text, a label, the picked element, or what an effect gives. */
  readonly result: Local;
  readonly next: Block;
}

interface AskBase extends WaitBase {
  readonly agent: AgentSymbol;
}

/** One request. */
export interface AskOne extends AskBase {
  readonly kind: "ask";
}

/** One request per candidate; there is at least one. */
export interface AskPick extends AskBase {
  readonly kind: "pick";
  readonly label: string;
  readonly list: Local;
  /** Indices into `list`. */
  readonly candidates: Local;
  /** What the candidate is called in `args`. */
  readonly element: Local;
}

export type Ask = AskOne | AskPick;

/** One request to the simulator. */
export interface Perform extends WaitBase {
  readonly kind: "effect";
  readonly effect: EffectSymbol;
}

/** Waits for a machine per element of a list, all at once, and goes on with the list of their results. */
export interface Parallel {
  readonly kind: "parallel";
  /** Names the state in which the machine waits. */
  readonly at: string;
  /** What leads to the `parallel`; the index of a pass comes after it. */
  readonly path: readonly PathPart[];
  readonly list: Local;
  /** What the passes call their element and its index. */
  readonly element: Local;
  readonly index: Counter;
  /** One pass; its results are the elements of `result`. */
  readonly lane: Graph;
  /** What a pass needs of what stands around it. */
  readonly captured: readonly Local[];
  readonly result: Local;
  readonly next: Block;
}

/** A way out at which the machine may stop and wait for replies. */
export type Wait = Ask | Perform | Parallel;

export function isWait(exit: Exit | undefined): exit is Wait & { readonly span: Span } {
  return exit?.kind === "parallel" || isCall(exit);
}

/** Whether the way out is a request, or one per candidate. */
export function isCall(exit: Exit | undefined): exit is (Ask | Perform) & { readonly span: Span } {
  return exit?.kind === "ask" || exit?.kind === "pick" || exit?.kind === "effect";
}

export type Exit = { readonly span: Span } & (
  | { readonly kind: "goto"; readonly target: Block }
  | { readonly kind: "if"; readonly condition: Value; readonly whenTrue: Block; readonly whenFalse: Block }
  | Wait
  | { readonly kind: "return"; readonly value: Value }
);

export interface Block {
  /** What its function would be called. */
  readonly hint: string;
  readonly assigns: Assign[];
  exit: Exit | undefined;
}

export interface Graph {
  readonly parameters: readonly Local[];
  readonly entry: Block;
  /** All that can be reached, each after one that leads to it. */
  readonly blocks: readonly Block[];
}

export function successors(block: Block): readonly Block[] {
  const { exit } = block;
  switch (exit?.kind) {
    case "goto":
      return [exit.target];
    case "if":
      return [exit.whenTrue, exit.whenFalse];
    case "ask":
    case "pick":
    case "effect":
    case "parallel":
      return [exit.next];
    case "return":
      return [];
    case undefined:
      throw new Error(`the block ${block.hint} has no way out`);
  }
}

/** The blocks that can be reached from one, in depth-first order. */
export function reachable(entry: Block): Block[] {
  const seen = new Set<Block>();
  const stack = [entry];
  while (stack.length > 0) {
    const block = stack.pop()!;
    if (seen.has(block)) continue;
    seen.add(block);
    stack.push(...[...successors(block)].reverse());
  }
  return [...seen];
}

import type { Block as BlockNode, Call, Expression, Span } from "../../grammar/index.js";
import type { Program, Variable } from "../check/symbols.js";
import { int, type Type } from "../types/type.js";
import type { Block, Counter, Exit, Local, LoopNode, PathPart, Place, Value } from "./ir.js";
import { local, truth } from "./values.js";

/** Where `break` and `continue` lead. */
export interface LoopTargets {
  readonly exit: Block;
  readonly next: Block;
}

/** One body that is being lowered: the flow's own, or a sub-flow's that is written out at its call. */
export interface Frame {
  readonly flow: string;
  /** Before the names of states: the sub-flow calls that lead here, each with `/` after it. */
  readonly prefix: string;
  readonly locals: Map<Variable, Local>;
  path: readonly PathPart[];
  loops: readonly LoopTargets[];
  /** Where a sub-flow's `return` leads; nothing in the flow itself. */
  readonly returns: { readonly result: Local; readonly to: Block } | undefined;
}

/** The two recursions of lowering, handed in so that calls can lower what stands inside them. */
export interface Lowerings {
  readonly expression: (b: Builder, node: Expression, into?: Local) => Value;
  readonly block: (b: Builder, node: BlockNode) => void;
}

/** Builds the graph block by block; `current` is where code goes. */
export class Builder {
  current: Block;
  frame: Frame;
  /** How often something is asked in the graph so far. */
  asks = 0;
  #loops = 0;

  constructor(
    readonly program: Program,
    readonly lowerings: Lowerings,
    /** Ordinals of calls among the calls of one callee in one flow. */
    readonly ordinals: ReadonlyMap<Call, number>,
    entry: Block,
    frame: Frame,
  ) {
    this.current = entry;
    this.frame = frame;
  }

  /** @param into takes the answer if the expression is a call */
  lower(node: Expression, into?: Local): Value {
    return this.lowerings.expression(this, node, into);
  }

  /** Numbers loops, for the names of their blocks and counters. */
  nextLoop(): number {
    return ++this.#loops;
  }

  assign(target: Local, value: Value, span: Span): void {
    this.current.assigns.push({ target, value, span });
  }

  /** Ends the current block. Code that comes before `enter` can never be reached. */
  exit(exit: Exit): void {
    this.current.exit = decided(exit);
    this.current = newBlock("unreachable");
  }

  goto(target: Block, span: Span): void {
    this.exit({ kind: "goto", target, span });
  }

  enter(block: Block): void {
    this.current = block;
  }

  /** Keeps a value under a name, so that it is computed here and once. */
  spill(value: Value, hint: string, type: Type, span: Span): Local {
    const target = newLocal(hint, type);
    this.assign(target, value, span);
    return target;
  }

  /** The local that a value is, if it keeps it, or a copy. */
  held(value: Value, hint: string, type: Type, span: Span): Local {
    return value.kind === "local" && value.local.fixed ? value.local : this.spill(value, hint, type, span);
  }

  place(span: Span): Place {
    const source = this.program.sources.at(span.start);
    const { line, column } = source.positionAt(span.start);
    return source.path === "" ? `${line}:${column}` : `${source.path}:${line}:${column}`;
  }

  typeOf(node: Parameters<Program["facts"]["types"]["get"]>[0]): Type {
    const type = this.program.facts.types.get(node);
    if (type === undefined) throw new Error(`a ${node.kind} has no type`);
    return type;
  }

  /** The slot of a variable in the body that is being lowered. */
  localOf(variable: Variable): Local {
    const known = this.frame.locals.get(variable);
    if (known !== undefined) return known;
    const made = newLocal(variable.name, variable.type, variable.role !== "var");
    this.frame.locals.set(variable, made);
    return made;
  }

  read(variable: Variable): Value {
    return local(this.localOf(variable));
  }
}

/** Where the text decides a condition there is one way: code for the other would be reported as unreachable. */
function decided(exit: Exit): Exit {
  if (exit.kind !== "if") return exit;
  const holds = truth(exit.condition);
  if (holds === undefined) return exit;
  return { kind: "goto", target: holds ? exit.whenTrue : exit.whenFalse, span: exit.span };
}

export function newBlock(hint: string): Block {
  return { hint, assigns: [], exit: undefined };
}

export function newLocal(hint: string, type: Type, fixed = true): Local {
  return { hint, type, fixed };
}

export function newCounter(hint: string, of: LoopNode): Counter {
  return { ...newLocal(hint, int), of };
}

import type { Block, Expression, Identifier, Sources, Span } from "../../grammar/index.js";
import type { Report } from "../diagnostics/diagnostic.js";
import type { Type } from "../types/type.js";
import { addName, type DeclaredSymbol, type Names } from "./names.js";
import type { Facts, TestSymbol, Variable } from "./symbols.js";

/** What all checks of one file share. The names are those that can be seen in the file: its own, and the imported. */
export interface Context extends Names {
  readonly sources: Sources;
  readonly report: Report;
  /** Takes what only follows from another mistake, as far as can be told: it is said if nothing else is wrong. */
  readonly followUp: Report;
  /** What the file declares itself. */
  readonly declared: Names;
  /** What it imports, by name. */
  readonly imports: Map<string, Imported>;
  /** The tests of the file. */
  readonly tests: TestSymbol[];
  /** What is known of the nodes of all files. */
  readonly facts: Facts;
  /** Names of types, and of what is called, that are used somewhere; filled in while checking. */
  readonly usedTypes: Set<string>;
  readonly usedCalls: Set<string>;
  /** Names of declarations that could not be read, here or in an imported file: their absence is not reported again. */
  readonly lostNames: Set<string>;
  /** What is declared twice, types as `type NAME`: which declaration a use means is not known. */
  readonly ambiguous: Set<string>;
  /** How many declarations have no name that could be read. */
  readonly nameless: { types: number; calls: number };
  /**
   * The type of an expression, kept in the facts. It stands here so that the checks of one kind of expression can
   * call upon those of all others.
   * @param expected what is wanted: it gives names of labels and empty lists their meaning, and is not enforced
   */
  typeOf(scope: Scope, expression: Expression, expected?: Type): Type;
  /**
   * Checks a block in a scope of its own; here for the same reason.
   * @returns whether its end can be reached
   */
  checkBlock(scope: Scope, block: Block): Reach;
}

/** Whether the end of something can be reached; perhaps, if that depends on what is wrong. */
export type Reach = "yes" | "perhaps" | "no";

/** A name in an import, and what the other file declares under it. */
export interface Imported {
  readonly name: Identifier;
  readonly symbols: readonly DeclaredSymbol[];
}

/** Makes a declaration's name known. */
export function define(context: Context, symbol: DeclaredSymbol): void {
  addName(context, symbol);
  addName(context.declared, symbol);
}

/**
 * What takes the absence of a name: it only follows if a declaration that could not be read may have it. One without a
 * name counts as that of the first such name.
 */
export function tellAbsence(context: Context, name: string, kind: "types" | "calls"): Report {
  const { lostNames, nameless } = context;
  if (!lostNames.has(name) && nameless[kind] > 0) {
    nameless[kind]--;
    lostNames.add(name);
  }
  return lostNames.has(name) ? context.followUp : context.report;
}

/** Told of every expression before it is checked: where it stands and what is wanted there. */
export type Watch = (scope: Scope, expression: Expression, expected: Type | undefined) => void;

export interface EnclosingLoop {
  /** Whether a `break` leaves it; filled in while checking. */
  broken: boolean;
}

/** The block of a `parallel`. */
export interface Lane {
  /** What the list's elements are wanted to be, if anything is. */
  readonly wanted: Type | undefined;
  /** The type of what is yielded so far; filled in while checking. */
  element: Type | undefined;
}

/** Where an expression or a statement stands. */
export interface Scope {
  readonly parent: Scope | undefined;
  readonly names: Map<string, Variable>;
  /** What is known not to be `none` from here on; see presence.ts. */
  readonly present: Set<string>;
  /** The place where no agent may be called, as a phrase, or nothing where one may. */
  readonly silent: string | undefined;
  /** The innermost loop around it. */
  readonly loop: EnclosingLoop | undefined;
  /** The innermost `parallel` around it; loops outside of that are not seen from inside. */
  readonly lane: Lane | undefined;
  /** What `return` gives; nothing in a template. */
  readonly output: Type | undefined;
}

export function rootScope(output: Type | undefined, silent?: string): Scope {
  return {
    parent: undefined,
    names: new Map(),
    present: new Set(),
    silent,
    loop: undefined,
    lane: undefined,
    output,
  };
}

export function childScope(
  parent: Scope,
  change: Partial<Pick<Scope, "silent" | "loop" | "lane">> = {},
): Scope {
  return { ...parent, ...change, parent, names: new Map(), present: new Set() };
}

export function lookup(scope: Scope, name: string): Variable | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const found = at.names.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a visible variable is declared outside of the innermost `parallel`. */
export function isOutsideLane(scope: Scope, name: string): boolean {
  for (let at: Scope | undefined = scope; at?.lane === scope.lane; at = at?.parent) {
    if (at?.names.has(name) === true) return false;
  }
  return scope.lane !== undefined;
}

/** All names that can be seen from a scope. */
export function visibleNames(scope: Scope): string[] {
  const names: string[] = [];
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent)
    for (const name of at.names.keys()) names.push(name);
  return names;
}

/** These would reach into objects where names become keys of the emitted program. */
const forbidden: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** Reports a name that must not be used; false if so. */
export function allowName(context: Context, { name, span }: Identifier): boolean {
  if (!forbidden.has(name)) return true;
  context.report("F106", span, { name, why: "it means something else in the emitted program" });
  return false;
}

/** Makes a variable visible in a scope. Names are not shadowed: one name means one thing wherever it can be seen. */
export function declare(
  context: Context,
  scope: Scope,
  name: Identifier,
  type: Type,
  role: Variable["role"],
): Variable {
  const earlier = lookup(scope, name.name);
  const variable: Variable = {
    name: name.name,
    type,
    role,
    span: name.span,
    shadows: earlier !== undefined,
    read: false,
    assigned: false,
  };
  context.facts.bindings.set(name, variable);
  if (name.name === "" || !allowName(context, name)) return variable;
  if (name.name === "none") {
    context.report("F106", name.span, { name: name.name, why: "it says that there is no value" });
    return variable;
  }
  if (earlier !== undefined) {
    context.report("F105", name.span, { name: name.name, line: lineOf(context, earlier.span) });
  }
  scope.names.set(name.name, variable);
  return variable;
}

export function lineOf(context: Context, span: Span): number {
  return context.sources.positionAt(span.start).line;
}

import {
  type Assign,
  type Block,
  type Exit,
  isCall,
  type Local,
  type Parallel,
  type Value,
} from "../lower/ir.js";
import type { Liveness } from "../lower/liveness.js";
import { mayFail, reads } from "../lower/values.js";
import type { Functions } from "./functions.js";
import type { Imports } from "./imports.js";
import type { Part } from "./plan.js";
import { mark, quote } from "./text.js";
import { printType, type TypeNames } from "./types.js";
import { ValuePrinter } from "./values.js";

/** What the printing of all blocks of a flow shares. */
export interface Printing {
  readonly functions: Functions;
  readonly liveness: Liveness;
  /** The machines of the passes of each `parallel`. */
  readonly lanes: ReadonlyMap<Parallel, Part>;
  readonly types: TypeNames;
  readonly imports: Imports;
  /** The variable, parameter and state field that a local becomes. */
  readonly nameOf: (local: Local) => string;
}

/**
 * Prints the code of a block, and of those that are only reached from it, as the body of a function.
 * @param known the function's parameters
 */
export function printBody(printing: Printing, block: Block, known: readonly Local[]): string {
  return new BodyPrinter(printing).block(block, new Set(known), "").join("\n");
}

class BodyPrinter {
  readonly #values: ValuePrinter;

  constructor(private readonly printing: Printing) {
    this.#values = new ValuePrinter(printing.nameOf, printing.imports);
  }

  /** Lines of a block; a line break may be followed by an indent only. */
  block(block: Block, declared: ReadonlySet<Local>, indent: string): string[] {
    const { kept, inlined } = this.#trailing(block);
    const visible = new Set(declared);
    const lines = kept.map(({ target, value, span }, index) => {
      const line = `${indent}${mark(span)}${this.#head(block, index, target, visible)} = ${this.#values.print(value)};`;
      visible.add(target);
      return line;
    });
    return [...lines, ...this.#exit(block, visible, inlined, indent)];
  }

  /** What stands before `=`: a declaration where the local is new. */
  #head(block: Block, index: number, target: Local, visible: ReadonlySet<Local>): string {
    const name = this.printing.nameOf(target);
    if (visible.has(target)) return name;
    const word = this.#assignedLater(block, index + 1, target) ? "let" : "const";
    return `${word} ${name}: ${printType(target.type, this.printing.types)}`;
  }

  #assignedLater(block: Block, from: number, target: Local): boolean {
    if (
      this.#trailing(block)
        .kept.slice(from)
        .some((each) => each.target === target)
    )
      return true;
    return this.#writtenHere(block).some((next) => this.#assignedLater(next, 0, target));
  }

  /** The successors whose code stands inside this block's function. */
  #writtenHere({ exit }: Block): Block[] {
    const next =
      exit?.kind === "goto" ? [exit.target] : exit?.kind === "if" ? [exit.whenTrue, exit.whenFalse] : [];
    return next.filter((each) => this.printing.functions.nameOf(each) === undefined);
  }

  #exit(
    block: Block,
    visible: ReadonlySet<Local>,
    inlined: ReadonlyMap<Local, Value>,
    indent: string,
  ): string[] {
    const exit = block.exit!;
    const at = `${indent}${mark(exit.span)}`;
    switch (exit.kind) {
      case "goto":
        return this.#goto(block, exit.target, exit, visible, inlined, indent);
      case "if": {
        const inner = `${indent}  `;
        const then = this.#goto(block, exit.whenTrue, exit, visible, inlined, inner);
        const otherwise = this.#goto(block, exit.whenFalse, exit, visible, inlined, indent);
        return [`${at}if (${this.#values.print(exit.condition)}) {`, ...then, `${indent}}`, ...otherwise];
      }
      case "ask":
      case "pick":
      case "effect":
        return [`${at}return ${this.#state(quote(exit.at), this.#waiting(block, inlined))};`];
      case "parallel": {
        const fields = [...this.#waiting(block, inlined), ["lanes", this.#lanes(exit)] as [string, string]];
        const { join } = this.printing.lanes.get(exit)!.words;
        return [`${at}return ${join}(${this.#state(quote(exit.at), fields)});`];
      }
      case "return":
        return [`${at}return { at: "done", result: ${this.#values.print(exit.value)} };`];
    }
  }

  /** Calls the target's function, jumps to it, or writes its code here. */
  #goto(
    from: Block,
    target: Block,
    exit: Exit,
    visible: ReadonlySet<Local>,
    inlined: ReadonlyMap<Local, Value>,
    indent: string,
  ): string[] {
    const { functions, liveness } = this.printing;
    const name = functions.nameOf(target);
    if (name === undefined) return this.block(target, visible, indent);
    const needed = liveness.atEntry(target);
    const at = `${indent}${mark(exit.span)}`;
    if (functions.jumps(from, target)) {
      const fields = needed.map((each) => this.#field(each, inlined));
      return [`${at}return ${this.#state(quote(name), fields)};`];
    }
    const args = needed.map((each) => this.#field(each, inlined)[1]);
    return [`${at}return ${name}(${args.join(", ")});`];
  }

  /** The first states of the passes. */
  #lanes(exit: Parallel): string {
    const { nameOf, lanes } = this.printing;
    const { graph, liveness, words } = lanes.get(exit)!;
    const needed = liveness.atEntry(graph.entry);
    const given = needed.includes(exit.index)
      ? [needed.includes(exit.element) ? nameOf(exit.element) : "_", nameOf(exit.index)]
      : needed.includes(exit.element)
        ? [nameOf(exit.element)]
        : [];
    const args = needed.map(nameOf).join(", ");
    return `${nameOf(exit.list)}.map((${given.join(", ")}) => ${words.start}(${args}))`;
  }

  #waiting(block: Block, inlined: ReadonlyMap<Local, Value>): [string, string][] {
    const fields = this.printing.liveness.whileWaiting(block).map((each) => this.#field(each, inlined));
    const { exit } = block;
    if (exit?.kind === "pick") {
      fields.push(["scores", `${this.printing.nameOf(exit.candidates)}.map(() => null)`]);
    }
    return fields;
  }

  #field(local: Local, inlined: ReadonlyMap<Local, Value>): [string, string] {
    const value = inlined.get(local);
    const name = this.printing.nameOf(local);
    return [name, value === undefined ? name : this.#values.print(value)];
  }

  #state(at: string, fields: readonly (readonly [string, string])[]): string {
    return this.#values.record([["at", at], ...fields]);
  }

  /**
   * Splits a block's assignments into those that are written and those at its end whose values are handed on
   * directly (`return loop1(known, pass1 + 1)`): nothing after them reads them, and they cannot fail.
   */
  #trailing({ assigns, exit }: Block): { kept: readonly Assign[]; inlined: ReadonlyMap<Local, Value> } {
    const inlined = new Map<Local, Value>();
    const handsOn =
      isCall(exit) || (exit?.kind === "goto" && this.printing.functions.nameOf(exit.target) !== undefined);
    let kept = assigns.length;
    while (handsOn && kept > 0) {
      const { target, value } = assigns[kept - 1]!;
      const isRead = [...inlined.values()].some((later) => reads(later).has(target));
      const isUsedTwice = exit.kind === "pick" && target === exit.candidates;
      if (mayFail(value) || isRead || inlined.has(target) || isUsedTwice) break;
      inlined.set(target, value);
      kept--;
    }
    return { kept: assigns.slice(0, kept), inlined };
  }
}

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
  return new BodyPrinter(printing, block).block(block, new Set(known), "").join("\n");
}

class BodyPrinter {
  readonly #values: ValuePrinter;
  /** Locals that the function's code assigns in several places. */
  readonly #reassigned = new Set<Local>();

  constructor(
    private readonly printing: Printing,
    block: Block,
  ) {
    this.#values = new ValuePrinter(printing.nameOf, printing.imports);
    const assigned = new Set<Local>();
    for (const { assigns } of this.#within(block)) {
      for (const { target } of assigns) (assigned.has(target) ? this.#reassigned : assigned).add(target);
    }
  }

  /**
   * Lines of a block and of what is written behind it; a line break may be followed by an indent only.
   * @param visible what is declared before; afterwards it is as it was
   */
  block(block: Block, visible: Set<Local>, indent: string): string[] {
    const declared: Local[] = [];
    const lines: string[] = [];
    const { narrowing } = this.#values;
    for (let at: Block | undefined = block; at !== undefined; ) {
      const { kept, inlined } = this.#trailing(at);
      kept.forEach(({ target, value, span }, index) => {
        const head = this.#head(at!, index, target, visible);
        lines.push(`${indent}${mark(span)}${head} = ${this.#values.print(value)};`);
        if (!visible.has(target)) declared.push(target);
        visible.add(target);
        this.#values.narrowing = this.#values.narrowing.assigned(target, value);
      });
      const { more, next } = this.#exit(at, visible, inlined, indent);
      lines.push(...more);
      at = next;
    }
    for (const each of declared) visible.delete(each);
    this.#values.narrowing = narrowing;
    return lines;
  }

  /** What stands before `=`: a declaration where the local is new. */
  #head(block: Block, index: number, target: Local, visible: ReadonlySet<Local>): string {
    const name = this.printing.nameOf(target);
    if (visible.has(target)) return name;
    const word = this.#assignedLater(block, index + 1, target) ? "let" : "const";
    return `${word} ${name}: ${printType(target.type, this.printing.types)}`;
  }

  #assignedLater(block: Block, from: number, target: Local): boolean {
    if (!this.#reassigned.has(target)) return false;
    for (const each of this.#within(block)) {
      const { kept } = this.#trailing(each);
      if (kept.slice(each === block ? from : 0).some((later) => later.target === target)) return true;
    }
    return false;
  }

  /** A block and those behind it whose code stands in the same function. */
  *#within(block: Block): Iterable<Block> {
    const open = [block];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      yield at;
      open.push(...this.#writtenHere(at));
    }
  }

  /** The successors whose code stands inside this block's function. */
  #writtenHere({ exit }: Block): Block[] {
    const next =
      exit?.kind === "goto" ? [exit.target] : exit?.kind === "if" ? [exit.whenTrue, exit.whenFalse] : [];
    return next.filter((each) => this.printing.functions.nameOf(each) === undefined);
  }

  /** The lines of a block's way out, and the block whose code is written behind them. */
  #exit(
    block: Block,
    visible: Set<Local>,
    inlined: ReadonlyMap<Local, Value>,
    indent: string,
  ): { readonly more: readonly string[]; readonly next?: Block } {
    const exit = block.exit!;
    const at = `${indent}${mark(exit.span)}`;
    const leave = (target: Block, inner: string) => this.#leave(block, target, exit, inlined, inner);
    switch (exit.kind) {
      case "goto": {
        const line = leave(exit.target, indent);
        return line === undefined ? { more: [], next: exit.target } : { more: [line] };
      }
      case "if": {
        const inner = `${indent}  `;
        const values = this.#values;
        const condition = values.print(exit.condition);
        const then = values.where(values.narrowing.after(exit.condition, true), () => {
          const line = leave(exit.whenTrue, inner);
          return line === undefined ? this.block(exit.whenTrue, visible, inner) : [line];
        });
        const more = [`${at}if (${condition}) {`, ...then, `${indent}}`];
        values.narrowing = values.narrowing.after(exit.condition, false);
        const otherwise = leave(exit.whenFalse, indent);
        return otherwise === undefined ? { more, next: exit.whenFalse } : { more: [...more, otherwise] };
      }
      case "ask":
      case "pick":
      case "effect":
        return { more: [`${at}return ${this.#state(quote(exit.at), this.#waiting(block, inlined))};`] };
      case "parallel": {
        const fields = [...this.#waiting(block, inlined), ["lanes", this.#lanes(exit)] as [string, string]];
        const { join } = this.printing.lanes.get(exit)!.words;
        return { more: [`${at}return ${join}(${this.#state(quote(exit.at), fields)});`] };
      }
      case "return":
        return { more: [`${at}return { at: "done", result: ${this.#values.print(exit.value)} };`] };
    }
  }

  /** Calls the target's function, or jumps to it; nothing if its code is written here. */
  #leave(
    from: Block,
    target: Block,
    exit: Exit,
    inlined: ReadonlyMap<Local, Value>,
    indent: string,
  ): string | undefined {
    const { functions, liveness } = this.printing;
    const name = functions.nameOf(target);
    if (name === undefined) return undefined;
    const needed = liveness.atEntry(target);
    const at = `${indent}${mark(exit.span)}`;
    if (functions.jumps(from, target)) {
      const fields = needed.map((each) => this.#field(each, inlined));
      return `${at}return ${this.#state(quote(name), fields)};`;
    }
    const args = needed.map((each) => this.#field(each, inlined)[1]);
    return `${at}return ${name}(${args.join(", ")});`;
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

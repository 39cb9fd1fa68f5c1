import type { ExternSymbol } from "../check/symbols.js";

/** What a module's function is called in the emitted file, and how its results are held against their type. */
export interface ExternNames {
  readonly name: string;
  /** The constant that holds the schema of its result. */
  readonly schema: string;
  /** Its result's type as TypeScript. */
  readonly type: string;
}

/** What an emitted file takes from other modules; printing adds to it. */
export class Imports {
  /** Functions of `flowc/machine`. */
  readonly machine = new Set<string>();
  readonly #names: ReadonlyMap<ExternSymbol, ExternNames>;
  readonly #used = new Set<ExternSymbol>();

  /** @param names of all functions that the flow might call */
  constructor(names: ReadonlyMap<ExternSymbol, ExternNames>) {
    this.#names = names;
  }

  /** Notes that a function is called. */
  extern(symbol: ExternSymbol): ExternNames {
    this.#used.add(symbol);
    return this.#names.get(symbol)!;
  }

  /** The functions that are called, in the order of their declaration. */
  get externs(): readonly (readonly [ExternSymbol, ExternNames])[] {
    return [...this.#names].filter(([symbol]) => this.#used.has(symbol));
  }

  /** What no local may be called. */
  get taken(): readonly string[] {
    return [...this.#names.values()].flatMap(({ name, schema }) => [name, schema]);
  }
}

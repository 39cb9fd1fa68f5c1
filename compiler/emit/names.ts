/** Words that cannot be, or should not be, names of variables in strict TypeScript modules. */
const reserved = new Set(
  (
    "abstract any arguments as async await boolean break case catch class const continue debugger declare default " +
    "delete do else enum eval export extends false finally for from function get if implements import in Infinity " +
    "instanceof interface let module NaN never new null number object of package private protected public readonly " +
    "require return set static string super switch symbol this throw true try type typeof undefined unknown var void " +
    "while with yield globalThis Object Array String Number Boolean Symbol Promise Error RangeError JSON Math " +
    "exports __proto__ constructor prototype"
  ).split(" "),
);

const pattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Gives out names that are no reserved words and that nobody else has. */
export class Names {
  readonly #taken: Set<string>;
  /** The next number to try for a name that was taken before. */
  readonly #next = new Map<string, number>();

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  /** `wanted` if it is free, else `wanted` and the first number from 2 that makes it free. */
  take(wanted: string): string {
    if (!pattern.test(wanted)) throw new Error(`${JSON.stringify(wanted)} is no name`);
    let name = reserved.has(wanted) ? `${wanted}_` : wanted;
    let n = this.#next.get(wanted) ?? 2;
    while (this.#taken.has(name)) name = `${wanted}_${n++}`;
    this.#next.set(wanted, n);
    this.#taken.add(name);
    return name;
  }
}

/** `my_agent` as `MyAgent`; other characters than letters and digits part words. */
export function pascal(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");
}

/** A deterministic automaton over bytes. State 0 is where it begins. */
export interface ByteAutomaton {
  /** `next[256 * state + byte]`, -1 where the byte cannot stand. */
  readonly next: Int32Array;
  /** By state, whether the text may end there. */
  readonly accepts: readonly boolean[];
}

/** No form that a model could fill in comes near this. */
const LIMIT = 50_000;

/** Thrown while a form is built that has more states than the limit. */
export class FormTooLarge extends Error {
  constructor() {
    super(`a form of more than ${LIMIT} states`);
  }
}

interface Edge {
  readonly first: number;
  readonly last: number;
  readonly to: number;
}

/** Adds what may be written from a state on, and returns the state after it. */
export type Part = (builder: AutomatonBuilder, from: number) => number;

/** Builds an automaton of parts: alternatives may begin alike, and an end may be a beginning. */
export class AutomatonBuilder {
  readonly #edges: Edge[][] = [[]];
  readonly #free: number[][] = [[]];

  state(): number {
    if (this.#edges.length >= LIMIT) throw new FormTooLarge();
    this.#edges.push([]);
    return this.#free.push([]) - 1;
  }

  /** One byte of a range. */
  edge(from: number, first: number, last: number, to: number): void {
    this.#edges[from]!.push({ first, last, to });
  }

  /** A way that writes nothing. */
  free(from: number, to: number): void {
    this.#free[from]!.push(to);
  }

  /** The automaton that begins in state 0 and may end in one state. */
  finish(end: number): ByteAutomaton {
    const states = new Map<string, number>();
    const members: (readonly number[])[] = [];
    const known = (set: ReadonlySet<number>): number => {
      const sorted = [...set].sort((a, b) => a - b);
      const key = sorted.join();
      const id = states.get(key);
      if (id !== undefined) return id;
      if (members.length >= LIMIT) throw new FormTooLarge();
      states.set(key, members.length);
      return members.push(sorted) - 1;
    };
    known(this.#closure([0]));
    const rows: Int32Array[] = [];
    for (let state = 0; state < members.length; state++) {
      const row = new Int32Array(256).fill(-1);
      const edges = members[state]!.flatMap((member) => this.#edges[member]!);
      for (const [byte, targets] of byByte(edges)) row[byte] = known(this.#closure(targets));
      rows.push(row);
    }
    const next = new Int32Array(256 * rows.length);
    for (const [state, row] of rows.entries()) next.set(row, 256 * state);
    return { next, accepts: members.map((set) => set.includes(end)) };
  }

  #closure(from: readonly number[]): Set<number> {
    const found = new Set<number>();
    const open = [...from];
    while (open.length > 0) {
      const state = open.pop()!;
      if (found.has(state)) continue;
      found.add(state);
      open.push(...this.#free[state]!);
    }
    return found;
  }
}

function byByte(edges: readonly Edge[]): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const { first, last, to } of edges) {
    for (let byte = first; byte <= last; byte++) {
      const targets = found.get(byte);
      if (targets === undefined) found.set(byte, [to]);
      else targets.push(to);
    }
  }
  return found;
}

const utf8 = new TextEncoder();

/** Exactly this text. */
export function literal(text: string): Part {
  return sequence(...Array.from(utf8.encode(text), (byte) => range(byte, byte)));
}

/** One byte, from the first up to and with the last. */
export function range(first: number, last: number): Part {
  return (builder, from) => {
    const to = builder.state();
    builder.edge(from, first, last, to);
    return to;
  };
}

export function sequence(...parts: readonly Part[]): Part {
  return (builder, from) => parts.reduce((at, part) => part(builder, at), from);
}

export function either(...parts: readonly Part[]): Part {
  return (builder, from) => {
    const to = builder.state();
    for (const part of parts) {
      const own = builder.state();
      builder.free(from, own);
      builder.free(part(builder, own), to);
    }
    return to;
  };
}

export function optional(part: Part): Part {
  return either(part, (_, from) => from);
}

/** A part any number of times. */
export function repeated(part: Part): Part {
  return (builder, from) => {
    const at = builder.state();
    builder.free(from, at);
    builder.free(part(builder, at), at);
    return at;
  };
}

/** A part at most so many times. */
export function atMost(times: number, part: Part): Part {
  return (builder, from) => {
    const to = builder.state();
    let at = from;
    builder.free(at, to);
    for (let i = 0; i < times; i++) {
      at = part(builder, at);
      builder.free(at, to);
    }
    return to;
  };
}

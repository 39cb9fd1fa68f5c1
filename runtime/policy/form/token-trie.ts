import type { TokenBytes } from "../tokenizer/token-bytes.js";
import type { ByteAutomaton } from "./byte-automaton.js";

/** A token that may stand, and the automaton's state after it. */
export interface Way {
  readonly id: number;
  readonly to: number;
}

/** A vocabulary by its bytes, so that tokens which begin alike are walked through together. */
export class TokenTrie {
  /** By node: its first child, its next sibling, the byte that leads to it. 0, the root, is nobody's child. */
  readonly #child: number[] = [0];
  readonly #sibling: number[] = [0];
  readonly #byte: number[] = [0];
  /** Tokens that end in a node; two tokens may have the same bytes. */
  readonly #tokens: (number[] | undefined)[] = [undefined];

  constructor(vocabulary: TokenBytes) {
    for (const [id, bytes] of vocabulary) {
      let node = 0;
      for (const byte of bytes) node = this.#step(node, byte);
      const known = this.#tokens[node];
      if (known === undefined) this.#tokens[node] = [id];
      else known.push(id);
    }
  }

  /** The tokens that an automaton can take whole from a state on. */
  ways({ next }: ByteAutomaton, from: number): Way[] {
    const found: Way[] = [];
    const open: [node: number, state: number][] = [[0, from]];
    while (open.length > 0) {
      const [node, state] = open.pop()!;
      for (let child = this.#child[node]!; child !== 0; child = this.#sibling[child]!) {
        const to = next[256 * state + this.#byte[child]!]!;
        if (to === -1) continue;
        for (const id of this.#tokens[child] ?? []) found.push({ id, to });
        open.push([child, to]);
      }
    }
    return found;
  }

  #step(node: number, byte: number): number {
    for (let child = this.#child[node]!; child !== 0; child = this.#sibling[child]!) {
      if (this.#byte[child] === byte) return child;
    }
    const made = this.#byte.push(byte) - 1;
    this.#child.push(0);
    this.#sibling.push(this.#child[node]!);
    this.#tokens.push(undefined);
    this.#child[node] = made;
    return made;
  }
}

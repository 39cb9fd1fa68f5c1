import type { ByteAutomaton } from "./byte-automaton.js";
import type { TokenTrie } from "./token-trie.js";

/**
 * A form that outputs must have, token by token: which tokens may follow in each state, where they lead, and how many
 * it takes to the end. Plain data, so that it can be sent to other threads. State 0 is where an output begins.
 */
export interface TokenForm {
  /** Tokens that it takes to the end, the end token included, at least; `UNREACHABLE` if there is no way. */
  readonly distances: Int32Array;
  /** The tokens of state s stand from `offsets[s]` up to `offsets[s + 1]`. */
  readonly offsets: Int32Array;
  /** Ascending within a state. */
  readonly ids: Int32Array;
  /** The state after each token, `ENDED` after an end token. */
  readonly targets: Int32Array;
}

export const ENDED = -1;
export const UNREACHABLE = 1 << 30;

interface Ways {
  readonly ids: readonly number[];
  readonly targets: readonly number[];
}

/** The form as the tokens of a vocabulary can write it. */
export function tokenForm(form: ByteAutomaton, trie: TokenTrie, endTokens: readonly number[]): TokenForm {
  // States within a token need no place of their own: only those between tokens are kept.
  const states = new Map([[0, 0]]);
  const order = [0];
  const stateOf = (state: number): number => {
    const known = states.get(state);
    if (known !== undefined) return known;
    states.set(state, order.length);
    return order.push(state) - 1;
  };
  const ways: Ways[] = [];
  for (let state = 0; state < order.length; state++) {
    const edges = trie.ways(form, order[state]!).map(({ id, to }) => [id, stateOf(to)] as const);
    if (form.accepts[order[state]!]) edges.push(...endTokens.map((id) => [id, ENDED] as const));
    edges.sort(([a], [b]) => a - b);
    ways.push({ ids: edges.map(([id]) => id), targets: edges.map(([, to]) => to) });
  }
  const offsets = new Int32Array(ways.length + 1);
  for (const [state, { ids }] of ways.entries()) offsets[state + 1] = offsets[state]! + ids.length;
  return {
    distances: distances(ways),
    offsets,
    ids: Int32Array.from(ways.flatMap(({ ids }) => ids)),
    targets: Int32Array.from(ways.flatMap(({ targets }) => targets)),
  };
}

/** Breadth first, from the end backwards. */
function distances(ways: readonly Ways[]): Int32Array {
  const before = new Map<number, Set<number>>();
  for (const [state, { targets }] of ways.entries()) {
    for (const target of targets) {
      const sources = before.get(target);
      if (sources === undefined) before.set(target, new Set([state]));
      else sources.add(state);
    }
  }
  const found = new Int32Array(ways.length).fill(UNREACHABLE);
  let reached = [ENDED];
  for (let distance = 1; reached.length > 0; distance++) {
    const next: number[] = [];
    for (const state of reached.flatMap((target) => [...(before.get(target) ?? [])])) {
      if (found[state]! < UNREACHABLE) continue;
      found[state] = distance;
      next.push(state);
    }
    reached = next;
  }
  return found;
}

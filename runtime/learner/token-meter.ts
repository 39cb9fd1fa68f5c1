/**
 * Counts the tokens that go through a model, as they would with a cache that is empty at first and forgets nothing: what
 * prompts of one version of the adapters begin with in common counts once. So the count is a function of what was asked,
 * and neither of the order, nor of what a cache had room for, nor of where a run was resumed.
 */
export class TokenMeter {
  /** By the version of the adapter that read them. */
  #prompts = new Map<string, (readonly number[])[]>();
  #others = 0;

  /** A prompt whose beginning may be known. */
  prompt(version: string, ids: readonly number[]): void {
    const known = this.#prompts.get(version);
    if (known === undefined) this.#prompts.set(version, [ids]);
    else known.push(ids);
  }

  /** Tokens that are computed in any case: outputs, and all that a gradient is taken through. */
  add(tokens: number): void {
    this.#others += tokens;
  }

  /** The tokens since this was last called, or since the beginning. Starts anew. */
  take(): number {
    let tokens = this.#others;
    for (const prompts of this.#prompts.values()) tokens += distinctTokens(prompts);
    this.#prompts = new Map();
    this.#others = 0;
    return tokens;
  }
}

/** Nodes of the tree of all prefixes: in lexicographic order each list adds what it does not share with the one before. */
function distinctTokens(lists: readonly (readonly number[])[]): number {
  const sorted = [...new Set(lists)].sort(lexicographic);
  return sorted.reduce((sum, list, i) => sum + list.length - shared(sorted[i - 1] ?? [], list), 0);
}

function lexicographic(a: readonly number[], b: readonly number[]): number {
  const at = shared(a, b);
  return (a[at] ?? -1) - (b[at] ?? -1);
}

function shared(a: readonly number[], b: readonly number[]): number {
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i += 1) if (a[i] !== b[i]) return i;
  return end;
}

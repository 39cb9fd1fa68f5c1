import type { KeyValuePool } from "./pool.js";

/** One token of a kept prompt, in the place that the tokens before it lead to. */
interface Node {
  readonly parent: Node | undefined;
  readonly token: number;
  readonly depth: number;
  readonly slot: number;
  readonly children: Map<number, Node>;
  /** The wave that last used it. */
  wave: number;
}

/** A prompt's slots, position by position, and how many of its tokens need no prefill. */
export interface Prefix {
  readonly slots: readonly number[];
  readonly reused: number;
}

/**
 * Keys and values of prompts, shared by prefixes: a trie over token ids per adapter version, bounded by the pool's
 * budget. When slots run out, the tokens that were used longest ago go first, from the ends of prompts inwards.
 *
 * Work comes in waves: whatever a wave has asked for stays until the next wave begins.
 */
export class PrefixCache {
  private readonly roots = new Map<string, Map<number, Node>>();
  private wave = 0;
  private nodes = 0;

  constructor(private readonly pool: KeyValuePool) {}

  /** Tokens kept. */
  get size(): number {
    return this.nodes;
  }

  /** Begins the next wave: everything kept may be evicted from now on, until it is asked for again. */
  nextWave(): void {
    this.wave++;
  }

  /** How many slots a prompt would need beside those it shares with what is kept. */
  missing(version: string, ids: readonly number[]): number {
    let children = this.roots.get(version);
    let depth = 0;
    for (; depth < ids.length; depth++) {
      const node = children?.get(ids[depth]!);
      if (node === undefined) break;
      // Kept from now on: making room for the rest must not evict it.
      node.wave = this.wave;
      children = node.children;
    }
    return ids.length - depth;
  }

  /**
   * The slots of a prompt; tokens that are not kept yet get slots, which the caller must fill in this wave.
   * Make room first: the pool must have as many slots as are missing.
   */
  acquire(version: string, ids: readonly number[]): Prefix {
    const root = this.roots.get(version) ?? new Map<number, Node>();
    this.roots.set(version, root);
    let children = root;
    const slots: number[] = [];
    let parent: Node | undefined;
    let reused = 0;
    for (const [position, token] of ids.entries()) {
      let node: Node | undefined = children.get(token);
      if (node === undefined) {
        const slot = this.pool.take();
        node = { parent, token, depth: position, slot, children: new Map(), wave: this.wave };
        children.set(token, node);
        this.nodes++;
      } else {
        node.wave = this.wave;
        reused++;
      }
      slots.push(node.slot);
      parent = node;
      children = node.children;
    }
    return { slots, reused };
  }

  /** Frees slots of earlier waves until `wanted` are within the budget. @returns whether that many are */
  makeRoom(wanted: number): boolean {
    if (this.pool.spare >= wanted) return true;
    const evictable = [...this.all()].filter((node) => node.wave < this.wave);
    // A parent is used whenever its child is, so this order takes children first and leaves no orphan. Freeing a
    // quarter more than asked makes the sort rare.
    evictable.sort((a, b) => a.wave - b.wave || b.depth - a.depth);
    const target = Math.max(wanted, Math.min(this.pool.budget >> 2, this.pool.spare + evictable.length));
    for (const node of evictable) {
      if (this.pool.spare >= target) break;
      this.remove(node);
    }
    return this.pool.spare >= wanted;
  }

  /** Forgets an adapter version; its slots are free at once. */
  drop(version: string): void {
    const children = this.roots.get(version);
    if (children === undefined) return;
    this.roots.delete(version);
    for (const node of walk(children)) {
      this.pool.release(node.slot);
      this.nodes--;
    }
  }

  /** Forgets everything. */
  clear(): void {
    for (const version of [...this.roots.keys()]) this.drop(version);
  }

  private remove(node: Node): void {
    if (node.parent !== undefined) node.parent.children.delete(node.token);
    else for (const root of this.roots.values()) if (root.get(node.token) === node) root.delete(node.token);
    this.pool.release(node.slot);
    this.nodes--;
  }

  private *all(): Generator<Node> {
    for (const children of this.roots.values()) yield* walk(children);
  }
}

function* walk(children: ReadonlyMap<number, Node>): Generator<Node> {
  const stack = [...children.values()];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    yield node;
    stack.push(...node.children.values());
  }
}

import type { Condition, Edge, Vertex } from "./vertex.js";

/**
 * Leaves out every decision that a reader need not see as a node: one whose ways all lead to the same place, and one
 * that is reached in a single way, which becomes what its edges say. What is left decides where several ways meet, or
 * whether a pick has a candidate.
 */
export function simplified(all: readonly Vertex[]): Vertex[] {
  const before = sourcesOf(all);
  const left = new Set(all);
  for (let changed = true; changed; ) {
    changed = false;
    for (const vertex of left) {
      vertex.edges = merged(vertex.edges);
      const ways = vertex.is.kind === "fork" ? emptyPasses(vertex) : passable(vertex, before);
      if (ways === undefined) continue;
      redirect(before, vertex, ways);
      left.delete(vertex);
      changed = true;
    }
  }
  const reached = reachableFrom(all[0]!);
  return all.filter((vertex) => reached.has(vertex));
}

function reachableFrom(start: Vertex): ReadonlySet<Vertex> {
  const reached = new Set([start]);
  for (const vertex of reached) for (const { to } of vertex.edges) reached.add(to);
  return reached;
}

type SourcesOf = Map<Vertex, Set<Vertex>>;

function sourcesOf(all: readonly Vertex[]): SourcesOf {
  const found: SourcesOf = new Map(all.map((vertex) => [vertex, new Set()]));
  for (const vertex of all) for (const { to } of vertex.edges) found.get(to)!.add(vertex);
  return found;
}

/** Where a `parallel` goes on to whose passes ask nobody. */
function emptyPasses({ edges: [first, ...more] }: Vertex): readonly Edge[] | undefined {
  return first?.to.is.kind === "join" && more.length === 0 ? first.to.edges : undefined;
}

/** Where a decision that is not to be seen leads. */
function passable(vertex: Vertex, before: SourcesOf): readonly Edge[] | undefined {
  if (vertex.is.kind !== "decision") return undefined;
  // A loop that asks nobody ends, so that it is of no interest here.
  vertex.edges = merged(vertex.edges.filter(({ to }) => to !== vertex));
  const sources = [...before.get(vertex)!].filter((source) => source !== vertex);
  before.set(vertex, new Set(sources));
  if (vertex.edges.length === 1) return vertex.edges;
  if (vertex.is.subject.isDrawn) return undefined;
  const ways = sources.reduce((sum, { edges }) => sum + edges.filter(({ to }) => to === vertex).length, 0);
  return ways === 1 ? vertex.edges : undefined;
}

/** Leads what comes to a vertex on to where that leads. */
function redirect(before: SourcesOf, passed: Vertex, ways: readonly Edge[]): void {
  for (const source of before.get(passed)!) {
    const edges = source.edges.flatMap((edge) => {
      if (edge.to !== passed) return [edge];
      return ways.flatMap(({ to, conditions }) => {
        const both = joined(edge.conditions, conditions);
        return both === undefined ? [] : [{ to, conditions: both }];
      });
    });
    source.edges = merged(edges);
    for (const { to } of source.edges) before.get(to)!.add(source);
  }
  for (const { to } of passed.edges) before.get(to)!.delete(passed);
}

/** All of both, or nothing if they exclude each other. */
function joined(before: readonly Condition[], after: readonly Condition[]): readonly Condition[] | undefined {
  const all = new Map(before.map((condition) => [condition.subject.key, condition]));
  for (const condition of after) {
    const { subject, ways } = condition;
    const known = all.get(subject.key);
    const both = new Set([...ways].filter((way) => known === undefined || known.ways.has(way)));
    if (both.size === 0) return undefined;
    all.set(subject.key, { subject, ways: both });
  }
  return [...all.values()];
}

/** One edge for all if they have the same end, and for two of them where a single subject tells them apart. */
function merged(edges: readonly Edge[]): readonly Edge[] {
  const [first] = edges;
  if (first !== undefined && edges.every(({ to }) => to === first.to))
    return [{ to: first.to, conditions: [] }];
  const kept = [...edges];
  for (let i = 0; i < kept.length; i++) {
    for (let j = i + 1; j < kept.length; j++) {
      if (kept[i]!.to !== kept[j]!.to) continue;
      const either = united(kept[i]!.conditions, kept[j]!.conditions);
      if (either === undefined) continue;
      kept[i] = { to: kept[i]!.to, conditions: either };
      kept.splice(j, 1);
      j = i;
    }
  }
  return kept;
}

function united(a: readonly Condition[], b: readonly Condition[]): readonly Condition[] | undefined {
  if (a.length !== b.length) return undefined;
  const other = new Map(b.map((condition) => [condition.subject.key, condition.ways]));
  if (a.some(({ subject }) => !other.has(subject.key))) return undefined;
  const different = a.filter(({ subject, ways }) => !isSame(ways, other.get(subject.key)!));
  if (different.length > 1) return undefined;
  return a.flatMap((condition) => {
    const { subject, ways } = condition;
    const both = [...subject.ways.keys()].filter((way) => ways.has(way) || other.get(subject.key)!.has(way));
    return both.length === subject.ways.size ? [] : [{ subject, ways: new Set(both) }];
  });
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((each) => b.has(each));
}

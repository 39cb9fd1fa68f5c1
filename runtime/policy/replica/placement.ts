/** Something to be done by one of several replicas. */
export interface Placeable {
  /** What it would like to share a replica with. */
  readonly affinity?: string | undefined;
  /** A rough measure of the work. */
  readonly cost: number;
}

/** How far a replica's share may exceed the mean before affinity gives way. */
const SLACK = 1.25;
/** Affinities remembered; the ones that were not seen for longest are forgotten first. */
const REMEMBERED = 4096;

/** Who does what: work of one affinity goes together, to where its caches are, as far as the shares stay even. */
export class Placement {
  private readonly known = new Map<string, number>();

  constructor(private readonly replicas: number) {}

  /** The replica of each piece of work. A function of the calls so far, never of timing. */
  place(work: readonly Placeable[]): number[] {
    const places = new Array<number>(work.length).fill(0);
    if (this.replicas === 1) return places;
    const load = new Array<number>(this.replicas).fill(0);
    const fair = (SLACK * work.reduce((sum, { cost }) => sum + cost, 0)) / this.replicas;
    for (const [affinity, indices] of groups(work)) {
      const cost = indices.reduce((sum, i) => sum + work[i]!.cost, 0);
      const wanted = affinity === undefined ? undefined : this.known.get(affinity);
      const least = load.indexOf(Math.min(...load));
      const chosen = wanted !== undefined && load[wanted]! + cost <= fair ? wanted : least;
      load[chosen]! += cost;
      for (const i of indices) places[i] = chosen;
      if (affinity !== undefined) this.remember(affinity, chosen);
    }
    return places;
  }

  private remember(affinity: string, replica: number): void {
    this.known.delete(affinity);
    this.known.set(affinity, replica);
    if (this.known.size > REMEMBERED) this.known.delete(this.known.keys().next().value!);
  }
}

/** Indices by affinity, in order of first occurrence; what has none stands alone. */
function groups(work: readonly Placeable[]): [string | undefined, number[]][] {
  const found: [string | undefined, number[]][] = [];
  const byAffinity = new Map<string, number[]>();
  for (const [index, { affinity }] of work.entries()) {
    const group = affinity === undefined ? undefined : byAffinity.get(affinity);
    if (group !== undefined) {
      group.push(index);
      continue;
    }
    const fresh = [index];
    found.push([affinity, fresh]);
    if (affinity !== undefined) byAffinity.set(affinity, fresh);
  }
  return found;
}

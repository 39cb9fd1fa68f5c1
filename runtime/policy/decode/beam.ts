import type { BeamDecoding } from "../../search/ports/policy.js";
import { FormCursor } from "../form/cursor.js";
import type { Growing } from "./growing.js";
import type { GenerateJob, Sequence } from "./job.js";
import type { Piece } from "./passes.js";

/** One sequence that a group goes on with. */
interface Beam {
  readonly ids: readonly number[];
  readonly logProbs: readonly number[];
  /** Summed log-probability less what similarity to earlier groups has cost: what a group's beams are compared by. */
  readonly score: number;
  /** Slots of the prompt and of all tokens but the last; shared with whatever else began alike. */
  readonly slots: readonly number[];
  readonly cursor: FormCursor | undefined;
}

/** A token that may follow a beam. */
interface Continuation {
  readonly id: number;
  readonly logProb: number;
}

interface Group {
  live: readonly Beam[];
  /** Ended outputs, the best first, as many as a group has beams at most. */
  ended: readonly Beam[];
}

/**
 * Diverse beam search (Vijayakumar et al. 2018), with the Hamming diversity and the bookkeeping of transformers'
 * group_beam_search: groups choose their next tokens one after the other, and a token that beams of earlier groups
 * take in the same step costs `diversity` for each of them. One group alone is plain beam search. Outputs are compared
 * by their summed log-probabilities, as everywhere here: nothing is divided by the length.
 */
export class BeamSearch implements Growing {
  private readonly groups: readonly Group[];
  private readonly followers = new Map<Beam, readonly Continuation[]>();
  private regime: number;
  private steps = 0;
  private decoded = 0;

  /**
   * @param prompt slots of the prompt's tokens
   * @param take gives a slot for one more token; at most `beams in all · (limit - 1)` are taken
   * @param limit tokens of an output at most
   * @param regimeAt the regime of a sequence by its length, see `ropeRegime`
   */
  constructor(
    private readonly job: GenerateJob,
    private readonly decoding: BeamDecoding,
    prompt: readonly number[],
    private readonly take: () => number,
    private readonly limit: number,
    private readonly regimeAt: (length: number) => number,
  ) {
    this.regime = regimeAt(job.prompt.length);
    const cursor = job.form && new FormCursor(job.form);
    const first: Beam = { ids: [], logProbs: [], score: 0, slots: prompt, cursor };
    this.groups = Array.from({ length: decoding.groups }, () => ({ live: [first], ended: [] }));
  }

  get finished(): boolean {
    return this.groups.every(({ live }) => live.length === 0);
  }

  /** Every beam's last token, to be put through the model for the next one; in a new regime, all tokens. */
  pieces(): Piece[] {
    const { adapter, prompt } = this.job;
    const length = prompt.length + this.steps;
    const regime = this.regimeAt(length);
    const rows = regime === this.regime ? 1 : length;
    this.regime = regime;
    return [...new Set(this.groups.flatMap(({ live }) => live))].map((beam) => ({
      adapter,
      regime,
      span: { first: length - rows, rows, slots: Int32Array.from(beam.slots) },
      ids: rows === 1 ? beam.ids.slice(-1) : [...prompt, ...beam.ids],
      wanted: [{ row: rows - 1, take: (logits, normaliser) => this.see(beam, logits, normaliser) }],
    }));
  }

  /** Takes the logits after the prompt. */
  readonly begin = (logits: Float32Array, normaliser: number): void => {
    this.see(this.groups[0]!.live[0]!, logits, normaliser);
  };

  /** Chooses the next tokens, when the logits of all beams have been seen. */
  settle(): void {
    this.steps++;
    const taken = new Map<number, number>();
    for (const group of this.groups) {
      if (group.live.length === 0) continue;
      this.advance(group, taken);
      for (const { ids } of group.live) taken.set(ids.at(-1)!, (taken.get(ids.at(-1)!) ?? 0) + 1);
      // What has reached the limit ends there.
      if (this.steps >= this.limit) this.end(group, group.live);
      if (this.steps >= this.limit) group.live = [];
    }
    this.followers.clear();
    this.placeTokens();
  }

  /** What was found, the best of every group first, then every second best, and so on. */
  outputs(): readonly Sequence[] {
    const ranks = Array.from({ length: this.decoding.beams }, (_, rank) => rank);
    return ranks
      .flatMap((rank) => this.groups.map(({ ended }) => ended[rank]))
      .filter((beam) => beam !== undefined)
      .map(({ ids, logProbs }) => ({ ids, logProbs }));
  }

  /** Tokens that were chosen, those of beams that were given up among them. */
  get tokens(): number {
    return this.decoded;
  }

  /** Keeps what may follow a beam: as many tokens as can matter, whatever the earlier groups take. */
  private see(beam: Beam, logits: Float32Array, normaliser: number): void {
    const { groups, beams } = this.decoding;
    const allowed = beam.cursor?.allowed(this.limit - beam.ids.length);
    const best = highest(logits, allowed, (groups + 1) * beams);
    this.followers.set(
      beam,
      best.map((id) => ({ id, logProb: logits[id]! - normaliser })),
    );
  }

  private advance(group: Group, taken: ReadonlyMap<number, number>): void {
    const { beams, diversity } = this.decoding;
    const candidates = group.live
      .flatMap((beam, place) =>
        this.followers.get(beam)!.map((next) => ({
          beam,
          place,
          next,
          score: beam.score + next.logProb - diversity * (taken.get(next.id) ?? 0),
        })),
      )
      .sort((a, b) => b.score - a.score || a.place - b.place || a.next.id - b.next.id)
      .slice(0, 2 * beams);
    const live: Beam[] = [];
    for (const [rank, { beam, next, score }] of candidates.entries()) {
      if (live.length === beams) break;
      const grown = this.grow(beam, next, score);
      if (!this.job.endTokens.includes(next.id)) live.push(grown);
      else if (rank < beams) this.end(group, [grown]);
    }
    // None that goes on can end better than it stands now.
    const worst = group.ended.length < beams ? undefined : group.ended.at(-1)!.score;
    group.live = worst !== undefined && worst >= candidates[0]!.score ? [] : live;
  }

  private grow(beam: Beam, { id, logProb }: Continuation, score: number): Beam {
    this.decoded++;
    let { cursor } = beam;
    if (cursor !== undefined) {
      cursor = cursor.copy();
      cursor.take(id);
    }
    return {
      ids: [...beam.ids, id],
      logProbs: [...beam.logProbs, logProb],
      score,
      slots: beam.slots,
      cursor,
    };
  }

  private end(group: Group, ended: readonly Beam[]): void {
    group.ended = [...group.ended, ...ended].sort((a, b) => b.score - a.score).slice(0, this.decoding.beams);
  }

  /** Gives the last token of each beam its slot; groups that went the same way so far still have one of their own each. */
  private placeTokens(): void {
    for (const group of this.groups) {
      group.live = group.live.map((beam) => ({ ...beam, slots: [...beam.slots, this.take()] }));
    }
  }
}

/** The indices of the highest logits among those allowed (all by default), the highest first, equal ones by index. */
function highest(logits: Float32Array, allowed: readonly number[] | undefined, count: number): number[] {
  const best: number[] = [];
  const consider = (id: number): void => {
    const value = logits[id]!;
    if (best.length === count && !(value > logits[best.at(-1)!]!)) return;
    let at = best.length;
    while (at > 0 && logits[best[at - 1]!]! < value) at--;
    best.splice(at, 0, id);
    if (best.length > count) best.pop();
  };
  if (allowed === undefined) for (let id = 0; id < logits.length; id++) consider(id);
  else for (const id of allowed) consider(id);
  return best;
}

/** What the best change of one choice point adds to its episode's reward, 0 or more. */
export interface Gain {
  readonly gain: number;
  /** The probability with which this choice point was among those tried, apart from all others. */
  readonly probability: number;
}

/**
 * What the best single change adds to an episode: the largest gain. Where only some of its choice points were tried, the
 * largest of those would be too small in the mean. By inclusion and exclusion the largest of all is the sum, over every set
 * of choice points, of its smallest gain, with a plus for sets of odd size and a minus for the others; a set was tried whole
 * with the product of its probabilities, and one over that is its weight (Horvitz and Thompson 1952). Sets of which the same
 * gain is the smallest are summed at once.
 *
 * @param gains of the choice points that were tried
 * @returns a number whose expectation, over what is tried, is the largest gain of all; with all tried, that gain itself
 */
export function headroomOf(gains: readonly Gain[]): number {
  let sum = 0;
  // Of the sets of larger gains: 1 for the empty one, and what each choice point more makes of it.
  let sets = 1;
  for (const { gain, probability } of [...gains].sort((a, b) => b.gain - a.gain)) {
    if (sets === 0 || gain === 0) break;
    sum += (gain * sets) / probability;
    sets *= 1 - 1 / probability;
  }
  return sum;
}

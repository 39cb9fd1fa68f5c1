/** What rounds.flow says, in plain TypeScript: what the machines of other libraries are made of. */

export type Verdict = "better" | "worse";

/** The variables of the flow; `topic` is its input, the others are its result. */
export interface Fields {
  readonly topic: string;
  readonly best: string;
  readonly last: string;
  readonly round: number;
  readonly wins: number;
  readonly losses: number;
  readonly streak: number;
  readonly score: number;
}

const ROUNDS = 10;

/** Steps of a run with these replies, which goes through all rounds. */
export const STEPS = 2 * ROUNDS;

/** What `write` answers in each round. */
export const texts: readonly string[] = Array.from({ length: ROUNDS }, (_, round) => `draft number ${round}`);

/** What `compare` answers in each round: both arms are taken, and never does a streak end the loop. */
export const verdicts: readonly Verdict[] = texts.map((_, round) => (round % 2 === 0 ? "better" : "worse"));

export const begun = (topic: string): Fields => ({
  topic,
  best: "",
  last: "",
  round: 0,
  wins: 0,
  losses: 0,
  streak: 0,
  score: 0,
});

/** What `write`'s answer changes. */
export const written = ({ round }: Fields, last: string): Partial<Fields> => ({ last, round: round + 1 });

/** What `compare`'s answer changes. */
export const compared = ({ last, wins, losses, streak, score }: Fields, verdict: Verdict): Partial<Fields> =>
  verdict === "better"
    ? { best: last, wins: wins + 1, streak: streak + 1, score: score + 1 }
    : { losses: losses + 1, streak: 0, score: score * 0.5 };

export const over = ({ streak, round }: Pick<Fields, "streak" | "round">): boolean =>
  streak >= 3 || round === ROUNDS;

export const writePrompt = ({ topic, best, last, round }: Fields): string =>
  `Draft ${round} about ${topic}. The best one: ${best} The last one: ${last}`;

export const comparePrompt = ({ topic, best, last }: Fields): string =>
  `Is this draft about ${topic} better than ${best}? ${last}`;

/** What chain.flow says, in plain TypeScript: what the graph of another library is made of. */

export type Move = "left" | "right";

export interface Fields {
  readonly length: number;
  readonly sum: number;
  readonly step: number;
}

export const begun = (length: number): Fields => ({ length, sum: 0, step: 0 });

export const moved = ({ sum, step }: Fields, move: Move): Partial<Fields> => ({
  sum: (move === "left" ? sum * 2 : sum * 2 + 1) % 1000003,
  step: step + 1,
});

export const over = ({ length, step }: Fields): boolean => step >= length;

export const prompt = ({ step, sum }: Fields): string => `Step ${step}, sum ${sum}: left or right?`;

/** Arbitrary but fixed: FNV-1a of the prompt, so that an answer costs next to nothing. */
export const answer = (asked: string): Move => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < asked.length; i += 1) hash = Math.imul(hash ^ asked.charCodeAt(i), 0x01000193);
  return (hash >>> 16) % 2 === 0 ? "left" : "right";
};

export const other = (move: Move): Move => (move === "left" ? "right" : "left");

import { Uniforms } from "../../machine/random.js";
import type { GenerateJob } from "./job.js";
import type { Piece, TakeLogits } from "./passes.js";
import { argmax, draw } from "./sampling.js";

/** An output that grows token by token. */
export class Output {
  readonly ids: number[] = [];
  readonly logProbs: number[] = [];
  private readonly uniforms: Uniforms | undefined;

  /**
   * @param slots of the prompt and, after it, of the output's tokens but the last, which no token follows
   * @param limit tokens at most
   */
  constructor(
    private readonly job: GenerateJob,
    private readonly slots: Int32Array,
    private readonly limit: number,
  ) {
    this.uniforms = job.decoding.kind === "sample" ? new Uniforms(job.decoding.key) : undefined;
  }

  get finished(): boolean {
    const { ids } = this;
    return ids.length >= this.limit || (ids.length > 0 && this.job.endTokens.includes(ids[ids.length - 1]!));
  }

  /** Takes the next token from the logits after the last one. */
  readonly extend: TakeLogits = (logits, normaliser) => {
    if (this.finished) return;
    const { decoding } = this.job;
    const id = decoding.kind === "greedy" ? argmax(logits) : draw(logits, decoding, this.uniforms!.next());
    this.ids.push(id);
    this.logProbs.push(logits[id]! - normaliser);
  };

  /** The last token, to be put through the model for the next one. */
  step(): Piece {
    const first = this.job.prompt.length + this.ids.length - 1;
    return {
      adapter: this.job.adapter,
      span: { first, rows: 1, slots: this.slots.subarray(0, first + 1) },
      ids: [this.ids[this.ids.length - 1]!],
      wanted: [{ row: 0, take: this.extend }],
    };
  }
}

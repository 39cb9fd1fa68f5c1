import { Uniforms } from "../../machine/random.js";
import { FormCursor } from "../form/cursor.js";
import type { Growing } from "./growing.js";
import type { GenerateJob } from "./job.js";
import type { Piece, TakeLogits } from "./passes.js";
import { argmax, draw, type TokenDecoding } from "./sampling.js";

/** An output that grows token by token. */
export class Output implements Growing {
  readonly ids: number[] = [];
  readonly logProbs: number[] = [];
  private readonly uniforms: Uniforms | undefined;
  private readonly cursor: FormCursor | undefined;

  private regime: number;

  /**
   * @param slots of the prompt and, after it, of the output's tokens but the last, which no token follows; where the
   *   regime changes they must all be the output's own
   * @param limit tokens at most
   * @param regimeAt the regime of a sequence by its length, see `ropeRegime`
   */
  constructor(
    private readonly job: GenerateJob,
    private readonly decoding: TokenDecoding,
    private readonly slots: Int32Array,
    private readonly limit: number,
    private readonly regimeAt: (length: number) => number,
  ) {
    this.regime = regimeAt(job.prompt.length);
    this.cursor = job.form && new FormCursor(job.form);
    this.uniforms = decoding.kind === "sample" ? new Uniforms(decoding.key) : undefined;
  }

  get finished(): boolean {
    const { ids } = this;
    return ids.length >= this.limit || (ids.length > 0 && this.job.endTokens.includes(ids[ids.length - 1]!));
  }

  /** Takes the next token from the logits after the last one. */
  readonly extend: TakeLogits = (logits, normaliser) => {
    if (this.finished) return;
    const id = this.choose(logits);
    this.ids.push(id);
    this.logProbs.push(logits[id]! - normaliser);
  };

  private choose(logits: Float32Array): number {
    const { decoding } = this;
    const uniform = () => this.uniforms!.next();
    if (this.cursor !== undefined) {
      return this.cursor.next(logits, this.limit - this.ids.length, decoding, uniform);
    }
    return decoding.kind === "greedy" ? argmax(logits) : draw(logits, decoding, uniform());
  }

  /** Each token is taken with its logits already. */
  settle(): void {}

  /** The last token, to be put through the model for the next one; in a new regime, all tokens. */
  pieces(): [Piece] {
    const { adapter, prompt } = this.job;
    const length = prompt.length + this.ids.length;
    const regime = this.regimeAt(length);
    const rows = regime === this.regime ? 1 : length;
    this.regime = regime;
    return [
      {
        adapter,
        regime,
        span: { first: length - rows, rows, slots: this.slots.subarray(0, length) },
        ids: rows === 1 ? this.ids.slice(-1) : [...prompt, ...this.ids],
        wanted: [{ row: rows - 1, take: this.extend }],
      },
    ];
  }
}

import type { Request } from "../machine/index.js";
import { PolicyError } from "./errors.js";
import type { Forms } from "./form/forms.js";
import type { ChatMessage, Tokenizer } from "./tokenizer/index.js";
import { type Truncation, truncateUser } from "./truncation.js";

/** What did not fit into the model's context. */
export interface TruncationCount {
  /** Prompts that were shortened. */
  readonly prompts: number;
  /** Tokens that were left out of them. */
  readonly tokens: number;
  /** Texts that ended where the context did, before their own end and with fewer tokens than they might have had. */
  readonly outputs: number;
}

/** Rendered prompts kept: the requests of a search repeat in turns. */
const KEPT = 8192;

/** Renders requests to token ids, so that prompt and output fit into the model's context. */
export class Prompts {
  private readonly rendered = new Map<string, readonly number[]>();
  private readonly labels = new Map<string, readonly number[]>();
  private readonly empty = new Map<string, readonly number[]>();
  private truncated: TruncationCount = { prompts: 0, tokens: 0, outputs: 0 };

  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly contextLength: number,
    private readonly truncation: (agent: string) => Truncation,
    private readonly forms: Forms,
  ) {}

  /** Counted once per rendering (a prompt that is asked for again soon is not rendered again), and once per output. */
  get truncations(): TruncationCount {
    return this.truncated;
  }

  /**
   * @throws PolicyError `bad-request` if the prompt is too long and may not, or cannot, be shortened;
   *   `bad-tokenizer` if the chat template refuses it.
   */
  of(request: Request): readonly number[] {
    const truncation = this.truncation(request.agent);
    const room = this.contextLength - this.reserve(request, truncation);
    const key = JSON.stringify([truncation, room, request.system, request.examples ?? [], request.user]);
    const known = this.rendered.get(key);
    if (known !== undefined) {
      // Moved to the end: the first entry is always the one that was used longest ago.
      this.rendered.delete(key);
      this.rendered.set(key, known);
      return known;
    }
    const ids = this.fit(request, room, truncation);
    this.rendered.set(key, ids);
    if (this.rendered.size > KEPT) this.rendered.delete(this.rendered.keys().next().value!);
    return ids;
  }

  /** Ids of a label as an output: tokenised apart from the prompt, and the end token. */
  label(label: string): readonly number[] {
    const known = this.labels.get(label);
    if (known !== undefined) return known;
    const ids = [...this.tokenizer.encodePlain(label), this.tokenizer.endTokens[0]!];
    this.labels.set(label, ids);
    return ids;
  }

  /** Takes note of an output that ended because the context did. */
  countOutput(request: Request, length: number): void {
    const { ask } = request;
    if (ask.kind !== "generate" || length >= ask.maxTokens) return;
    this.truncated = { ...this.truncated, outputs: this.truncated.outputs + 1 };
  }

  /**
   * Tokens that are kept free for the output. A long text gets half the context at most, and ends there if need be;
   * where nothing may be cut, it gets all that it may have.
   */
  private reserve({ ask }: Request, truncation: Truncation): number {
    const most = Math.floor(this.contextLength / 2);
    if (truncation === "error" && ask.kind !== "choose" && ask.kind !== "score") return ask.maxTokens;
    if (ask.kind === "generate") return Math.min(ask.maxTokens, most);
    if (ask.kind === "record")
      return Math.min(ask.maxTokens, Math.max(most, this.forms.of(ask.schema).least));
    return Math.max(...ask.labels.map((label) => this.label(label).length));
  }

  private fit(request: Request, room: number, truncation: Truncation): readonly number[] {
    const { id } = request;
    const ids = this.render(request);
    if (ids.length <= room) return ids;
    if (truncation === "error") {
      if (room < 1) {
        throw new PolicyError(
          "bad-request",
          `${id} may answer with ${this.contextLength - room} tokens, which alone fill the model's context of ${this.contextLength}; give it fewer`,
        );
      }
      throw new PolicyError(
        "bad-request",
        `the prompt of ${id} has ${ids.length} tokens, where ${room} fit into the model's context of ${this.contextLength} beside the output; shorten it, or have long prompts of ${request.agent} cut with left-of-user`,
      );
    }
    const shorter = truncateUser(ids, this.frame(request), room);
    this.truncated = {
      ...this.truncated,
      prompts: this.truncated.prompts + 1,
      tokens: this.truncated.tokens + ids.length - shorter.length,
    };
    return shorter;
  }

  /** The prompt with an empty user message. */
  private frame(request: Request): readonly number[] {
    const key = JSON.stringify([request.system, request.examples ?? []]);
    const known = this.empty.get(key) ?? this.render({ ...request, user: "" });
    this.empty.set(key, known);
    return known;
  }

  /** Examples are earlier turns of the conversation. */
  private render({ system, examples = [], user }: Request): readonly number[] {
    if (examples.length === 0) return this.tokenizer.renderChat(system, user);
    const turns = examples.flatMap((example): ChatMessage[] => [
      { role: "user", content: example.user },
      { role: "assistant", content: example.answer },
    ]);
    const opening: ChatMessage[] = system === "" ? [] : [{ role: "system", content: system }];
    return this.tokenizer.renderMessages([...opening, ...turns, { role: "user", content: user }]);
  }
}

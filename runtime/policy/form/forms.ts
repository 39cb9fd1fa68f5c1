import type { Json } from "../../machine/index.js";
import { PolicyError } from "../errors.js";
import type { TokenBytes, Tokenizer } from "../tokenizer/index.js";
import { FormTooLarge } from "./byte-automaton.js";
import { jsonForm } from "./json-form.js";
import { type TokenForm, tokenForm, UNREACHABLE } from "./token-form.js";
import { TokenTrie } from "./token-trie.js";

/** A form and what it is called where it is not at hand. */
export interface NamedForm {
  readonly name: string;
  readonly form: TokenForm;
  /** Tokens that an output of this form has at least, the end token included. */
  readonly least: number;
}

/** The forms of records in the tokens of one model, each made when it is first asked for. */
export class Forms {
  private readonly known = new Map<string, NamedForm>();
  private bytes: TokenBytes | undefined;
  private trie: TokenTrie | undefined;

  /** @param vocabSize ids from here on have no logits */
  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly vocabSize: number,
  ) {}

  /**
   * @throws PolicyError `bad-request` if the model cannot write such a record; `bad-tokenizer` if it does not tell what
   *   its tokens spell
   */
  of(schema: Json): NamedForm {
    const name = JSON.stringify(schema);
    const known = this.known.get(name);
    if (known !== undefined) return known;
    this.trie ??= this.makeTrie();
    const form = this.make(schema, this.trie);
    const least = form.distances[0]!;
    if (least >= UNREACHABLE) {
      throw new PolicyError("bad-request", `the model's vocabulary cannot write the record ${shown(name)}`);
    }
    const made = { name, form, least };
    this.known.set(name, made);
    return made;
  }

  /** The value that the tokens of an output spell, without its end token. */
  value(ids: readonly number[]): Json {
    const bytes = ids.flatMap((id) => [...this.vocabulary().get(id)!]);
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes))) as Json;
  }

  private vocabulary(): TokenBytes {
    this.bytes ??= this.tokenizer.tokenBytes();
    return this.bytes;
  }

  private make(schema: Json, trie: TokenTrie): TokenForm {
    try {
      return tokenForm(jsonForm(schema), trie, this.tokenizer.endTokens);
    } catch (error) {
      if (!(error instanceof FormTooLarge)) throw error;
      throw new PolicyError("bad-request", `a record has too many parts: ${error.message}`);
    }
  }

  private makeTrie(): TokenTrie {
    const { endTokens } = this.tokenizer;
    const usable = [...this.vocabulary()].filter(([id]) => id < this.vocabSize && !endTokens.includes(id));
    return new TokenTrie(new Map(usable));
  }
}

function shown(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

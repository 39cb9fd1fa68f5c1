import type { Reply, Request } from "../machine/index.js";
import { Uniforms } from "../machine/random.js";
import type { Answer, Decoding, Policy, Query } from "../search/ports/policy.js";
import { type Adapter, adapterVersion, BASE_VERSION } from "./adapter/adapter.js";
import { loadCheckpoint } from "./checkpoint.js";
import type { ExecutorOptions } from "./decode/executor.js";
import type { JobResult, Sequence } from "./decode/job.js";
import { argmax, draw, logSumExp, ranked } from "./decode/sampling.js";
import type { BackendName } from "./engine/backend.js";
import { chooseBackend, defaultWorkers } from "./engine/choose.js";
import { PolicyError } from "./errors.js";
import { Forms } from "./form/forms.js";
import type { Activations } from "./model/completion-gradient.js";
import type { ModelConfig } from "./model/config.js";
import { byPrompt, type Completion } from "./model/gradient-batches.js";
import { parameterCount } from "./model/names.js";
import { Prompts, type TruncationCount } from "./prompts.js";
import { ReplicaPool, type Work } from "./replica/pool.js";
import type { JobData } from "./replica/protocol.js";
import { loadTokenizer, type Tokenizer } from "./tokenizer/index.js";
import { type LongPrompts, truncationFor } from "./truncation.js";
import { digestWeights } from "./weights/index.js";

export interface LanguageModelOptions {
  /** A model folder in Hugging Face layout. */
  readonly folder: string;
  /** Default `auto`. */
  readonly backend?: BackendName;
  /**
   * Worker threads, each with a copy of the model; 0 runs in this thread; default one per core on wasm and cpu, 0 on other
   * backends. No effect on results.
   */
  readonly workers?: number;
  /** Default `left-of-user`, for all agents. */
  readonly longPrompts?: LongPrompts;
  readonly executor?: ExecutorOptions;
  /** Whether gradients keep what is computed within the layers, or compute it again; default `keep`. No effect on results. */
  readonly activations?: Activations;
}

/** A prompt to continue, as ids. */
export interface Prompt {
  readonly ids: readonly number[];
  readonly maxTokens: number;
  readonly decoding?: Decoding;
}

export interface Continuation extends Sequence {
  /** Why it is over: its end token came, it has as many tokens as were asked for, or the model's context is full. */
  readonly finish: "end" | "length" | "context";
}

/**
 * A language model as a policy: one base model, and for each agent that has one an adapter over it.
 *
 * An answer is a function of its query, the base model and the agent's adapter alone: not of the batch, the cache or
 * the number of workers. Its token counts are not: they say what the answer did cost.
 */
export class LanguageModel implements Policy {
  private readonly adapters = new Map<string, { readonly adapter: Adapter; readonly version: string }>();
  private readonly prompts: Prompts;
  private readonly forms: Forms;
  private digest: string | undefined;

  private constructor(
    private readonly folder: string,
    readonly config: ModelConfig,
    readonly tokenizer: Tokenizer,
    longPrompts: LongPrompts,
    private readonly pool: ReplicaPool,
  ) {
    this.forms = new Forms(tokenizer, config.vocabSize);
    this.prompts = new Prompts(tokenizer, config.contextLength, truncationFor(longPrompts), this.forms);
  }

  /**
   * Loads a model and starts its workers; `close` ends them.
   *
   * @throws PolicyError for a folder, a tokenizer or a backend that cannot be used.
   */
  static async load(options: LanguageModelOptions): Promise<LanguageModel> {
    const { folder, longPrompts = "left-of-user", activations = "keep" } = options;
    const checkpoint = loadCheckpoint(folder);
    const backend = await chooseBackend(options.backend ?? "auto", parameterCount(checkpoint.config));
    const { workers = defaultWorkers(backend) } = options;
    const tokenizer = loadTokenizer(folder);
    const { vocabSize } = checkpoint.config;
    if (tokenizer.endTokens.length === 0 || tokenizer.endTokens.some((id) => id >= vocabSize)) {
      throw new PolicyError(
        "bad-tokenizer",
        `${folder}: the end tokens are [${tokenizer.endTokens.join(", ")}]; at least one is needed, all below vocab_size (${vocabSize})`,
      );
    }
    const settings = { checkpoint, backend, executor: options.executor ?? {}, activations };
    return new LanguageModel(
      folder,
      checkpoint.config,
      tokenizer,
      longPrompts,
      await ReplicaPool.start(settings, workers),
    );
  }

  /** What tells this base model's weights from another's; see `digestWeights`. @throws ModelFileError if the folder has gone */
  get weightsDigest(): string {
    this.digest ??= digestWeights(this.folder);
    return this.digest;
  }

  /** The backend that runs, never `auto`. */
  get backend(): Exclude<BackendName, "auto"> {
    return this.pool.backend;
  }

  /** What did not fit into the model's context so far. */
  get truncations(): TruncationCount {
    return this.prompts.truncations;
  }

  async answer(queries: readonly Query[]): Promise<readonly Answer[]> {
    const { asked, places } = shareSearches(queries);
    const results = await this.pool.run(asked.map((query) => this.work(query)));
    return queries.map((query, i) => this.reply(query, resultFor(query, i, places, results)));
  }

  /** The version of the adapter that an agent answers with; `base` if it has none. */
  version(agent: string): string {
    return this.adapters.get(agent)?.version ?? BASE_VERSION;
  }

  /**
   * Gives an agent (or any other name, e.g. that of a reference) an adapter, or takes it away. The values are copied:
   * call it again after writing to them.
   */
  async setAdapter(name: string, adapter: Adapter | undefined): Promise<void> {
    const old = this.version(name);
    if (adapter === undefined) this.adapters.delete(name);
    else {
      const version = adapterVersion(adapter);
      this.pool.addAdapter(version, adapter);
      this.adapters.set(name, { adapter, version });
    }
    if (old === BASE_VERSION) return;
    for (const { version } of this.adapters.values()) if (version === old) return;
    await this.pool.dropAdapter(old);
  }

  /** Ids of the prompt of a request, shortened if need be: what its outputs are scored after. */
  promptIds(request: Request): readonly number[] {
    return this.prompts.of(request);
  }

  /** Ids of a label as an output: tokenised apart from the prompt, and the end token. */
  labelIds(label: string): readonly number[] {
    return this.prompts.label(label);
  }

  /** What ids say as an answer to a request for a text or a record; undefined if they say none. They may come from anywhere. */
  decode(request: Request, ids: readonly number[]): Reply | undefined {
    const isToken = (id: number) => Number.isInteger(id) && id >= 0 && id < this.config.vocabSize;
    if (ids.length === 0 || !ids.every(isToken)) return undefined;
    try {
      return this.written(request, ids);
    } catch (error) {
      // Tokens that spell no JSON, or no text at all.
      if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
      throw error;
    }
  }

  /** log p of each token of each completion, float64, under the adapter of that name (undefined: the base model). */
  async score(completions: readonly Completion[], name?: string): Promise<readonly (readonly number[])[]> {
    const version = name === undefined ? BASE_VERSION : this.version(name);
    const indices = byPrompt(completions);
    const results = await this.pool.run(
      indices.map((group) => {
        const { prompt } = completions[group[0]!]!;
        const ids = group.map((i) => completions[i]!.ids);
        return workOf({ kind: "score", version, prompt, completions: ids });
      }),
    );
    const logProbs = new Array<readonly number[]>(completions.length);
    for (const [g, result] of results.entries()) {
      if (result.kind !== "score") throw new Error("a score job was answered by something else");
      for (const [k, i] of indices[g]!.entries()) logProbs[i] = result.logProbs[k]!;
    }
    return logProbs;
  }

  /** Continuations of prompts under the adapter of that name (undefined: the base model); greedy by default. */
  async continue(prompts: readonly Prompt[], name?: string): Promise<readonly Continuation[]> {
    const version = name === undefined ? BASE_VERSION : this.version(name);
    const { endTokens } = this.tokenizer;
    const results = await this.pool.run(
      prompts.map(({ ids: prompt, maxTokens, decoding = { kind: "greedy" } }) =>
        workOf({ kind: "generate", version, prompt, maxTokens, endTokens, decoding }),
      ),
    );
    return results.map((result, i) => {
      if (result.kind !== "generate") throw new Error("a generate job was answered by something else");
      const { ids, logProbs } = result;
      const cut = ids.length < prompts[i]!.maxTokens ? "context" : "length";
      return { ids, logProbs, finish: endTokens.includes(ids.at(-1)!) ? "end" : cut };
    });
  }

  /** Greedy continuations of prompts, as ids; the end token is part of them if it came. */
  async generate(prompts: readonly Prompt[], name?: string): Promise<readonly (readonly number[])[]> {
    return (await this.continue(prompts, name)).map(({ ids }) => ids);
  }

  /**
   * The gradient, in the tensors of the adapter of that name, of the sum over c of coefficients[c] · log p(completion c).
   *
   * @returns values by the adapter's tensor names
   */
  async gradient(
    name: string,
    completions: readonly Completion[],
    coefficients: ArrayLike<number>,
  ): Promise<ReadonlyMap<string, Float32Array>> {
    const entry = this.adapters.get(name);
    if (entry === undefined) throw new Error(`${name} has no adapter that could be trained`);
    return this.pool.gradient(entry.version, entry.adapter, completions, coefficients);
  }

  /** Ends the workers. */
  async close(): Promise<void> {
    await this.pool.close();
  }

  private work(query: Query): Work {
    const { system, user, ask } = query.request;
    const kind = ask.kind === "generate" || ask.kind === "record" ? "generate" : "score";
    // Not rendered yet: a token has some four letters, and most of a prompt is known already.
    const cost = (kind === "generate" ? 16 : 4) + (system.length + user.length) / 8;
    return { kind, cost, affinity: query.affinity, make: () => this.job(query) };
  }

  private job({ request, decoding }: Query): JobData {
    const version = this.version(request.agent);
    const { ask } = request;
    if (ask.kind === "generate") {
      const { endTokens } = this.tokenizer;
      const prompt = this.promptIds(request);
      return { kind: "generate", version, prompt, maxTokens: ask.maxTokens, endTokens, decoding };
    }
    if (ask.kind === "record") {
      const { name, form, least } = this.forms.of(ask.schema);
      if (ask.maxTokens < least) {
        throw new PolicyError(
          "bad-request",
          `${request.id} may answer with ${ask.maxTokens} tokens, where its record takes ${least} at least, the end token among them`,
        );
      }
      this.pool.addForm(name, form);
      const { endTokens } = this.tokenizer;
      const prompt = this.promptIds(request);
      const { maxTokens } = ask;
      return { kind: "generate", version, prompt, maxTokens, endTokens, decoding, form: name };
    }
    const prompt = this.promptIds(request);
    return { kind: "score", version, prompt, completions: ask.labels.map((label) => this.labelIds(label)) };
  }

  private written({ ask }: Request, ids: readonly number[]): Reply {
    const written = ids.filter((id) => !this.tokenizer.endTokens.includes(id));
    return ask.kind === "record"
      ? { kind: "record", value: this.forms.value(written) }
      : { kind: "text", text: this.tokenizer.decode(written).trim() };
  }

  private reply({ request, decoding }: Query, result: JobResult): Answer {
    const { ask } = request;
    const { tokens } = result;
    if (result.kind === "generate") {
      const { ids } = result;
      const ended = this.tokenizer.endTokens.includes(ids.at(-1)!);
      if (!ended) this.prompts.countOutput(request, ids.length);
      return {
        reply: this.written(request, ids),
        ids,
        tokenLogProbs: result.logProbs,
        logProb: sum(result.logProbs),
        tokens,
      };
    }
    if (ask.kind === "generate" || ask.kind === "record")
      throw new Error("a generate query was answered by scores");
    const labelLogProbs = result.logProbs.map(sum);
    if (ask.kind === "score") {
      const logOdds = oddsOf(labelLogProbs, ask.labels.indexOf(ask.label));
      return { reply: { kind: "score", logOdds }, logProb: logOdds, labelLogProbs, tokens };
    }
    const index = chooseLabel(labelLogProbs, decoding);
    const reply = { kind: "label", label: ask.labels[index]! } as const;
    return { reply, logProb: labelLogProbs[index]!, labelLogProbs, tokens };
  }
}

/** What answers a query: of a beam search that answers several, the first carries what it did cost. */
function resultFor(
  { decoding }: Query,
  index: number,
  places: readonly number[],
  results: readonly JobResult[],
): JobResult {
  const result = results[places[index]!]!;
  if (result.kind !== "generate" || result.found === undefined || decoding.kind !== "beam") return result;
  const { found } = result;
  const chosen = found[Math.min(decoding.index, found.length - 1)]!;
  const tokens = places.indexOf(places[index]!) === index ? result.tokens : FREE;
  return { ...result, ...chosen, tokens };
}

const FREE = { prefilled: 0, reused: 0, decoded: 0 };

/** Queries that ask for different outputs of one beam search become one. @returns by query, which of those asked it is */
function shareSearches(queries: readonly Query[]): { asked: Query[]; places: number[] } {
  const asked: Query[] = [];
  const searches = new Map<Request, Map<string, number>>();
  const places = queries.map((query) => {
    const { request, decoding } = query;
    if (decoding.kind !== "beam") return asked.push(query) - 1;
    const known = searches.get(request) ?? new Map<string, number>();
    searches.set(request, known);
    const key = JSON.stringify({ ...decoding, index: 0 });
    const place = known.get(key) ?? asked.push(query) - 1;
    known.set(key, place);
    return place;
  });
  return { asked, places };
}

/** Work on ids, which needs no rendering. */
function workOf(job: JobData): Work {
  const cost = job.kind === "generate" ? 16 + job.prompt.length : job.prompt.length;
  return { kind: job.kind, cost, make: () => job };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** log p of one label minus the log of the summed probability of the others. */
function oddsOf(logProbs: readonly number[], index: number): number {
  return logProbs[index]! - logSumExp(Float64Array.from(logProbs.filter((_, i) => i !== index)));
}

/** The most probable label, the first of equal ones, or one drawn from the labels' distribution. */
function chooseLabel(logProbs: readonly number[], decoding: Decoding): number {
  const logits = Float64Array.from(logProbs);
  switch (decoding.kind) {
    case "greedy":
      return argmax(logits);
    case "sample":
      return draw(logits, decoding, new Uniforms(decoding.key).next());
    case "beam":
      return ranked(logits)[Math.min(decoding.index, logits.length - 1)]!;
  }
}

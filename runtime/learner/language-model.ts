import type { Reply, Request } from "../machine/index.js";
import {
  type Adapter,
  adapterVersion,
  BASE_VERSION,
  LORA_A,
  LORA_B,
  newAdapter,
} from "../policy/adapter/adapter.js";
import { PolicyError } from "../policy/errors.js";
import type { LanguageModel } from "../policy/language-model.js";
import { byPrompt, type Completion } from "../policy/model/gradient-batches.js";
import { linearsNamed } from "../policy/model/names.js";
import type { Answer, Query } from "../search/index.js";
import { Layout } from "./layout.js";
import { type Factors, interpolateProduct } from "./reference.js";
import type { Settings } from "./settings.js";
import { TokenMeter } from "./token-meter.js";
import type { AgentState, Arrays, Gradient, Term, Trainable, Values } from "./trainable.js";

interface Entry {
  readonly trained: Adapter;
  /** Undefined while the reference is the base model. */
  reference: Adapter | undefined;
}

/** A language model whose agents each learn an adapter of their own over the one base model. */
export class LanguageModelLearner implements Trainable {
  readonly agents: readonly string[];
  readonly #model: LanguageModel;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #meter = new TokenMeter();

  private constructor(model: LanguageModel, entries: ReadonlyMap<string, Entry>) {
    this.agents = [...entries.keys()];
    this.#model = model;
    this.#entries = entries;
  }

  /**
   * Gives every agent a fresh adapter, which changes nothing yet; A's random numbers are keyed by seed and agent.
   *
   * @param start adapters to begin with instead, in shapes of their own; they are what the reference begins with too,
   *   unless its kind is `off`, and are not written to
   */
  static async create(
    model: LanguageModel,
    agents: readonly string[],
    {
      adapter: { rank, alpha, rslora, targets },
      reference,
      seed,
    }: Pick<Settings, "adapter" | "seed"> & Partial<Pick<Settings, "reference">>,
    start: ReadonlyMap<string, Adapter> = new Map(),
  ): Promise<LanguageModelLearner> {
    const linears = linearsNamed(model.config, targets);
    const entries = new Map<string, Entry>();
    for (const agent of agents) {
      const key = JSON.stringify([seed, agent, "adapter"]);
      const given = start.get(agent);
      const trained =
        given === undefined
          ? newAdapter(model.config, { rank, alpha, rslora, targets: linears, key })
          : { ...given, tensors: copied(given) };
      entries.set(agent, { trained, reference: reference?.kind === "off" ? undefined : given });
    }
    const learner = new LanguageModelLearner(model, entries);
    for (const agent of agents) {
      await learner.changed(agent);
      // The model may have served another learner before.
      await learner.#setReference(agent, entries.get(agent)!.reference);
    }
    return learner;
  }

  /** The agent's adapter, live: what is written to a run's directory. */
  adapter(agent: string): Adapter {
    return this.#entry(agent).trained;
  }

  async answer(queries: readonly Query[]): Promise<readonly Answer[]> {
    const answers = await this.#model.answer(queries);
    for (const [i, { request }] of queries.entries()) {
      this.#meter.prompt(this.#model.version(request.agent), this.#model.promptIds(request));
      this.#meter.add(answers[i]!.tokens.decoded);
    }
    return answers;
  }

  takeTokens(): number {
    return this.#meter.take();
  }

  version(agent: string): string {
    return this.#model.version(agent);
  }

  encode(_: Request, text: string): readonly number[] {
    return this.#model.labelIds(text);
  }

  decode(request: Request, ids: readonly number[]): Reply | undefined {
    return this.#model.decode(request, ids);
  }

  parameters(agent: string): Arrays {
    return this.#entry(agent).trained.tensors;
  }

  async changed(agent: string): Promise<void> {
    await this.#model.setAdapter(agent, this.#entry(agent).trained);
  }

  async margins(
    agent: string,
    terms: readonly Term[],
    under: "trained" | "reference",
  ): Promise<Float64Array> {
    const layout = new Layout(this.#model, terms);
    return layout.margins(await this.#logProbs(agent, layout, under));
  }

  /** Log-probabilities come from the batched scorer, which shares prompts; only the gradient differentiates. */
  async gradient(
    agent: string,
    terms: readonly Term[],
    slope: (index: number, margin: number) => number,
  ): Promise<Gradient> {
    const layout = new Layout(this.#model, terms);
    const logProbs = await this.#logProbs(agent, layout, "trained");
    const margins = layout.margins(logProbs);
    // There is nothing to follow from an adapter that has diverged.
    if (!margins.every(Number.isFinite)) return { margins, gradient: new Map() };
    const slopes = margins.map((margin, i) => slope(i, margin));
    const coefficients = layout.coefficients(logProbs, slopes);
    this.#meter.add(rowsOf(layout.completions, coefficients));
    return { margins, gradient: await this.#model.gradient(agent, layout.completions, coefficients) };
  }

  referenceVersion(agent: string): string {
    const { reference } = this.#entry(agent);
    return reference === undefined ? BASE_VERSION : adapterVersion(reference);
  }

  /** Interpolates the products B·A and truncates to the rank; @returns the largest relative error of any layer. */
  async moveReference(agent: string, mix: number): Promise<number> {
    const entry = this.#entry(agent);
    const { modules } = entry.trained;
    const moved = new Map<string, Float32Array>();
    let largest = 0;
    for (const [module, { rank }] of modules) {
      const to = factors(entry.trained, module);
      const from =
        entry.reference === undefined
          ? { b: new Float32Array(to.b.length), a: to.a }
          : factors(entry.reference, module);
      const shape = { out: to.b.length / rank, rank, in: to.a.length / rank };
      const { a, b, relativeError } = interpolateProduct(from, to, mix, shape);
      moved.set(module + LORA_A, a).set(module + LORA_B, b);
      largest = Math.max(largest, relativeError);
    }
    await this.#setReference(agent, { ...entry.trained, tensors: moved });
    return largest;
  }

  snapshot(agent: string): AgentState {
    const { trained, reference } = this.#entry(agent);
    return {
      parameters: copied(trained),
      reference: reference === undefined ? undefined : copied(reference),
    };
  }

  async restore(agent: string, { parameters, reference }: AgentState): Promise<string | undefined> {
    const { trained } = this.#entry(agent);
    const kept = fitting(trained, parameters);
    const keptReference = reference === undefined ? undefined : fitting(trained, reference);
    if (typeof kept === "string") return kept;
    if (typeof keptReference === "string") return `reference: ${keptReference}`;
    for (const [name, values] of kept) trained.tensors.get(name)!.set(values);
    await this.changed(agent);
    const restored = keptReference === undefined ? undefined : { ...trained, tensors: keptReference };
    await this.#setReference(agent, restored);
    return undefined;
  }

  async #setReference(agent: string, adapter: Adapter | undefined): Promise<void> {
    this.#entry(agent).reference = adapter;
    await this.#model.setAdapter(referenceName(agent), adapter);
  }

  async #logProbs(agent: string, layout: Layout, under: "trained" | "reference"): Promise<Float64Array> {
    const name = under === "trained" ? agent : referenceName(agent);
    for (const { prompt, ids } of layout.completions) {
      this.#meter.prompt(this.#model.version(name), prompt);
      this.#meter.add(ids.length);
    }
    let tokens: readonly (readonly number[])[];
    try {
      tokens = await this.#model.score(layout.completions, name);
    } catch (error) {
      // The adapter's values have grown too large: a loss that is not finite, and no mistake of whoever called.
      if (!(error instanceof PolicyError) || error.code !== "bad-adapter") throw error;
      return new Float64Array(layout.completions.length).fill(Number.NaN);
    }
    return Float64Array.from(tokens, (logProbs) => logProbs.reduce((sum, logProb) => sum + logProb, 0));
  }

  #entry(agent: string): Entry {
    const entry = this.#entries.get(agent);
    if (entry === undefined) throw new RangeError(`there is no agent ${agent}`);
    return entry;
  }
}

/** The name under which the model knows an agent's reference; no agent can have it, since a name holds no space. */
function referenceName(agent: string): string {
  return `reference of ${agent}`;
}

/** Tokens that a gradient is taken through: each prompt once, and all outputs that have a part in it. */
function rowsOf(completions: readonly Completion[], coefficients: Float64Array): number {
  const kept = completions.filter((_, i) => coefficients[i] !== 0);
  return byPrompt(kept).reduce(
    (sum, group) =>
      sum + group.reduce((rows, i) => rows + kept[i]!.ids.length, kept[group[0]!]!.prompt.length),
    0,
  );
}

function copied({ tensors }: Adapter): Map<string, Float32Array> {
  return new Map([...tensors].map(([name, values]) => [name, values.slice()]));
}

function factors({ tensors }: Adapter, module: string): Factors {
  return { b: tensors.get(module + LORA_B)!, a: tensors.get(module + LORA_A)! };
}

/** Kept arrays as an adapter's tensors, or what does not fit. */
function fitting({ tensors }: Adapter, kept: Arrays): Map<string, Float32Array> | string {
  const fitted = new Map<string, Float32Array>();
  for (const [name, { length }] of tensors) {
    const values: Values | undefined = kept.get(name);
    if (!(values instanceof Float32Array) || values.length !== length) {
      return `${name} does not hold ${length} numbers in float32`;
    }
    fitted.set(name, values.slice());
  }
  const surplus = [...kept.keys()].find((name) => !tensors.has(name));
  return surplus === undefined ? fitted : `the adapter has no ${surplus}`;
}

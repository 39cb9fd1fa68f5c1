import { createHash } from "node:crypto";
import { type Agent, isTrained, type Json, type Reply, type Request } from "../machine/index.js";
import { Uniforms } from "../machine/random.js";
import type { Answer, Decoding, Query, SampleDecoding } from "../search/index.js";
import type { AgentState, Arrays, Gradient, Scored, Term, Trainable, Values } from "./trainable.js";

type Prompt = Pick<Request, "system" | "user">;

export interface TabularOptions {
  readonly agents: readonly Agent[];
  /** What each text agent can say: its whole space of outputs, distinct. */
  readonly texts: ReadonlyMap<string, readonly string[]>;
  /** Logit of an output at a prompt before training; a pure function. Default 0 everywhere. */
  readonly initial?: (agent: string, prompt: Prompt, output: string) => number;
}

interface Table {
  /** Texts or labels, in the order of a row's logits. */
  readonly outputs: readonly string[];
  /** Logits by prompt, as far as training has touched them. */
  rows: Map<string, Float64Array>;
  /** Undefined while the reference is the untrained policy. */
  reference: Map<string, Float64Array> | undefined;
  version: string;
  referenceVersion: string;
}

const FREE = { prefilled: 0, reused: 0, decoded: 0 };

/**
 * A float64 table of logits per agent and rendered prompt, with exact gradients: the oracle that search and learner
 * are held against before any language model is involved. Every output is one "token", whose id is its index.
 */
export class TabularPolicy implements Trainable {
  readonly agents: readonly string[];
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #initial: (agent: string, prompt: Prompt, output: string) => number;
  #tokens = 0;

  constructor({ agents, texts, initial }: TabularOptions) {
    this.agents = agents.filter(isTrained).map(({ name }) => name);
    this.#initial = initial ?? (() => 0);
    this.#tables = new Map(
      agents.map(({ name, output }) => {
        const outputs = output.kind === "labels" ? output.labels : texts.get(name);
        if (outputs === undefined || outputs.length === 0)
          throw new RangeError(`no texts are given for ${name}`);
        const rows = new Map<string, Float64Array>();
        const version = contents(rows);
        return [
          name,
          { outputs, rows, reference: undefined, version, referenceVersion: contents(undefined) },
        ];
      }),
    );
  }

  async answer(queries: readonly Query[]): Promise<readonly Answer[]> {
    this.#tokens += queries.length;
    return queries.map((query) => this.#answer(query));
  }

  #answer({ request, decoding }: Query): Answer {
    const { outputs, rows } = this.#table(request.agent);
    const logits = this.#row(rows, request);
    const logProbs = logSoftmax(logits);
    const { ask } = request;
    if (ask.kind === "score") {
      const logOdds = scoreOf({ kind: "candidate", request }, outputs, logits).value;
      const labelLogProbs = ask.labels.map((label) => logProbs[indexOf(outputs, label)]!);
      return { reply: { kind: "score", logOdds }, logProb: logOdds, labelLogProbs, tokens: FREE };
    }
    const index = choose(logits, decoding);
    const output = outputs[index]!;
    const logProb = logProbs[index]!;
    if (ask.kind !== "choose") return { reply: said(ask.kind, output), ids: [index], logProb, tokens: FREE };
    const labelLogProbs = ask.labels.map((label) => logProbs[indexOf(outputs, label)]!);
    return { reply: { kind: "label", label: output }, logProb, labelLogProbs, tokens: FREE };
  }

  /** An output is a token, and so is each that is scored; prompts have none. */
  takeTokens(): number {
    const tokens = this.#tokens;
    this.#tokens = 0;
    return tokens;
  }

  version(agent: string): string {
    return this.#table(agent).version;
  }

  /** @throws RangeError if the agent cannot say that */
  encode({ agent }: Request, text: string): readonly number[] {
    return [indexOf(this.#table(agent).outputs, text)];
  }

  decode({ agent, ask }: Request, ids: readonly number[]): Reply | undefined {
    const output = ids.length === 1 ? this.#table(agent).outputs[ids[0]!] : undefined;
    return output === undefined ? undefined : said(ask.kind, output);
  }

  parameters(agent: string): Arrays {
    return this.#table(agent).rows;
  }

  async changed(agent: string): Promise<void> {
    const table = this.#table(agent);
    table.version = contents(table.rows);
  }

  async margins(
    agent: string,
    terms: readonly Term[],
    under: "trained" | "reference",
  ): Promise<Float64Array> {
    const { outputs, rows, reference } = this.#table(agent);
    const from = under === "trained" ? rows : (reference ?? new Map<string, Float64Array>());
    const value = (scored: Scored): number =>
      scored.kind === "choice"
        ? choiceOf(scored.options.map(value), scored.index).value
        : scoreOf(scored, outputs, this.#row(from, scored.request)).value;
    for (const { chosen, rejected } of terms)
      this.#tokens += outputsIn(chosen) + (rejected === undefined ? 0 : outputsIn(rejected));
    return Float64Array.from(
      terms,
      ({ chosen, rejected }) => value(chosen) - (rejected ? value(rejected) : 0),
    );
  }

  async gradient(
    agent: string,
    terms: readonly Term[],
    slope: (index: number, margin: number) => number,
  ): Promise<Gradient> {
    const { outputs, rows } = this.#table(agent);
    const margins = await this.margins(agent, terms, "trained");
    const gradient = new Map<string, Values>();
    const value = (scored: Scored): number =>
      scored.kind === "choice"
        ? choiceOf(scored.options.map(value), scored.index).value
        : scoreOf(scored, outputs, this.#row(rows, scored.request)).value;
    const add = (scored: Scored, factor: number): void => {
      if (scored.kind === "choice") {
        const { derivative } = choiceOf(scored.options.map(value), scored.index);
        for (const [i, option] of scored.options.entries()) add(option, factor * derivative[i]!);
        return;
      }
      const key = promptOf(scored.request);
      const logits = this.#row(rows, scored.request);
      if (!rows.has(key)) rows.set(key, logits);
      const into = gradient.get(key) ?? new Float64Array(logits.length);
      gradient.set(key, into);
      for (const [i, d] of scoreOf(scored, outputs, logits).derivative.entries())
        into[i] = into[i]! + factor * d;
    };
    for (const [i, { chosen, rejected }] of terms.entries()) {
      const factor = slope(i, margins[i]!);
      add(chosen, factor);
      if (rejected !== undefined) add(rejected, -factor);
    }
    return { margins, gradient };
  }

  referenceVersion(agent: string): string {
    return this.#table(agent).referenceVersion;
  }

  /** Interpolates logits; rows that training has not touched are the same on both sides. */
  async moveReference(agent: string, mix: number): Promise<number> {
    const table = this.#table(agent);
    const moved = new Map(table.reference);
    for (const [key, row] of table.rows) {
      const from = table.reference?.get(key) ?? this.#untrained(agent, key);
      moved.set(
        key,
        from.map((logit, i) => (1 - mix) * logit + mix * row[i]!),
      );
    }
    table.reference = moved;
    table.referenceVersion = contents(moved);
    return 0;
  }

  snapshot(agent: string): AgentState {
    const { rows, reference } = this.#table(agent);
    return { parameters: copy(rows), reference: reference === undefined ? undefined : copy(reference) };
  }

  async restore(agent: string, { parameters, reference }: AgentState): Promise<string | undefined> {
    const table = this.#table(agent);
    for (const [name, row] of [...parameters, ...(reference ?? [])]) {
      if (!(row instanceof Float64Array) || row.length !== table.outputs.length) {
        return `the row of ${name} does not hold ${table.outputs.length} logits in float64`;
      }
    }
    table.rows = copy(parameters);
    table.reference = reference === undefined ? undefined : copy(reference);
    table.version = contents(table.rows);
    table.referenceVersion = contents(table.reference);
    return undefined;
  }

  #table(agent: string): Table {
    const table = this.#tables.get(agent);
    if (table === undefined) throw new RangeError(`there is no agent ${agent}`);
    return table;
  }

  #row(rows: ReadonlyMap<string, Float64Array>, request: Request): Float64Array {
    return rows.get(promptOf(request)) ?? this.#untrained(request.agent, promptOf(request));
  }

  #untrained(agent: string, prompt: string): Float64Array {
    const [system, user] = JSON.parse(prompt) as [string, string];
    return Float64Array.from(this.#table(agent).outputs, (output) =>
      this.#initial(agent, { system, user }, output),
    );
  }
}

function said(kind: "generate" | "record" | "choose" | "score", output: string): Reply {
  return kind === "record"
    ? { kind: "record", value: JSON.parse(output) as Json }
    : { kind: "text", text: output };
}

function promptOf({ system, user }: Request): string {
  return JSON.stringify([system, user]);
}

/** How many outputs are scored for an l. */
function outputsIn(scored: Scored): number {
  return scored.kind === "choice" ? scored.options.reduce((sum, option) => sum + outputsIn(option), 0) : 1;
}

/** l of one of several outputs that exclude one another, and its derivative with respect to theirs. */
function choiceOf(values: readonly number[], index: number) {
  const logProbs = logSoftmax(Float64Array.from(values));
  const derivative = logProbs.map((logProb, i) => (i === index ? 1 : 0) - Math.exp(logProb));
  return { value: logProbs[index]!, derivative };
}

/** l of an output, and its derivative with respect to the row's logits. */
function scoreOf(
  scored: Exclude<Scored, { kind: "choice" }>,
  outputs: readonly string[],
  logits: Float64Array,
): { readonly value: number; readonly derivative: Float64Array } {
  if (scored.kind === "candidate") {
    const { ask } = scored.request;
    if (ask.kind !== "score") throw new RangeError(`${scored.request.id} does not score a candidate`);
    const index = indexOf(outputs, ask.label);
    const others = logits.map((logit, i) => (i === index ? Number.NEGATIVE_INFINITY : logit));
    const total = logSumExp(others);
    const derivative = others.map((logit, i) => (i === index ? 1 : -Math.exp(logit - total)));
    return { value: logits[index]! - total, derivative };
  }
  const index = scored.kind === "label" ? indexOf(outputs, scored.label) : scored.ids[0]!;
  const logProbs = logSoftmax(logits);
  const derivative = logProbs.map((logProb, i) => (i === index ? 1 : 0) - Math.exp(logProb));
  return { value: logProbs[index]!, derivative };
}

function indexOf(outputs: readonly string[], output: string): number {
  const index = outputs.indexOf(output);
  if (index < 0) throw new RangeError(`${JSON.stringify(output)} is none of ${outputs.join(", ")}`);
  return index;
}

function logSumExp(values: Float64Array): number {
  const top = Math.max(...values);
  return top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0));
}

function logSoftmax(logits: Float64Array): Float64Array {
  const total = logSumExp(logits);
  return logits.map((logit) => logit - total);
}

/** The first of equal ones. */
function argmax(values: Float64Array): number {
  return values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
}

/** An output is a token here: a beam search finds the most probable ones, and no group can be made to avoid another's. */
function choose(logits: Float64Array, decoding: Decoding): number {
  switch (decoding.kind) {
    case "greedy":
      return argmax(logits);
    case "sample":
      return draw(logits, decoding);
    case "beam":
      return ranked(logits)[Math.min(decoding.index, logits.length - 1)]!;
  }
}

function ranked(values: Float64Array): number[] {
  return [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b);
}

/** The most probable outputs, `topK` at most, until their share of these reaches `topP`, renormalised. */
function draw(logits: Float64Array, { temperature, topK = 0, topP, key }: SampleDecoding): number {
  const probabilities = logSoftmax(logits.map((logit) => logit / temperature)).map(Math.exp);
  const order = ranked(probabilities).slice(0, topK === 0 ? undefined : topK);
  const whole = topK === 0 ? 1 : order.reduce((sum, i) => sum + probabilities[i]!, 0);
  let kept = 0;
  let size = 0;
  while (size < order.length && (size === 0 || kept < topP * whole)) {
    kept += probabilities[order[size]!]!;
    size += 1;
  }
  let left = new Uniforms(key).next() * kept;
  for (const index of order.slice(0, size)) {
    left -= probabilities[index]!;
    if (left < 0) return index;
  }
  return order[size - 1]!;
}

function copy(rows: Arrays): Map<string, Float64Array> {
  return new Map([...rows].map(([name, row]) => [name, Float64Array.from(row)]));
}

/** Names a table's contents. */
function contents(rows: ReadonlyMap<string, Float64Array> | undefined): string {
  const hash = createHash("sha256");
  for (const [name, row] of rows ?? [])
    hash.update(JSON.stringify(name)).update(new Uint8Array(row.buffer, row.byteOffset, row.byteLength));
  return `${rows === undefined ? "untrained" : "table"}:${hash.digest("hex")}`;
}

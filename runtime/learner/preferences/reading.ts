import { conform, type FlowModule, type Json } from "../../machine/index.js";
import { isChoice, type Search, SearchError, type Simulator, type Step, shown } from "../../search/index.js";
import type { Way } from "./source.js";

type Schema = Readonly<Record<string, Json | undefined>>;

/** What of one episode an evaluator may read, under the names of its inputs. */
export interface Reads {
  readonly result: string;
  readonly steps: string;
}

/**
 * Makes the inputs of an evaluator, a flow that is told of episodes: what it reads of them and of their task is what its
 * inputs are called, down to the fields of their records.
 */
export class Reading {
  readonly #flow: FlowModule;
  readonly #simulator: Pick<Simulator, "truth">;
  readonly #search: Search;
  readonly #names: ReadonlySet<string>;

  constructor(flow: FlowModule, simulator: Pick<Simulator, "truth">, search: Search) {
    this.#flow = flow;
    this.#simulator = simulator;
    this.#search = search;
    this.#names = new Set(inputsOf(flow));
  }

  /**
   * All inputs.
   * @param ways each with the names under which it is read
   * @throws SearchError if something does not fit the type of its input
   */
  input(ways: readonly (readonly [Way, Reads])[]): Json {
    const { task } = ways[0]![0].episode;
    const asked = (task.input ?? {}) as Schema;
    const values: Record<string, Json | undefined> = Object.fromEntries(
      [...this.#names].filter((name) => Object.hasOwn(asked, name)).map((name) => [name, asked[name]]),
    );
    if (this.#names.has("truth")) values.truth = this.#simulator.truth?.(task);
    for (const [way, names] of ways) Object.assign(values, this.#read(way, names));
    const held = conform(this.#flow.input, narrowed(this.#flow.input, values));
    if ("value" in held) return held.value;
    throw new SearchError(`the evaluator ${this.#flow.flow} cannot be asked: ${held.problem}`, task.id);
  }

  /** Names all that is read of one episode: two of which the same is read are the same to the evaluator. */
  key(way: Way, names: readonly Reads[]): string {
    const { properties = {}, $defs = {} } = this.#flow.input as { properties?: Schema; $defs?: Schema };
    const read = names.flatMap((each) => Object.entries(this.#read(way, each)));
    return JSON.stringify(
      read.map(([name, value]) => narrowed({ ...(properties[name] as Schema), $defs }, value ?? null)),
    );
  }

  #read(way: Way, { result, steps }: Reads): Readonly<Record<string, Json | undefined>> {
    return {
      ...(this.#names.has(result) ? { [result]: "step" in way ? way.result : way.episode.result } : {}),
      ...(this.#names.has(steps) ? { [steps]: this.#search.stepsOf(way).map(told) } : {}),
    };
  }
}

/** The names of a flow's inputs. */
export function inputsOf({ input }: Pick<FlowModule, "input">): readonly string[] {
  return Object.keys(((input as Schema).properties ?? {}) as Schema);
}

/** The schema of what a flow gives, with its name looked up. */
export function outputOf({ output }: Pick<FlowModule, "output">): Schema {
  const { $ref, $defs = {} } = output as { readonly $ref?: string; readonly $defs?: Schema };
  return ($ref === undefined ? output : $defs[$ref.replace(/^#\/\$defs\//, "")]) as Schema;
}

/** A step as an evaluator may read it. Of a pick `asked` is the prompt of the candidate that was taken. */
function told(step: Step): Json {
  const { point } = step;
  if (!isChoice(step)) {
    const { effect, request, reply } = step;
    return {
      point,
      agent: effect,
      asked: JSON.stringify(request.inputs),
      answer: JSON.stringify(reply.value),
    };
  }
  const { agent, requests, reply } = step;
  const request = requests.find(
    ({ ask }) => reply.kind === "pick" && ask.kind === "score" && ask.candidate === reply.candidate,
  );
  return { point, agent, asked: (request ?? requests[0]!).user, answer: String(shown(reply)) };
}

/** A value without the fields of records that a schema does not have; what does not fit otherwise stays as it is. */
function narrowed(schema: Json, value: Json, definitions: Schema = {}): Json {
  const { $ref, $defs = definitions, anyOf, items, properties } = schema as Schema;
  const within = $defs as Schema;
  if (typeof $ref === "string") {
    return narrowed(within[$ref.replace(/^#\/\$defs\//, "")] ?? {}, value, within);
  }
  if (Array.isArray(anyOf)) return value === null ? null : narrowed(anyOf[0] as Schema, value, within);
  if (Array.isArray(value)) return value.map((item) => narrowed(items ?? {}, item as Json, within));
  if (typeof value !== "object" || value === null || properties === undefined) return value;
  const own = Object.entries(properties as Schema).filter(([name]) => Object.hasOwn(value, name));
  return Object.fromEntries(
    own.map(([name, each]) => [name, narrowed(each ?? {}, (value as Schema)[name] ?? null, within)]),
  );
}

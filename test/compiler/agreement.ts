import type { Program } from "../../compiler/index.js";
import {
  type EffectRequest,
  type Example,
  FlowFailure,
  type FlowModule,
  isEffect,
  type Json,
  type Pending,
  type Reply,
  type Request,
} from "../../runtime/machine/index.js";
import { replyTo } from "./drive.js";
import { effectCall, Failed, Interpreter, type Value } from "./interpreter.js";
import { type Shape, sampleOf, shapeOfOutput, shapeOfSchema } from "./shapes.js";

/** What an episode asked, with the answers, and how it ended: the result, or "failed". */
export interface Trace {
  readonly asked: readonly string[];
  readonly result: Value | Json | undefined;
}

/** An answer that depends on the question and a seed alone. */
function answerTo(id: string, user: string, form: Shape, isScore: boolean, seed: number): Value {
  let hash = seed;
  for (const unit of id + user) hash = (Math.imul(hash, 33) ^ unit.charCodeAt(0)) | 0;
  const next = () => {
    const n = Math.abs(hash);
    hash = (Math.imul(hash, 33) ^ 5) | 0;
    return n;
  };
  return isScore ? next() % 4 : sampleOf(form, next);
}

/** Walks the syntax tree of a flow, up to a number of questions. */
export function interpret(
  program: Program,
  flow: string,
  inputs: readonly Value[],
  seed: number,
  questions: number,
): Trace {
  const run = new Interpreter(program, program.flows.get(flow)!.declaration).run(inputs);
  const asked: string[] = [];
  try {
    let next = run.next();
    while (next.done !== true && asked.length < questions) {
      const { id, user, examples, form, candidate } = next.value;
      const answer = answerTo(id, user, form, candidate !== undefined, seed);
      asked.push(line(id, user, examples, answer));
      next = run.next(answer);
    }
    return { asked, result: next.done === true ? next.value : undefined };
  } catch (error) {
    if (error instanceof Failed) return { asked, result: "failed" };
    throw error;
  }
}

/**
 * Runs the emitted machine, up to a number of questions.
 * @param which of so many open requests is answered next; the first if nothing is said
 */
export function play(
  module: FlowModule,
  input: Json,
  seed: number,
  questions: number,
  which: (open: number) => number = () => 0,
): Trace {
  const asked: string[] = [];
  try {
    let state = module.start(input);
    while (asked.length < questions) {
      const open = module.pending(state);
      const request: Pending | undefined = open[which(open.length)];
      if (request === undefined) break;
      const [text, reply] = isEffect(request)
        ? perform(module, request, seed)
        : answer(module, request, seed);
      asked.push(text);
      state = module.advance(state, request.id, reply);
    }
    return { asked, result: module.result(state) };
  } catch (error) {
    if (error instanceof FlowFailure) return { asked, result: "failed" };
    throw error;
  }
}

function answer(
  module: FlowModule,
  { id, user, examples = [], ask, agent }: Request,
  seed: number,
): [string, Reply] {
  const form = shapeOfOutput(module.agents.find(({ name }) => name === agent)!.output);
  const given = answerTo(id, user, form, ask.kind === "score", seed);
  return [line(id, user, examples, given), replyTo(ask, given)];
}

function perform(module: FlowModule, request: EffectRequest, seed: number): [string, Reply] {
  const { id, effect, class: kind, inputs } = request;
  const { output } = module.effects!.find(({ name }) => name === effect)!;
  const form = shapeOfSchema(output, (output as Record<string, Json>).$defs ?? {});
  const call = effectCall(effect, kind, inputs as Readonly<Record<string, Value>>);
  const value = answerTo(id, call, form, false, seed);
  return [line(id, call, [], value), { kind: "effect", value: value as Json }];
}

function line(id: string, user: string, examples: readonly Example[], answer: Value): string {
  const shown = examples.map((each) => `${JSON.stringify(each.user)} -> ${JSON.stringify(each.answer)}; `);
  return `${id} ${shown.join("")}${JSON.stringify(user)} -> ${JSON.stringify(answer)}`;
}

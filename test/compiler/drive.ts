import { compileFunction } from "node:vm";
import { standing } from "../../cli/support/disk-host.js";
import { compileScript } from "../../compiler/index.js";
import * as machine from "../../runtime/machine/index.js";
import {
  type FlowModule,
  isEffect,
  type Json,
  type Reply,
  type Request,
} from "../../runtime/machine/index.js";

/** Compiles a flow that must have no errors; `file` is where it stands. The modules of its effects need not be there. */
export async function machineOf(text: string, flow?: string, file = "test.flow"): Promise<FlowModule> {
  const { place } = standing(file);
  const options = flow === undefined ? { place } : { flow, place };
  const { script, diagnostics } = await compileScript(text, file, options);
  if (script === undefined) throw new Error(diagnostics.map((each) => each.message).join("; "));
  const exports: { default?: FlowModule } = {};
  compileFunction(script, ["exports", "require"])(exports, (name: string) => {
    if (name !== "flowc/machine") throw new Error(`${name} is not there`);
    return machine;
  });
  return exports.default!;
}

export interface Drive {
  /** `start`'s state and every later one. */
  readonly states: readonly Json[];
  /** What was asked, in order. */
  readonly requests: readonly Request[];
  readonly result: Json | undefined;
}

/** Runs a flow to its end, answering the first open request each time. */
export function drive(
  module: FlowModule,
  input: Json,
  answer: (request: Request) => Reply,
  limit = 10_000,
): Drive {
  const states = [module.start(input)];
  const requests: Request[] = [];
  for (let step = 0; step < limit; step++) {
    const state = states.at(-1)!;
    const [request] = module.pending(state);
    if (request === undefined) return { states, requests, result: module.result(state) };
    if (isEffect(request)) throw new Error(`${request.id} is an effect, which nobody does here`);
    requests.push(request);
    states.push(module.advance(state, request.id, answer(request)));
  }
  throw new Error("the flow does not end");
}

/** Answers by agent: a text, a label, or a score for each candidate; lists are used up from the front. */
export function scripted(script: Readonly<Record<string, readonly Json[]>>): (request: Request) => Reply {
  const left = new Map(Object.entries(script).map(([agent, answers]) => [agent, [...answers]]));
  return ({ agent, ask }) => {
    const answer = left.get(agent)?.shift();
    if (answer === undefined) throw new Error(`nothing is left for ${agent} to say`);
    return replyTo(ask, answer);
  };
}

export function replyTo(ask: Request["ask"], answer: Json): Reply {
  if (ask.kind === "record") return { kind: "record", value: answer };
  if (ask.kind === "generate") return { kind: "text", text: String(answer) };
  if (ask.kind === "choose") return { kind: "label", label: String(answer) };
  return { kind: "score", logOdds: Number(answer) };
}

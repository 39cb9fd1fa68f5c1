import type { Call, Pick, Span } from "../../grammar/index.js";
import { type AgentSymbol, type EffectSymbol, type FlowSymbol, typeOfCall } from "../check/symbols.js";
import type { Signature } from "../functions/signature.js";
import { int, listOf } from "../types/type.js";
import { type Builder, newBlock, newLocal } from "./builder.js";
import type { Ask, Local, Perform, Value } from "./ir.js";
import { lowerJump } from "./jumps.js";
import { lowerAll, settled } from "./sequence.js";
import { constant, local } from "./values.js";

/** A call asks an agent or the simulator, or enters another flow, whose graph is written out here: flows do not call themselves. */
export function lowerCall(b: Builder, node: Call, into: Local | undefined): Value {
  const signature = b.program.facts.builtInCalls.get(node);
  if (signature !== undefined) return lowerFunction(b, node, signature);
  const extern = b.program.facts.externCalls.get(node);
  if (extern !== undefined) {
    return { kind: "extern", extern, args: lowerAll(b, node.args), place: b.place(node.span) };
  }
  const callee = b.program.facts.calls.get(node);
  if (callee === undefined) throw new Error(`nobody is called ${node.callee.name}`);
  const args = lowerAll(b, node.args).map((value, index) => settled(b, value, node.args[index]!));
  if (callee.kind === "flow") return lowerFlowCall(b, node, callee, args, into);
  const result = into ?? newLocal(callee.name, typeOfCall(callee));
  const call = { ...identity(b, node, callee), args, result, next: newBlock("after") };
  ask(
    b,
    callee.kind === "effect"
      ? { kind: "effect", effect: callee, ...call }
      : { kind: "ask", agent: callee, ...call },
    node.span,
  );
  return local(result);
}

function lowerFunction(b: Builder, node: Call, { emitted, fails }: Signature): Value {
  const args = lowerAll(b, node.args);
  return { kind: "function", name: emitted, args, place: fails ? b.place(node.span) : undefined };
}

/** The best candidate of a list; without candidates nothing is asked. */
export function lowerPick(b: Builder, node: Pick, into: Local | undefined): Value {
  const { scorer, condition } = node;
  const callee = b.program.facts.calls.get(scorer);
  if (callee?.kind !== "agent") throw new Error(`${scorer.callee.name} is no agent`);
  const element = b.localOf(b.program.facts.bindings.get(node.name)!);
  const list = b.held(b.lower(node.list), "list", b.typeOf(node.list), node.list.span);
  const test = condition && b.lower(condition);
  const found: Value = { kind: "candidates", element, list: local(list), condition: test };
  const candidates = b.spill(found, "candidates", listOf(int), node.span);

  const some = newBlock("candidates");
  const none = newBlock("none");
  const length: Value = { kind: "length", list: local(candidates) };
  const isEmpty: Value = { kind: "same", left: length, right: constant(0), negated: false };
  b.exit({ kind: "if", condition: isEmpty, whenTrue: none, whenFalse: some, span: node.span });
  b.enter(none);
  lowerJump(b, node.otherwise);

  b.enter(some);
  const args = scorer.args.map((arg) => b.lower(arg));
  const result = into ?? newLocal(node.name.name, element.type);
  const { name: label } = node.label;
  const who = identity(b, scorer, callee);
  ask(
    b,
    {
      kind: "pick",
      agent: callee,
      ...who,
      args,
      result,
      label,
      list,
      candidates,
      element,
      next: newBlock("after"),
    },
    node.span,
  );
  return local(result);
}

function ask(b: Builder, exit: Ask | Perform, span: Span): void {
  b.asks++;
  b.exit({ ...exit, span });
  b.enter(exit.next);
}

function identity(b: Builder, node: Call, { name: callee }: AgentSymbol | EffectSymbol): Identity {
  const { prefix, flow, path } = b.frame;
  const name = `${callee}#${b.ordinals.get(node)}`;
  return { at: `${prefix}${name}`, site: `${flow}/${name}`, path };
}

type Identity = Readonly<globalThis.Pick<Ask, "at" | "site" | "path">>;

function lowerFlowCall(
  b: Builder,
  node: Call,
  flow: FlowSymbol,
  args: readonly Value[],
  into: Local | undefined,
): Value {
  const outer = b.frame;
  const step = `${flow.name}#${b.ordinals.get(node)}`;
  const result = into ?? newLocal(flow.name, flow.output);
  const to = newBlock("after");
  b.frame = {
    flow: flow.name,
    prefix: `${outer.prefix}${step}/`,
    locals: new Map(),
    path: [...outer.path, step],
    loops: [],
    returns: { result, to },
  };
  flow.parameters.forEach((parameter, index) => {
    b.assign(b.localOf(parameter), args[index]!, node.args[index]!.span);
  });
  b.lowerings.block(b, flow.declaration.body);
  b.frame = outer;
  b.enter(to);
  return local(result);
}

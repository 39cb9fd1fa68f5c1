import type { Call, Pick } from "../../grammar/index.js";
import { suggest } from "../diagnostics/suggest.js";
import type { BuiltIn } from "../functions/signature.js";
import { builtIns } from "../functions/table.js";
import { bool, show, type Type, unknown } from "../types/type.js";
import { checkBuiltInCall } from "./built-in-calls.js";
import { type Context, childScope, declare, type Scope, tellAbsence } from "./context.js";
import { checkJump } from "./jumps.js";
import { assume, presentIf } from "./presence.js";
import { checkLabel, requireList, requireType } from "./require.js";
import { type Callee, type ExternSymbol, typeOfCall } from "./symbols.js";

/** What a pick needs. */
const labelGiver = "an agent that gives labels";

/** A call of an agent, an effect, another flow or a function of the language: its type is what is answered. */
export function checkCall(context: Context, scope: Scope, call: Call): Type {
  // What the file of a test holds is known when the test runs.
  if (context.facts.files.has(call)) return unknown;
  const builtIn = builtInOf(context, call);
  if (builtIn !== undefined) return checkBuiltInCall(context, scope, call, builtIn);
  const extern = context.externs.get(call.callee.name);
  if (extern !== undefined) return checkExternCall(context, scope, call, extern);
  const symbol = resolveCallee(context, scope, call);
  if (symbol === undefined) return unknown;
  if (scope.silent === undefined) return typeOfAnswer(context, symbol);
  context.report("F307", call.span, { place: scope.silent });
  // What is made of an answer that is not there does not matter.
  return unknown;
}

/** A declared name goes before the language's, so that a function more in the language breaks no flow. */
function builtInOf(context: Context, { callee: { name } }: Call): BuiltIn | undefined {
  const { agents, flows, externs, effects, lostNames, usedCalls } = context;
  usedCalls.add(name);
  const isDeclared = [agents, flows, externs, effects, lostNames].some((names) => names.has(name));
  return isDeclared ? undefined : builtIns.get(name);
}

function typeOfAnswer(context: Context, symbol: Callee): Type {
  return isUnsure(context, symbol) ? unknown : typeOfCall(symbol);
}

/** Whether it is not known for sure what goes in and comes out. */
function isUnsure({ ambiguous }: Context, { broken, name }: Callee | ExternSymbol): boolean {
  return broken || ambiguous.has(name);
}

/** Finds who is called and checks what is handed over. */
function resolveCallee(context: Context, scope: Scope, call: Call): Callee | undefined {
  const { name, span } = call.callee;
  const symbol = context.agents.get(name) ?? context.flows.get(name) ?? context.effects.get(name);
  if (symbol === undefined) {
    const { agents, flows, externs, effects } = context;
    const tables = [agents, flows, externs, effects, builtIns];
    const names = tables.flatMap((table) => [...table.keys()]);
    tellAbsence(context, name, "calls")("F103", span, { name }, suggest(name, names));
    for (const arg of call.args) context.typeOf(scope, arg);
    return undefined;
  }
  context.facts.calls.set(call, symbol);
  checkArgs(context, scope, call, symbol);
  return symbol;
}

/** A function of a module asks nobody, so it may be called in prompts too. */
function checkExternCall(context: Context, scope: Scope, call: Call, symbol: ExternSymbol): Type {
  context.facts.externCalls.set(call, symbol);
  checkArgs(context, scope, call, symbol);
  return isUnsure(context, symbol) ? unknown : symbol.output;
}

function checkArgs(context: Context, scope: Scope, call: Call, symbol: Callee | ExternSymbol): void {
  const { name, parameters } = symbol;
  const isKnown = !isUnsure(context, symbol);
  if (isKnown && parameters.length !== call.args.length) {
    const inputs = parameters.map((each) => `${each.name}: ${show(each.type)}`).join(", ");
    context.report("F204", call.span, { name, expected: parameters.length, found: call.args.length, inputs });
  }
  call.args.forEach((arg, index) => {
    const parameter = parameters[index];
    if (parameter === undefined || !isKnown) context.typeOf(scope, arg);
    else requireType(context, scope, arg, parameter.type);
  });
}

/** `pick NAME from LIST where CONDITION by SCORER is LABEL else JUMP`: its type is the list's element. */
export function checkPick(context: Context, scope: Scope, pick: Pick): Type {
  if (scope.silent !== undefined) context.report("F307", pick.span, { place: scope.silent });
  const element = requireList(context, scope, pick.list);
  // Scores are asked for all candidates at once, so nothing may be asked on the way to one.
  const inner = childScope(scope, { silent: scope.silent ?? "the condition or the inputs of a pick" });
  declare(context, inner, pick.name, element, "loop variable");
  if (pick.condition !== undefined) {
    requireType(context, inner, pick.condition, bool);
    assume(inner, presentIf(inner, pick.condition, true));
  }
  const builtIn = builtInOf(context, pick.scorer);
  if (builtIn !== undefined) {
    context.report("F207", pick.scorer.span, {
      expected: labelGiver,
      found: `the function \`${builtIn.name}\``,
    });
    return element;
  }
  const extern = context.externs.get(pick.scorer.callee.name);
  if (extern !== undefined) {
    checkExternCall(context, inner, pick.scorer, extern);
    context.report("F207", pick.scorer.span, {
      expected: labelGiver,
      found: `the function \`${extern.name}\``,
    });
    return element;
  }
  const scorer = resolveCallee(context, inner, pick.scorer);
  if (scorer !== undefined) {
    checkLabel(context, typeOfAnswer(context, scorer), pick.label.name, pick.label.span, pick.scorer.span);
    if (scorer.kind !== "agent")
      context.report("F207", pick.scorer.span, {
        expected: labelGiver,
        found: `the ${scorer.kind} \`${scorer.name}\``,
      });
  }
  checkJump(context, scope, pick.otherwise);
  return element;
}

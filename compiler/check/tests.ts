import type { Expression, Identifier, Mock, Quoted, TestDeclaration } from "../../grammar/index.js";
import { suggest } from "../diagnostics/suggest.js";
import { int, type RecordType, show, type Type } from "../types/type.js";
import { type Context, tellAbsence } from "./context.js";
import { type CallSite, callSites } from "./sites.js";
import { type FlowSymbol, type TestSymbol, typeOfCall } from "./symbols.js";
import { requireWritten } from "./written.js";

/**
 * Holds a test against its flow: what goes in, what is answered, and what is expected.
 * @param isSure whether all that the flow asks is known, so that nothing else can be mocked
 */
export function checkTest(context: Context, { flow, declaration }: TestSymbol, isSure: boolean): void {
  if (flow === undefined) reportFlow(context, declaration);
  if (flow === undefined || flow.broken) return;
  const asked: Asked = { flow, sites: callSites(context.facts, flow), isSure };
  checkInput(context, flow, declaration);
  const targets = new Set<string>();
  const parts = new Set<string>();
  for (const part of declaration.parts) {
    if (part.kind === "mock") {
      const { name, span } = part.target;
      if (targets.has(name)) context.report("F110", span, { name, what: "mock" });
      targets.add(name);
      checkMock(context, asked, part);
      continue;
    }
    const name = part.kind === "expect-failure" ? "expect" : part.kind;
    if (parts.has(name)) context.report("F110", part.span, { name, what: "part" });
    parts.add(name);
    if (part.kind === "expect") requireWritten(context, part.value, flow.output, "a test");
    else if (part.kind === "path") {
      for (const point of part.points) checkId(context, asked, point, "choice point");
    }
  }
  if (!parts.has("expect") && !parts.has("path")) context.report("F601", declaration.name.span, {});
}

/** What can be asked in a test. */
interface Asked {
  readonly flow: FlowSymbol;
  readonly sites: readonly CallSite[];
  readonly isSure: boolean;
}

function reportFlow(context: Context, { name, flow }: TestDeclaration): void {
  if (flow === undefined) {
    // Any name that was lost may be the flow's.
    const isLost = context.lostNames.size > 0 || context.nameless.calls > 0;
    (isLost ? context.followUp : context.report)("F111", name.span, {});
    return;
  }
  const meant = suggest(flow.name, context.declared.flows.keys());
  tellAbsence(context, flow.name, "calls")("F113", flow.span, { name: flow.name }, meant);
}

/** The inputs of a flow as one record. */
export function inputType({ name, parameters }: FlowSymbol): RecordType {
  const fields = new Map(parameters.map((each) => [each.name, each.type]));
  return { kind: "record", fields, name: `the input of \`${name}\`` };
}

/** A flow without inputs needs none to be said. */
function checkInput(context: Context, flow: FlowSymbol, { name, parts }: TestDeclaration): void {
  const given = parts.filter((each) => each.kind === "input");
  const type = inputType(flow);
  for (const { value } of given) requireWritten(context, value, type, "a test");
  if (given.length > 0) return;
  for (const { name: missing } of flow.parameters) {
    context.report("F205", name.span, { name: missing, type: show(type) });
  }
}

function checkMock(context: Context, asked: Asked, node: Mock): void {
  const { target } = node;
  if (target.quoted) checkId(context, asked, target, "site");
  else checkName(context, asked, target);
  const meant = targetSites(asked.sites, target);
  const isKnown = meant.every(({ callee }) => !context.ambiguous.has(callee.name));
  if (meant.length > 0 && isKnown) for (const answer of node.answers) checkAnswer(context, meant, answer);
}

function checkName(context: Context, { flow, sites, isSure }: Asked, { name, span }: Identifier): void {
  const names = new Set(sites.map(({ callee }) => callee.name));
  if (names.has(name) || !isSure) return;
  context.report("F602", span, { flow: flow.name, name }, suggest(name, names));
}

/** A step of the path that leads to a choice point: a pass, an index, or the call of a flow. */
const step = String.raw`(?:\d+|[A-Za-z_]\w*#\d+)`;
const idPattern = new RegExp(String.raw`^([A-Za-z_]\w*\/[A-Za-z_]\w*#\d+)(@(?:${step}(?:\.${step})*)?)?$`);

/** @param wanted whether the path may be left out, or may not */
function checkId(
  context: Context,
  { flow, sites, isSure }: Asked,
  { name, span }: Quoted,
  wanted: "site" | "choice point",
): void {
  const [, site, path] = idPattern.exec(name) ?? [];
  // An effect is no choice point.
  const isPath = wanted === "choice point";
  const known = sites.flatMap(({ id, callee }) => (isPath && callee.kind === "effect" ? [] : [id]));
  if (site === undefined) {
    const isAgent = wanted === "site" && sites.some(({ callee }) => callee.name === name);
    const meant = isAgent ? [name] : wanted === "site" ? suggest(name, known).map(inQuotes) : [];
    context.report("F603", span, { id: name, wanted }, meant);
  } else if (!known.includes(site)) {
    if (!isSure) return;
    const meant = suggest(site, known).map((id) => inQuotes(id + (path ?? "")));
    context.report("F602", span, { flow: flow.name, name }, meant);
  } else if (isPath && path === undefined) context.report("F603", span, { id: name, wanted });
}

function inQuotes(id: string): string {
  return JSON.stringify(id);
}

/** The sites that a mock answers for; none if its target is not among them. */
export function targetSites(
  sites: readonly CallSite[],
  { name, quoted }: Mock["target"],
): readonly CallSite[] {
  const site = name.replace(/@.*$/s, "");
  return sites.filter(({ id, callee }) => (quoted ? id === site : callee.name === name));
}

function checkAnswer(context: Context, sites: readonly CallSite[], answer: Expression): void {
  const type = wantedAnswer(sites, answer);
  // What an agent gives that could not be read in full, nobody knows.
  if (type !== "candidate" && type.kind === "unknown") return;
  if (type !== "candidate") requireWritten(context, answer, type, "a test");
  else if (!isCandidate(answer) && answer.kind !== "error")
    context.report("F605", answer.span, { agent: sites[0]!.callee.name });
  else context.facts.types.set(answer, int);
}

function isCandidate(node: Expression): boolean {
  return node.kind === "number" && node.whole;
}

/** What an answer is: a place in the list of a pick, or a value of the type that the agent or the effect gives. */
export function wantedAnswer(sites: readonly CallSite[], answer: Expression): Type | "candidate" {
  const [first] = sites;
  const decides = sites.some(({ picks }) => picks);
  if (decides && (isCandidate(answer) || sites.every(({ picks }) => picks))) return "candidate";
  return typeOfCall(first!.callee);
}

import { type Declaration, type File, type Parsed, parse, Sources, SourceText } from "../../grammar/index.js";
import { type Diagnostic, diagnostic, hasErrors, type Report } from "../diagnostics/diagnostic.js";
import { suggest } from "../diagnostics/suggest.js";
import { syntaxDiagnostic } from "../diagnostics/syntax.js";
import { presentOf } from "../types/type.js";
import { type Context, rootScope, type Scope, type Watch } from "./context.js";
import { collect } from "./declarations.js";
import { checkEndings } from "./endings.js";
import { checkExamples } from "./examples.js";
import { infer } from "./expressions.js";
import { isPresent } from "./presence.js";
import { checkReach } from "./reach.js";
import { checkBlock } from "./statements.js";
import type { AgentSymbol, FlowSymbol, Known, Program, Variable } from "./symbols.js";
import { checkTemplate } from "./templates.js";
import { callsByFlow, checkRecursion, checkSize, checkUsage } from "./usage.js";

export interface Checked {
  readonly sources: Sources;
  /** There if no diagnostic is an error. */
  readonly program?: Program;
  /** In the order of their places. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A file with what could be understood of it, whatever is wrong: for tools that read files while they are written. */
export interface Examined {
  readonly sources: Sources;
  readonly tree: File;
  /** Not whole where there are errors, and never to be compiled then. */
  readonly known: Known;
  /** In the order of their places. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads and checks one file: pure, and never throws for what the text holds.
 * @param file what the file is called in messages
 */
export function check(text: string, file: string): Checked {
  const { sources, diagnostics, known } = checkParsed(new SourceText(file, text), parse(text));
  if (hasErrors(diagnostics)) return { sources, diagnostics };
  return { sources, diagnostics, program: { ...known, types: [...known.types.values()] } };
}

/**
 * The same with what is known of a file that has errors: declarations that could not be read in full are gone through
 * as well, and say nothing.
 * @param file what the file is called in messages
 * @param watch is told of every expression that is checked
 */
export function examine(text: string, file: string, watch?: Watch): Examined {
  const parsed = parse(text);
  const examined = checkParsed(new SourceText(file, text), parsed, { watch });
  return { ...examined, tree: parsed.file };
}

/** @param editor if there is one, broken declarations are checked too, silently */
function checkParsed(
  source: SourceText,
  parsed: Parsed,
  editor?: { readonly watch: Watch | undefined },
): Omit<Examined, "tree"> {
  const diagnostics = parsed.problems.map(syntaxDiagnostic);
  let silent = false;
  const report: Report = (code, span, params, suggestions) => {
    if (!silent) diagnostics.push(diagnostic(code, span, params, suggestions));
  };
  const sources = new Sources([source]);
  const context = newContext(sources, parsed, report, editor?.watch);
  collect(context, parsed.file, isBroken(parsed));
  for (const agent of context.agents.values()) if (!agent.broken) checkAgent(context, agent);
  for (const flow of context.flows.values()) if (!flow.broken) checkFlow(context, flow);
  const calls = callsByFlow(context);
  checkRecursion(context, calls);
  checkSize(context, calls);
  // What is missing from a file with mistakes may only seem unused.
  if (!hasErrors(diagnostics)) {
    checkUsage(context);
    checkReach(context);
    checkEndings(context);
  }
  if (editor !== undefined) {
    silent = true;
    for (const agent of context.agents.values()) if (agent.broken) checkAgent(context, agent);
    for (const flow of context.flows.values()) if (flow.broken) checkFlow(context, flow);
  }
  diagnostics.sort((a, b) => a.span.start - b.span.start);
  const { types, agents, flows, externs, facts } = context;
  return { sources, diagnostics, known: { sources, types, agents, flows, externs, facts } };
}

function newContext(sources: Sources, parsed: Parsed, report: Report, watch: Watch | undefined): Context {
  const context: Context = {
    sources,
    report,
    types: new Map(),
    agents: new Map(),
    flows: new Map(),
    externs: new Map(),
    facts: {
      types: new Map(),
      uses: new Map(),
      bindings: new Map(),
      calls: new Map(),
      externCalls: new Map(),
      builtInCalls: new Map(),
      narrowed: new Set(),
      origins: new Map(),
    },
    usedTypes: new Set(),
    lostNames: parsed.lostNames,
    checkBlock: (scope, block) => checkBlock(context, scope, block),
    typeOf(scope, expression, expected) {
      watch?.(scope, expression, expected);
      const whole = infer(context, scope, expression, expected && presentOf(expected));
      const isThere = whole.kind === "optional" && isPresent(scope, expression);
      const type = isThere ? whole.element : whole;
      if (isThere) context.facts.narrowed.add(expression);
      context.facts.types.set(expression, type);
      return type;
    },
  };
  return context;
}

/** A declaration is broken if a problem stands between its beginning and that of the next. */
function isBroken({ file, problems }: Parsed): (node: Declaration) => boolean {
  const broken = new Set<Declaration>();
  const { declarations } = file;
  let at = 0;
  for (const { span } of problems) {
    while (at + 1 < declarations.length && declarations[at + 1]!.span.start <= span.start) at++;
    const node = declarations[at];
    if (node !== undefined && node.span.start <= span.start) broken.add(node);
  }
  return (node) => broken.has(node);
}

function checkAgent(context: Context, agent: AgentSymbol): void {
  const scope = inputScope(agent.parameters, rootScope(undefined, "a prompt"));
  const seen = new Set<string>();
  for (const { name, template } of agent.declaration.sections) {
    if (name.name !== "system" && name.name !== "user") {
      context.report("F404", name.span, { name: name.name }, suggest(name.name, ["system", "user"]));
    } else if (seen.has(name.name)) {
      context.report("F110", name.span, { name: name.name, what: "prompt" });
    }
    seen.add(name.name);
    checkTemplate(context, scope, template);
  }
  checkExamples(context, agent);
  if (!seen.has("user")) context.report("F402", agent.declaration.name.span, { name: agent.name });
}

function checkFlow(context: Context, flow: FlowSymbol): void {
  const scope = inputScope(flow.parameters, rootScope(flow.output));
  if (checkBlock(context, scope, flow.declaration.body)) {
    context.report("F303", flow.declaration.name.span, { name: flow.name });
  }
}

function inputScope(parameters: readonly Variable[], scope: Scope): Scope {
  for (const variable of parameters) scope.names.set(variable.name, variable);
  return scope;
}

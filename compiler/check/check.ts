import type { Expression, File, Parsed, Sources, SourceText } from "../../grammar/index.js";
import { catalogue } from "../diagnostics/catalogue.js";
import { type Diagnostic, diagnostic, hasErrors, type Report } from "../diagnostics/diagnostic.js";
import { withoutRepeats } from "../diagnostics/repeats.js";
import { suggest } from "../diagnostics/suggest.js";
import { syntaxDiagnostic } from "../diagnostics/syntax.js";
import { brokenIn } from "../files/broken.js";
import type { Place } from "../files/host.js";
import { type FlowFile, type FlowFiles, readFiles } from "../files/read.js";
import { excess } from "../types/size.js";
import { presentOf, type Type, unknown } from "../types/type.js";
import { type Context, rootScope, type Scope, type Watch } from "./context.js";
import { collect } from "./declarations.js";
import { checkEndings } from "./endings.js";
import { checkExamples } from "./examples.js";
import { infer } from "./expressions.js";
import { bindImports, checkUnique } from "./imports.js";
import { type Names, newNames } from "./names.js";
import { isPresent } from "./presence.js";
import { checkReach } from "./reach.js";
import { callsByFlow, checkRecursion, checkSize } from "./size.js";
import { checkBlock } from "./statements.js";
import type { AgentSymbol, Facts, FlowSymbol, Known, Program, TestSymbol, Variable } from "./symbols.js";
import { checkTemplate } from "./templates.js";
import { checkTest } from "./tests.js";
import { checkUsage } from "./usage.js";

export interface Checked {
  readonly sources: Sources;
  /** There if no diagnostic is an error. */
  readonly program?: Program;
  /** The same as far as it could be read, whatever is wrong: to look at declarations, never to be compiled. */
  readonly declared: Program;
  /** In the order of their places. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A file with what could be understood of it, whatever is wrong: for tools that read files while they are written. */
export interface Examined {
  readonly sources: Sources;
  readonly tree: File;
  /** The file itself, and what its imports lead to. */
  readonly file: FlowFile;
  /** Not whole where there are errors, and never to be compiled then. */
  readonly known: Known;
  /** In the order of their places. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads and checks a file with all that it imports. Never throws for what a text holds, and reads nothing itself.
 * Warnings are about that file alone, errors about all of them.
 * @param file what the file is called in messages
 * @param place where the text stands; without one it can import nothing
 */
export function check(text: string, file: string, place?: Place): Checked {
  const { sources, diagnostics, program } = checkFiles(readFiles(text, file, place));
  const declared = program;
  return hasErrors(diagnostics)
    ? { sources, diagnostics, declared }
    : { sources, diagnostics, declared, program };
}

/**
 * The same with what is known of a file that has errors: declarations that could not be read in full are gone through
 * as well, and say nothing.
 * @param file what the file is called in messages
 * @param watch is told of every expression of the file that is checked
 */
export function examine(text: string, file: string, place?: Place, watch?: Watch): Examined {
  const read = readFiles(text, file, place);
  const { sources, diagnostics, known } = checkFiles(read, { watch });
  const own = read.files.at(-1)!;
  return { sources, diagnostics, known, tree: own.parsed.file, file: own };
}

/** @param editor if there is one, broken declarations of the file that was asked for are checked too, silently */
function checkFiles(
  { files, sources, diagnostics: found }: FlowFiles,
  editor?: { readonly watch: Watch | undefined },
): Omit<Examined, "tree" | "file"> & { readonly program: Program } {
  const diagnostics = [...found, ...files.flatMap(({ parsed }) => parsed.problems.map(syntaxDiagnostic))];
  let silent = false;
  const report: Report = (code, span, params, suggestions) => {
    const isOwn = catalogue[code].severity === "error" || sources.at(span.start) === sources.main;
    if (!silent && isOwn) diagnostics.push(diagnostic(code, span, params, suggestions));
  };
  const followUps: Diagnostic[] = [];
  const followUp: Report = (code, span, params, suggestions) => {
    if (!silent) followUps.push(diagnostic(code, span, params, suggestions));
  };
  const facts = newFacts();
  const contexts = new Map<FlowFile, Context>();
  for (const file of files) {
    const watch = file.source === sources.main ? editor?.watch : undefined;
    const context = newContext({ sources, report, followUp, facts }, file.parsed, watch);
    contexts.set(file, context);
    bindImports(context, file, contexts);
    const broken = brokenIn(file.parsed);
    collect(context, file.parsed.file, (node) => broken.has(node));
  }
  checkUnique(contexts.values());
  for (const context of contexts.values()) checkBodies(context, false);
  const main = contexts.get(files.at(-1)!)!;
  // What a flow with mistakes asks is not known for sure.
  checkTests(main, { broken: false, isSure: !hasErrors(diagnostics) });
  const program = programOf(
    sources,
    facts,
    [...contexts].map(([{ source }, { declared }]) => [source, declared]),
    [...contexts.values()].flatMap(({ tests }) => tests),
  );
  const whole = { facts, report, flows: flowsOf(contexts.values()) };
  const calls = callsByFlow(whole);
  checkRecursion(whole, calls);
  checkSize(whole, calls);
  // Whatever they were taken to follow from, no mistake goes unsaid.
  if (!hasErrors(diagnostics)) diagnostics.push(...followUps);
  // What is missing from a file with mistakes may only seem unused.
  if (!hasErrors(diagnostics)) {
    checkUsage(main);
    checkReach(main);
    checkEndings(main);
  }
  if (editor !== undefined) {
    silent = true;
    checkBodies(main, true);
    checkTests(main, { broken: true, isSure: false });
  }
  const starts = files.flatMap(({ parsed }) => parsed.file.declarations.map(({ span }) => span.start));
  const told = withoutRepeats(
    diagnostics,
    followUps,
    starts.sort((a, b) => a - b),
  );
  const { types, agents, flows, externs, effects, tests } = main;
  const known = { sources, types, agents, flows, externs, effects, tests, facts };
  return { sources, diagnostics: told, program, known };
}

/** Checks what a file's own declarations hold: of those that could be read in full, or of the others. */
function checkBodies(context: Context, broken: boolean): void {
  const { agents, flows } = context.declared;
  for (const agent of agents.values()) if (agent.broken === broken) checkAgent(context, agent);
  for (const flow of flows.values()) if (flow.broken === broken) checkFlow(context, flow);
}

function checkTests(
  context: Context,
  { broken, isSure }: { readonly broken: boolean; readonly isSure: boolean },
): void {
  for (const test of context.tests) if (test.broken === broken) checkTest(context, test, isSure);
}

function flowsOf(contexts: Iterable<Context>): readonly FlowSymbol[] {
  const flows = [...contexts].flatMap(({ declared }) => [...declared.flows.values()]);
  return flows.sort((a, b) => a.declaration.span.start - b.declaration.span.start);
}

/** The type that was found for an expression, or `unknown` after a report if it is too large. */
function bounded(context: Context, { span }: Expression, type: Type): Type {
  const beyond = excess(type);
  if (beyond === undefined) return type;
  context.report("F009", span, beyond);
  return unknown;
}

/** All that the files declare, in the order of their offsets. */
function programOf(
  sources: Sources,
  facts: Facts,
  declared: readonly (readonly [SourceText, Names])[],
  tests: readonly TestSymbol[],
): Program {
  const names = declared.toSorted(([a], [b]) => a.base - b.base).map(([, each]) => each);
  return {
    sources,
    facts,
    types: names.flatMap(({ types }) => [...types.values()]),
    agents: new Map(names.flatMap(({ agents }) => [...agents])),
    flows: new Map(names.flatMap(({ flows }) => [...flows])),
    externs: new Map(names.flatMap(({ externs }) => [...externs])),
    effects: new Map(names.flatMap(({ effects }) => [...effects])),
    tests,
  };
}

function newFacts(): Facts {
  return {
    types: new Map(),
    uses: new Map(),
    bindings: new Map(),
    calls: new Map(),
    externCalls: new Map(),
    files: new Map(),
    builtInCalls: new Map(),
    narrowed: new Set(),
    origins: new Map(),
  };
}

function newContext(
  shared: Pick<Context, "sources" | "report" | "followUp" | "facts">,
  parsed: Parsed,
  watch: Watch | undefined,
): Context {
  const context: Context = {
    ...shared,
    ...newNames(),
    declared: newNames(),
    imports: new Map(),
    tests: [],
    usedTypes: new Set(),
    usedCalls: new Set(),
    lostNames: new Set(parsed.lostNames),
    ambiguous: new Set(),
    nameless: { types: 0, calls: 0 },
    checkBlock: (scope, block) => checkBlock(context, scope, block),
    typeOf(scope, expression, expected) {
      watch?.(scope, expression, expected);
      const whole = bounded(
        context,
        expression,
        infer(context, scope, expression, expected && presentOf(expected)),
      );
      const isThere = whole.kind === "optional" && isPresent(scope, expression);
      const type = isThere ? whole.element : whole;
      if (isThere) context.facts.narrowed.add(expression);
      context.facts.types.set(expression, type);
      return type;
    },
  };
  return context;
}

function checkAgent(context: Context, agent: AgentSymbol): void {
  const scope = inputScope(agent.parameters, rootScope(undefined, "a prompt"));
  const seen = new Set<string>();
  for (const { name, template } of agent.declaration.sections) {
    if (name.name !== "system" && name.name !== "user") {
      const meant = suggest(name.name, ["system", "user"]);
      context.report("F404", name.span, { name: name.name }, meant);
      if (meant[0] !== undefined) seen.add(meant[0]);
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
  const reach = checkBlock(context, scope, flow.declaration.body);
  if (reach === "no") return;
  const tell = reach === "yes" ? context.report : context.followUp;
  tell("F303", flow.declaration.name.span, { name: flow.name });
}

function inputScope(parameters: readonly Variable[], scope: Scope): Scope {
  for (const variable of parameters) scope.names.set(variable.name, variable);
  return scope;
}

import { posix } from "node:path";
import type { Sources } from "../grammar/index.js";
import { type Checked, check } from "./check/check.js";
import type { FlowSymbol, Program } from "./check/symbols.js";
import { type Diagnostic, diagnostic, hasErrors } from "./diagnostics/diagnostic.js";
import { suggest } from "./diagnostics/suggest.js";
import { checkMachines } from "./emit/size.js";
import { externsOf } from "./externs/probe.js";
import type { Place } from "./files/host.js";
import { moduleFrom } from "./files/paths.js";
import type { FlowGraph } from "./graph/graph.js";
import { sourceHash } from "./source-hash.js";

export interface CompileOptions {
  /** Which flow is compiled; by default the last one of the file, so that helpers may stand above it. */
  readonly flow?: string;
  /** The .flow file relative to where the emitted files will stand, for source maps; by default its own name. */
  readonly sourcePath?: string;
  /** Where the text stands; without it it can import nothing. */
  readonly place?: Place;
  /**
   * The folder in which the flow's extern modules are read, to hold its declarations against them; without it these
   * are taken at their word.
   */
  readonly folder?: string;
}

export interface EmittedFile {
  /** Without a folder, e.g. `router.d.ts`. */
  readonly name: string;
  readonly text: string;
}

export interface Compiled {
  readonly sources: Sources;
  readonly diagnostics: readonly Diagnostic[];
  /** There if no diagnostic is an error. */
  readonly files?: readonly EmittedFile[];
  /** Paths of extern modules, there or not, and of the files that these import. */
  readonly modules?: readonly string[];
}

export interface CompiledScript {
  readonly sources: Sources;
  readonly diagnostics: readonly Diagnostic[];
  /** There if no diagnostic is an error: a CommonJS script that requires `flowc/machine` and `modules` only. */
  readonly script?: string;
  /** Modules whose functions it calls, from the folder of the flow: `./` or `../` and their path. */
  readonly modules?: readonly string[];
  /** What the script gives as its `source`. */
  readonly hash?: string;
}

/**
 * Compiles one flow to TypeScript, JavaScript, types and source maps. Writes nothing, reads extern modules alone.
 * @param file path of the .flow file: for messages, and its name is that of the emitted files
 */
export async function compile(text: string, file: string, options: CompileOptions = {}): Promise<Compiled> {
  const { sources, diagnostics, modules = [], program, flow } = await select(text, file, options);
  if (program === undefined || flow === undefined) return { sources, diagnostics, modules };
  const name = baseName(file);
  const { sourcePath = `${name}.flow` } = options;
  const covered = coveredModules(program, name, sourcePath);
  if (covered.length > 0) return { sources, modules, diagnostics: [...diagnostics, ...covered] };
  // ts-morph takes half a second to load, so only what emits pays for it.
  const { emit } = await import("./emit/emit.js");
  const emitted = emit(program, flow, { name, sourcePath });
  const files = Object.entries(emitted).map(([ending, content]) => ({
    name: `${name}.${ending}`,
    text: content as string,
  }));
  return { sources, diagnostics, modules, files };
}

/** Compiles one flow to a script that can be run from memory. */
export async function compileScript(
  text: string,
  file: string,
  options: CompileOptions = {},
): Promise<CompiledScript> {
  const { sources, diagnostics, program, flow } = await select(text, file, options);
  if (program === undefined || flow === undefined) return { sources, diagnostics };
  const { emitScript } = await import("./emit/emit.js");
  const name = baseName(file);
  const script = emitScript(program, flow, { name, sourcePath: options.sourcePath ?? file });
  return { sources, diagnostics, script, modules: externModules(program), hash: sourceHash(program) };
}

export interface Graphed {
  readonly sources: Sources;
  readonly diagnostics: readonly Diagnostic[];
  /** There if no diagnostic is an error. */
  readonly graph?: FlowGraph;
}

/** The state graph of one flow. */
export async function graph(text: string, file: string, options: CompileOptions = {}): Promise<Graphed> {
  const { sources, diagnostics, program, flow } = await select(text, file, options);
  if (program === undefined || flow === undefined) return { sources, diagnostics };
  const { graphOf } = await import("./graph/build.js");
  return { sources, diagnostics, graph: graphOf(program, flow) };
}

interface Selected extends Omit<CheckedWhole, "declared"> {
  readonly flow?: FlowSymbol;
}

/** Checks the file and finds the flow that is wanted. */
async function select(text: string, file: string, options: CompileOptions): Promise<Selected> {
  const { flow: wanted } = options;
  const { sources, program, diagnostics, modules = [] } = await checkWhole(text, file, options);
  if (program === undefined) return { sources, diagnostics, modules };
  const flow = selectFlow(program, wanted);
  if (flow !== undefined) return { sources, diagnostics, modules, program, flow };
  const nowhere = { start: 0, end: 0 };
  const missing =
    wanted === undefined
      ? diagnostic("F111", nowhere, {})
      : diagnostic(
          "F113",
          nowhere,
          { name: wanted },
          suggest(
            wanted,
            ownFlows(program).map(({ name }) => name),
          ),
        );
  return { sources, diagnostics: [missing, ...diagnostics], modules };
}

/** What `checkWhole` found, and the files beside the flow that it went by. */
export interface CheckedWhole extends Checked {
  /** Paths of extern modules, there or not, and of the files that these import. */
  readonly modules?: readonly string[];
}

/**
 * Like `check`, and flows whose machines would be too large are found. With a folder the extern declarations that could
 * be read are held against their modules there, whatever else is wrong.
 * @param options.flow which flow's input the modules' `start` is held against; the last one by default
 */
export async function checkWhole(
  text: string,
  file: string,
  { place, folder, flow: wanted }: Pick<CompileOptions, "place" | "folder" | "flow"> = {},
): Promise<CheckedWhole> {
  const { sources, declared, program, ...checked } = check(text, file, place);
  const found = await checkModules(declared, folder, wanted);
  const machines = program === undefined ? [] : checkMachines(program);
  const diagnostics = [...checked.diagnostics, ...found.diagnostics, ...machines].sort(
    (a, b) => a.span.start - b.span.start,
  );
  const whole = { sources, declared, diagnostics, modules: found.modules };
  return hasErrors(diagnostics) ? whole : { ...whole, program: declared };
}

async function checkModules(
  declared: Program,
  folder: string | undefined,
  wanted: string | undefined,
): Promise<{ readonly diagnostics: readonly Diagnostic[]; readonly modules: readonly string[] }> {
  const externs = folder === undefined ? [] : externsOf(declared, selectFlow(declared, wanted));
  if (folder === undefined || externs.length === 0) return { diagnostics: [], modules: [] };
  const { checkExterns } = await import("./externs/check-externs.js");
  return checkExterns(externs, folder);
}

/** The extern modules that stand where the emitted files would. */
function coveredModules(program: Program, name: string, sourcePath: string): Diagnostic[] {
  if (posix.dirname(sourcePath) !== ".") return [];
  const written = ["ts", "js", "d.ts"].map((ending) => `./${name}.${ending}`);
  const modules = [...program.types, ...program.externs.values(), ...program.effects.values()].flatMap(
    ({ declaration }) => declaration.from ?? [],
  );
  return modules
    .filter((from) => written.includes(moduleFrom(program.sources, from)))
    .map(({ path, span }) => diagnostic("F329", span, { path }))
    .sort((a, b) => a.span.start - b.span.start);
}

function externModules({ externs, sources }: Program): string[] {
  return [...new Set([...externs.values()].map(({ declaration }) => moduleFrom(sources, declaration.from)))];
}

/** Those of the file that was asked for: what it imports is there to be called. */
function ownFlows({ flows, sources }: Program): FlowSymbol[] {
  return [...flows.values()].filter(({ declaration: { span } }) => sources.at(span.start) === sources.main);
}

/** The flow of that name, or the last one of the file. */
export function selectFlow(program: Program, wanted: string | undefined): FlowSymbol | undefined {
  const own = ownFlows(program);
  return wanted === undefined ? own.at(-1) : own.find(({ name }) => name === wanted);
}

function baseName(file: string): string {
  return file.replace(/^.*[\\/]/s, "").replace(/\.flow$/, "");
}

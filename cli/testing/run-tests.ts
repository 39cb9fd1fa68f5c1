import {
  checkWhole,
  hasErrors,
  type Program,
  type Sources,
  type TestCase,
  testCases,
} from "../../compiler/index.js";
import type { FlowModule } from "../../runtime/machine/index.js";
import type { Effects } from "../../runtime/search/index.js";
import { loadFlowText } from "../load-flow.js";
import { diagnosticJson, printDiagnostics } from "../support/diagnostics.js";
import { standing } from "../support/disk-host.js";
import { openEffects } from "../support/effects.js";
import { CommandFailure, ExitCode } from "../support/exit.js";
import { readFlowFile } from "../support/read-flow.js";
import { jsonText, printable } from "../support/terminal.js";
import { type Played, playTest } from "./play-test.js";
import { Report, testJson } from "./report.js";

/** What `flowc test` was asked, as commander gives it. */
export interface TestOptions {
  readonly filter?: string;
  readonly list?: boolean;
  readonly json?: boolean;
  readonly allowExtern?: boolean;
}

/** A file with its tests; none if it has errors. */
interface TestedFile {
  readonly file: string;
  readonly text: string;
  readonly sources: Sources;
  readonly program: Program | undefined;
  readonly diagnostics: readonly object[];
  readonly tests: readonly TestCase[];
}

/**
 * Runs the tests of some files, and reports them.
 * @throws CommandFailure if a file cannot be read, or there is nothing to run
 */
export async function runTests(paths: readonly string[], options: TestOptions): Promise<ExitCode> {
  const begun = performance.now();
  const files: TestedFile[] = [];
  for (const path of paths) files.push(await readTests(path, options));
  const broken = files.filter(({ program }) => program === undefined).length;
  if (broken === 0) requireTests(files, options);
  if (options.list === true) {
    list(files, options);
    return broken > 0 ? ExitCode.diagnostics : ExitCode.ok;
  }
  const report = new Report(options.json !== true);
  const rows: object[] = [];
  for (const each of files) {
    if (each.tests.length > 0) report.file(each.file);
    for await (const [test, played] of playedTests(each, options)) {
      report.test(test, played, each.sources);
      if (options.json === true) rows.push(testJson(test, played, each.sources));
    }
  }
  const milliseconds = performance.now() - begun;
  const { passed, failed } = report.end(milliseconds, broken);
  if (options.json === true) {
    const diagnostics = files.flatMap((each) => each.diagnostics);
    print({ tests: rows, passed, failed, diagnostics, milliseconds: Math.round(milliseconds) });
  }
  return broken + failed > 0 ? ExitCode.diagnostics : ExitCode.ok;
}

async function readTests(file: string, { filter = "", json }: TestOptions): Promise<TestedFile> {
  const text = await readFlowFile(file);
  const { sources, program, diagnostics } = await checkWhole(text, file, standing(file));
  if (json !== true) printDiagnostics(diagnostics, sources);
  const tests = program === undefined ? [] : testCases(program);
  return {
    file,
    text,
    sources,
    program: hasErrors(diagnostics) ? undefined : program,
    diagnostics: diagnostics.map((each) => diagnosticJson(each, sources)),
    tests: tests.filter(({ name }) => name.includes(filter)),
  };
}

/** That nothing is run must not look like success. */
function requireTests(files: readonly TestedFile[], { filter }: TestOptions): void {
  if (files.some(({ tests }) => tests.length > 0)) return;
  const where = files.length === 1 ? files[0]!.file : "these files";
  throw new CommandFailure(
    filter === undefined
      ? `there is no test in ${where}`
      : `no test in ${where} has ${JSON.stringify(filter)} in its name`,
  );
}

function list(files: readonly TestedFile[], { json }: TestOptions): void {
  const rows = files.flatMap(({ file, sources, tests }) =>
    tests.map(({ name, flow, span }) => ({ file, name, flow, ...sources.positionAt(span.start) })),
  );
  if (json === true) print({ tests: rows, diagnostics: files.flatMap((each) => each.diagnostics) });
  else
    for (const { file, line, column, name } of rows)
      process.stdout.write(`${printable(`${file}:${line}:${column} ${name}`)}\n`);
}

function print(value: object): void {
  process.stdout.write(`${jsonText(value, 2)}\n`);
}

/** Each flow is compiled once, when its first test comes. */
async function* playedTests(
  { file, text, sources, tests }: TestedFile,
  { allowExtern = false }: TestOptions,
): AsyncGenerator<readonly [TestCase, Played]> {
  const known = new Map<string, Loaded>();
  for (const test of tests) {
    const flow = known.get(test.flow) ?? (await loaded(text, file, test.flow, allowExtern));
    if (typeof flow === "string") {
      const failure = { kind: "code", message: flow, span: test.span } as const;
      yield [test, { failures: [failure], answers: [], milliseconds: 0 }];
      continue;
    }
    known.set(test.flow, flow);
    const { effects } = flow;
    const { folder } = standing(file);
    yield [test, await playTest(test, flow.module, { sources, folder, effects })];
  }
}

/** A compiled flow, and who does its effects if that is allowed. */
interface Loaded {
  readonly module: FlowModule;
  readonly effects: Effects | undefined;
}

/** The compiled flow, or why its code is not run. */
async function loaded(
  text: string,
  file: string,
  flow: string,
  allowExtern: boolean,
): Promise<Loaded | string> {
  try {
    const module = await loadedModule(text, file, flow, allowExtern);
    return { module, effects: allowExtern ? await openEffects(module, file, true) : undefined };
  } catch (error) {
    if (error instanceof CommandFailure) return error.message;
    throw error;
  }
}

async function loadedModule(
  text: string,
  file: string,
  flow: string,
  allowExtern: boolean,
): Promise<FlowModule> {
  const { module, diagnostics } = await loadFlowText(text, file, { flow, allowExtern });
  // The file was checked, and its modules for another of its flows.
  if (module === undefined) {
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    throw new CommandFailure(errors.map(({ message }) => message).join("; "), ExitCode.diagnostics);
  }
  return module;
}

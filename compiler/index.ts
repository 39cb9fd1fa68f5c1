export { type Position, type Sources, SourceText, type Span } from "../grammar/index.js";
export { type Checked, check } from "./check/check.js";
export type { AgentSymbol, Program } from "./check/symbols.js";
export {
  type CheckedWhole,
  type Compiled,
  type CompiledScript,
  type CompileOptions,
  checkWhole,
  compile,
  compileScript,
  type EmittedFile,
  type Graphed,
  graph,
} from "./compile.js";
export { type Code, catalogue, type Severity } from "./diagnostics/catalogue.js";
export { type Diagnostic, hasErrors } from "./diagnostics/diagnostic.js";
export { printable, type Remark, renderDiagnostic, renderRemark } from "./diagnostics/render.js";
export { suggest } from "./diagnostics/suggest.js";
export * from "./editor/index.js";
export type { FileHost, Place } from "./files/host.js";
export { projectRoot } from "./files/read.js";
export { type FormattedText, formatText } from "./format.js";
export type * from "./graph/annotations.js";
export type * from "./graph/graph.js";
export { annotatedSvg, type GraphFormat, graphFormats, printGraph } from "./graph/print.js";
export { type CompileStats, compileStats } from "./stats.js";
export {
  type TestAnswers,
  type TestCase,
  type TestFile,
  type TestValue,
  testCases,
} from "./tests.js";
export { format, version } from "./version.js";

import { posix } from "node:path";
import { IndentationText, NewLineKind, Project, QuoteKind } from "ts-morph";
import type { FlowSymbol, Program } from "../check/symbols.js";
import { sourceHash } from "../source-hash.js";
import { version } from "../version.js";
import { plan } from "./make-plan.js";
import { moduleStructures } from "./module.js";
import { composed, flowMap } from "./source-map.js";
import { withoutMarks } from "./text.js";
import { transpile, transpileScript } from "./transpile.js";

export interface EmitOptions {
  /** Name of the emitted files without an ending. */
  readonly name: string;
  /** Of the .flow file, relative to where the emitted files will stand; for source maps. */
  readonly sourcePath: string;
}

/**
 * A module as the emitted file names it: relative to where that stands, with the ending that Node reads. `sourcePath`
 * may be a URL, as it is for scripts that are run from memory: those name modules from the flow's folder.
 */
function modulePath(sourcePath: string, from: string): string {
  if (/^\w+:\/\//.test(sourcePath)) return from;
  const path = posix.join(posix.dirname(sourcePath), from).replace(/\.([cm]?)ts$/, ".$1js");
  return path.startsWith("../") ? path : `./${path}`;
}

/** The text of each emitted file, by its ending. */
export interface Emitted {
  readonly ts: string;
  readonly "ts.map": string;
  readonly js: string;
  readonly "js.map": string;
  readonly "d.ts": string;
}

/** Emits a flow of a checked program. The same program gives the same bytes. */
export function emit(program: Program, flow: FlowSymbol, options: EmitOptions): Emitted {
  const { text, map } = emitTypeScript(program, flow, options);
  const { name } = options;
  const { js, "js.map": javaScriptMap, "d.ts": declarations } = transpile(text, name);
  return {
    ts: text,
    "ts.map": map,
    js,
    "js.map": composed(javaScriptMap, map),
    "d.ts": declarations,
  };
}

/**
 * The flow as a CommonJS script whose source map stands inside it: for running it from memory.
 * It requires "flowc/machine" and the modules of its extern functions, named from the flow's folder; its `exports.default` is the module.
 */
export function emitScript(program: Program, flow: FlowSymbol, options: EmitOptions): string {
  const { text, map } = emitTypeScript(program, flow, options);
  const { js, "js.map": javaScriptMap } = transpileScript(text);
  const encoded = Buffer.from(composed(javaScriptMap, map)).toString("base64");
  const code = js.replace(/\/\/# sourceMappingURL=.*\s*$/, "");
  return `${code}//# sourceMappingURL=data:application/json;base64,${encoded}\n`;
}

function emitTypeScript(
  program: Program,
  flow: FlowSymbol,
  { name, sourcePath }: EmitOptions,
): { text: string; map: string } {
  const hash = sourceHash(program);
  const project = new Project({
    useInMemoryFileSystem: true,
    manipulationSettings: {
      indentationText: IndentationText.TwoSpaces,
      newLineKind: NewLineKind.LineFeed,
      quoteKind: QuoteKind.Double,
    },
  });
  const toModule = (from: string) => modulePath(sourcePath, from);
  const header = `// Written by flowc ${version} from ${commentName(name)}.flow. Change the flow and compile it again, not this file.\n`;
  const statements = [header, ...moduleStructures(plan(program, flow), hash, toModule)];
  const printed = project.createSourceFile(`${name}.ts`, { statements }).getFullText();
  const { text, marks } = withoutMarks(printed);
  return { text, map: flowMap(`${name}.ts`, sourcePath, program, marks) };
}

/** A file's name may hold anything; what a comment shows of it does not. */
function commentName(name: string): string {
  return name.replace(/[^\w.\- ]/g, "_");
}

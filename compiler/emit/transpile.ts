import { ts } from "ts-morph";

/** What runs of emitted TypeScript, and the types of it. */
export interface Transpiled {
  readonly js: string;
  /** From the JavaScript to the TypeScript, as JSON text. */
  readonly "js.map": string;
  readonly "d.ts": string;
}

const transpiling = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  newLine: ts.NewLineKind.LineFeed,
  verbatimModuleSyntax: false,
  sourceMap: true,
};

/** Nothing but the text itself is looked at: what it holds is spelled out, and types are not checked here. */
const alone = {
  isolatedModules: true,
  declaration: true,
  isolatedDeclarations: true,
  noCheck: true,
  noLib: true,
  noResolve: true,
  // A file may be called anything, even nothing but its ending.
  allowNonTsExtensions: true,
  suppressOutputPathCheck: true,
};

/** A module and its declarations in one go: TypeScript's own functions for one text parse it once for each. */
export function transpile(text: string, name: string): Transpiled {
  const fileName = `${name}.ts`;
  const file = ts.createSourceFile(fileName, text, { languageVersion: transpiling.target });
  const written: { name: string; text: string }[] = [];
  const program = ts.createProgram([fileName], { ...transpiling, ...alone }, hostOf(file, written));
  const [first] = program.emit().diagnostics;
  if (first !== undefined) {
    throw new Error(
      `the emitted code has no declarations: ${ts.flattenDiagnosticMessageText(first.messageText, " ")}`,
    );
  }
  const take = (ending: string) => {
    const found = written.find((each) => each.name.endsWith(ending));
    if (found === undefined) throw new Error(`TypeScript gave no ${ending}`);
    return found.text;
  };
  return { js: take(".js"), "js.map": take(".js.map"), "d.ts": take(".d.ts") };
}

/** A file system that holds one file whatever it is asked for, and keeps what is written. */
function hostOf(file: ts.SourceFile, written: { name: string; text: string }[]): ts.CompilerHost {
  return {
    getSourceFile: () => file,
    writeFile: (name, text) => void written.push({ name, text }),
    fileExists: () => true,
    readFile: () => undefined,
    getDefaultLibFileName: () => "lib.d.ts",
    getCurrentDirectory: () => "",
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
  };
}

/** A CommonJS script, and the map from it to the TypeScript. */
export function transpileScript(text: string): Pick<Transpiled, "js" | "js.map"> {
  const { outputText, sourceMapText } = ts.transpileModule(text, {
    // A name that no module has: one called like the flow would be taken for the text itself.
    fileName: "~.ts",
    compilerOptions: { ...transpiling, module: ts.ModuleKind.CommonJS },
  });
  if (sourceMapText === undefined) throw new Error("TypeScript gave no source map");
  return { js: outputText, "js.map": sourceMapText };
}

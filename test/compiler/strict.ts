import { join } from "node:path";
import ts from "typescript";

/**
 * What the strictest ordinary settings say about emitted files, all in one program.
 * @param texts files that need not exist, by name; others are read
 */
export function strictErrors(
  names: readonly string[],
  texts: ReadonlyMap<string, string> = new Map(),
): string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noFallthroughCasesInSwitch: true,
    noImplicitReturns: true,
    allowUnreachableCode: false,
    isolatedDeclarations: true,
    declaration: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2023.d.ts"],
    types: ["node"],
    skipLibCheck: true,
    paths: { "flowc/machine": [join(process.cwd(), "runtime/machine/index.ts")] },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => texts.has(name) || fileExists(name);
  host.getSourceFile = (name, language) => {
    const text = texts.get(name);
    return text === undefined ? getSourceFile(name, language) : ts.createSourceFile(name, text, language);
  };
  const program = ts.createProgram([...names, ...texts.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map((each) => {
    const at = each.file?.getLineAndCharacterOfPosition(each.start ?? 0);
    return `${each.file?.fileName}:${(at?.line ?? 0) + 1} ${ts.flattenDiagnosticMessageText(each.messageText, " ")}`;
  });
}

import { readFileSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { ModuleKind, ModuleResolutionKind, Node, Project, ScriptTarget, type SourceFile, ts } from "ts-morph";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.js";
import { decodeUtf8 } from "../files/utf8.js";
import { type Extern, type Keeping, liveName, probeHead, probeText, startName } from "./probe.js";

/** A module larger than this is not one that somebody wrote for a flow. */
const largest = 10_000_000;

/** Characters of a type that a message shows. */
const widest = 200;

export interface CheckedExterns {
  readonly diagnostics: readonly Diagnostic[];
  /** Paths of the modules, and of the files of theirs that were read with them. A module need not be there. */
  readonly modules: readonly string[];
}

/**
 * Holds extern declarations of a program against the modules that they name, by TypeScript's own type checker.
 * The modules are read, with what they import; none is run.
 * @param folder of the program's main file
 */
export function checkExterns(externs: readonly Extern[], folder: string): CheckedExterns {
  const byModule = new Map<string, [Extern, ...Extern[]]>();
  for (const each of externs) {
    const key = JSON.stringify([each.folder, each.from.path]);
    const others = byModule.get(key);
    if (others === undefined) byModule.set(key, [each]);
    else others.push(each);
  }
  const project = newProject();
  const named: string[] = [];
  const found = [...byModule.values()].flatMap((from) => {
    const declaring = join(folder, from[0].folder);
    named.push(join(declaring, from[0].from.path));
    return checkModule(project, declaring, from);
  });
  const read = project.getProgram().compilerObject.getSourceFiles();
  const own = read
    .map(({ fileName }) => fileName)
    .filter((name) => !name.includes("/node_modules/") && !name.endsWith(probeEnding));
  return {
    diagnostics: found.sort((a, b) => a.span.start - b.span.start),
    modules: [...new Set([...named, ...own])],
  };
}

const probeEnding = ".flowc-probe.mts";

function newProject(): Project {
  return new Project({
    skipAddingFilesFromTsConfig: true,
    compilerOptions: {
      strict: true,
      noEmit: true,
      allowJs: true,
      checkJs: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      target: ScriptTarget.ES2022,
      // Types of a browser would be most of what there is to read, half a second of it. Those of Node come from @types/node.
      lib: ["lib.es2022.d.ts"],
      module: ModuleKind.NodeNext,
      moduleResolution: ModuleResolutionKind.NodeNext,
    },
  });
}

/**
 * @param folder of the file that declares
 * @param externs all from one module
 */
function checkModule(
  project: Project,
  folder: string,
  externs: readonly [Extern, ...Extern[]],
): Diagnostic[] {
  const { path } = externs[0].from;
  const module = join(folder, path);
  const why = unreadable(folder, path);
  if (why !== undefined) return externs.map(({ from }) => diagnostic("F326", from.span, { path, why }));
  const given = project.addSourceFileAtPath(module);
  const input = externs.find((each) => each.input !== undefined)?.input ?? "any";
  const exported = given.getExportedDeclarations();
  const [keeping, begun] = keepingOf(exported);
  const probe = project.createSourceFile(
    `${module}${probeEnding}`,
    probeText(`./${given.getBaseName()}`, externs, keeping, input),
    {
      overwrite: true,
    },
  );
  const lines = new Set(
    probe.getPreEmitDiagnostics().map((each) => probe.getLineAndColumnAtPos(each.getStart() ?? 0).line - 1),
  );
  const misfits = externs.flatMap((each, index) =>
    lines.has(probeHead + index) ? [misfit(each, path, given, keeping)] : [],
  );
  if (keeping === "none" || begun === undefined || !lines.has(probeHead + externs.length)) return misfits;
  const { span } = externs.find(({ kind }) => kind === "effect")!;
  const found = shown(typeText(begun));
  return [...misfits, diagnostic("F521", span, { path, keeping, found, input: shown(input) })];
}

/** How a module keeps the state of its effects, and the export that says so. */
function keepingOf(exported: ReadonlyMap<string, readonly Node[]>): [Keeping, Node | undefined] {
  const live = exported.get(liveName)?.[0];
  if (live !== undefined) return ["live", live];
  const start = exported.get(startName)?.[0];
  return start === undefined ? ["none", undefined] : ["start", start];
}

/** Why a module is not looked at. Links out of the flow's folder are not followed. */
function unreadable(folder: string, path: string): string | undefined {
  try {
    const root = realpathSync(folder);
    const real = realpathSync(join(folder, path));
    if (!real.startsWith(root + sep)) return "it is a link out of this folder";
    const stats = statSync(real);
    if (!stats.isFile()) return stats.isDirectory() ? "this is a folder" : "this is no ordinary file";
    if (stats.size > largest) return `it is larger than ${largest} bytes`;
    const read = decodeUtf8(readFileSync(real));
    return "why" in read ? read.why : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? "there is no such file" : (code ?? String(error));
  }
}

function misfit(
  { name, kind, span, wanted: value, wantedLive = value }: Extern,
  path: string,
  given: SourceFile,
  keeping: Keeping,
): Diagnostic {
  const wanted = keeping === "live" ? wantedLive : value;
  const exported = given.getExportedDeclarations().get(name)?.[0];
  if (exported === undefined) return diagnostic("F327", span, { name, path });
  const found = shown(kind === "type" ? shape(exported) : typeText(exported));
  return diagnostic("F328", span, { name, path, wanted: wanted.replaceAll("_: ", ": "), found });
}

function typeText(exported: Node): string {
  return exported.getType().getText(exported, ts.TypeFormatFlags.NoTruncation);
}

function shown(type: string): string {
  return type.length > widest ? `${type.slice(0, widest)}...` : type;
}

/** An interface by its fields, as the flow writes it; everything else as TypeScript calls it. */
function shape(exported: Node): string {
  const type = exported.getType();
  if (!type.isInterface()) return type.getText(exported, ts.TypeFormatFlags.InTypeAlias);
  const fields = type.getProperties().map((each) => {
    const isReadonly = each.getDeclarations().some((node) => Node.isReadonlyable(node) && node.isReadonly());
    const text = each.getTypeAtLocation(exported).getText(exported);
    return `${isReadonly ? "readonly " : ""}${each.getName()}: ${text}`;
  });
  return `{ ${fields.join("; ")} }`;
}

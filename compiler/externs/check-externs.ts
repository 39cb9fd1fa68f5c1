import { realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { ModuleKind, ModuleResolutionKind, Node, Project, ScriptTarget, type SourceFile, ts } from "ts-morph";
import type { Program } from "../check/symbols.js";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.js";
import { type Extern, externsOf, probeHead, probeText, startName } from "./probe.js";

/** A module larger than this is not one that somebody wrote for a flow. */
const largest = 10_000_000;

/** Characters of a type that a message shows. */
const widest = 200;

/**
 * Holds the extern declarations of a program against the modules that they name, by TypeScript's own type checker.
 * The modules are read, with what they import; none is run.
 * @param folder of the program's main file
 */
export function checkExterns(program: Program, folder: string): Diagnostic[] {
  const byModule = new Map<string, [Extern, ...Extern[]]>();
  for (const each of externsOf(program)) {
    const key = JSON.stringify([each.folder, each.from.path]);
    const others = byModule.get(key);
    if (others === undefined) byModule.set(key, [each]);
    else others.push(each);
  }
  if (byModule.size === 0) return [];
  const project = newProject();
  const found = [...byModule.values()].flatMap((externs) => checkModule(project, folder, externs));
  return found.sort((a, b) => a.span.start - b.span.start);
}

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
      module: ModuleKind.NodeNext,
      moduleResolution: ModuleResolutionKind.NodeNext,
    },
  });
}

/** @param externs all from one module */
function checkModule(project: Project, main: string, externs: readonly [Extern, ...Extern[]]): Diagnostic[] {
  const { path } = externs[0].from;
  const folder = join(main, externs[0].folder);
  const module = join(folder, path);
  const why = unreadable(folder, path);
  if (why !== undefined) return externs.map(({ from }) => diagnostic("F326", from.span, { path, why }));
  const given = project.addSourceFileAtPath(module);
  const start = given.getExportedDeclarations().get(startName)?.[0];
  const probe = project.createSourceFile(
    `${module}.flowc-probe.mts`,
    probeText(`./${given.getBaseName()}`, externs, start !== undefined),
    {
      overwrite: true,
    },
  );
  const lines = new Set(
    probe.getPreEmitDiagnostics().map((each) => probe.getLineAndColumnAtPos(each.getStart() ?? 0).line - 1),
  );
  const misfits = externs.flatMap((each, index) =>
    lines.has(probeHead + index) ? [misfit(each, path, given)] : [],
  );
  if (start === undefined || !lines.has(probeHead + externs.length)) return misfits;
  const { span } = externs.find(({ kind }) => kind === "effect")!;
  return [...misfits, diagnostic("F521", span, { path, found: shown(typeText(start)) })];
}

/** Why a module is not looked at. Links out of the flow's folder are not followed. */
function unreadable(folder: string, path: string): string | undefined {
  try {
    const root = realpathSync(folder);
    const real = realpathSync(join(folder, path));
    if (!real.startsWith(root + sep)) return "it is a link out of this folder";
    const { size } = statSync(real);
    return size > largest ? `it is larger than ${largest} bytes` : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? "there is no such file" : (code ?? String(error));
  }
}

function misfit({ name, kind, span, wanted }: Extern, path: string, given: SourceFile): Diagnostic {
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

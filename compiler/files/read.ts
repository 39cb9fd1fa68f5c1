import { basename, dirname, join, relative, sep } from "node:path";
import {
  type ImportDeclaration,
  limits,
  type ModulePath,
  type Parsed,
  parse,
  Sources,
  SourceText,
} from "../../grammar/index.js";
import { type Diagnostic, diagnostic, type Report } from "../diagnostics/diagnostic.js";
import { brokenIn } from "./broken.js";
import type { FileHost, Place } from "./host.js";
import { isFlowPath } from "./paths.js";

/** A file of a program: its tree, and the files that its imports lead to. */
export interface FlowFile {
  readonly source: SourceText;
  readonly parsed: Parsed;
  /** Nothing for an import that leads nowhere, which is reported. */
  readonly imports: ReadonlyMap<ImportDeclaration, FlowFile | undefined>;
}

export interface FlowFiles {
  readonly sources: Sources;
  /** Each after those that it imports, so the file that was asked for is the last. */
  readonly files: readonly FlowFile[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a text and all that it imports, each file once.
 * @param file what the text is called in messages
 * @param place where it stands; without one nothing can be imported
 */
export function readFiles(text: string, file: string, place: Place | undefined): FlowFiles {
  const source = new SourceText(file, text);
  const parsed = parse(text);
  const reader = new Reader(source, parsed.file.imports.length === 0 ? undefined : place && locate(place));
  reader.add(source, parsed, { file, path: reader.location?.path, from: undefined });
  const { files, diagnostics, sources } = reader;
  return { files, diagnostics, sources: new Sources([source, ...sources.slice(1)]) };
}

/** Where the file that was asked for is. */
interface Location {
  readonly host: FileHost;
  /** Without links. */
  readonly path: string;
  /** The folder that imports stay in. */
  readonly root: string;
}

/** A file that is being read, and the one that imports it. */
interface Trail {
  readonly file: string;
  /** Without links; nothing if the text stands nowhere. */
  readonly path: string | undefined;
  readonly from: Trail | undefined;
}

/** What an import's path leads to. */
type Found = { readonly real: string } | { readonly why: string } | { readonly isOutside: true };

class Reader {
  readonly files: FlowFile[] = [];
  readonly sources: SourceText[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly #known = new Map<string, FlowFile>();
  /** Whether the program has become too large, which is said once. */
  #isFull = false;

  constructor(
    readonly main: SourceText,
    readonly location: Location | undefined,
  ) {}

  /** Takes a file up, and what it imports before it. */
  add(source: SourceText, parsed: Parsed, trail: Trail): FlowFile {
    this.sources.push(source);
    const broken = brokenIn(parsed);
    const imports = new Map(
      parsed.file.imports.map((node) => [node, broken.has(node) ? undefined : this.#follow(node, trail)]),
    );
    const file = { source, parsed, imports };
    if (trail.path !== undefined) this.#known.set(trail.path, file);
    this.files.push(file);
    return file;
  }

  #follow({ from }: ImportDeclaration, trail: Trail): FlowFile | undefined {
    const { path, span } = from;
    if (this.#isFull) return undefined;
    const report: Report = (code, at, params) => this.diagnostics.push(diagnostic(code, at, params));
    if (!isFlowPath(path)) {
      report("F501", span, { path });
      return undefined;
    }
    const found = this.#find(path, trail.path);
    if ("isOutside" in found) report("F503", span, { path });
    if ("why" in found) report("F502", span, { path, why: found.why });
    if (!("real" in found)) return undefined;
    const circle = circleTo(found.real, trail);
    if (circle !== undefined) report("F504", span, { path: circle });
    if (circle !== undefined) return undefined;
    return this.#known.get(found.real) ?? this.#open(found.real, from, trail, report);
  }

  /** The file that a path leads to. Nothing outside of the root is looked at, nor told of whether it is there. */
  #find(path: string, from: string | undefined): Found {
    if (this.location === undefined || from === undefined) return { why: "this text stands in no folder" };
    const { host, root } = this.location;
    const wanted = join(dirname(from), path);
    if (!isWithin(root, wanted)) return { isOutside: true };
    const real = host.realPath(wanted);
    if (real === undefined) return { why: "there is no such file" };
    return isWithin(root, real) ? { real } : { isOutside: true };
  }

  #open(real: string, { path, span }: ModulePath, from: Trail, report: Report): FlowFile | undefined {
    const { host, path: main } = this.location!;
    const last = this.sources.at(-1)!;
    // One further, so that the end of a file is not the beginning of the next.
    const base = last.base + last.text.length + 1;
    const full = (what: string, limit: number) => {
      this.#isFull = true;
      report("F505", span, { what, limit });
    };
    if (this.sources.length >= limits.files) return void full("files", limits.files);
    // A unit of a text in memory takes up to three bytes of UTF-8.
    const read = host.read(real, 3 * limits.characters);
    if ("why" in read) return void report("F502", span, { path, why: read.why });
    const { length } = read.text;
    if (length > limits.characters) {
      return void report("F502", span, { path, why: `it is longer than ${limits.characters} characters` });
    }
    if (base + length > limits.programCharacters) return void full("characters", limits.programCharacters);
    const fromMain = relative(dirname(main), real);
    const file = join(dirname(this.main.file), fromMain);
    const source = new SourceText(file, read.text, base, fromMain.replaceAll(sep, "/"));
    return this.add(source, parse(read.text, base), { file, path: real, from });
  }
}

/** A text need not be saved yet, but its folder must be there. */
function locate({ host, path }: Place): Location | undefined {
  const real = host.realPath(path);
  const folder = real === undefined ? host.realPath(dirname(path)) : dirname(real);
  if (folder === undefined) return undefined;
  return { host, path: real ?? join(folder, basename(path)), root: rootOf(host, folder) };
}

/** The folder that the imports of a file stay in. */
export function projectRoot(host: FileHost, path: string): string {
  return locate({ host, path })?.root ?? dirname(path);
}

/** The folder that imports stay in: the nearest one at or above a file's own that is a project's or a repository's. */
function rootOf(host: FileHost, folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (["package.json", ".git"].some((name) => host.realPath(join(at, name)) !== undefined)) return at;
    if (dirname(at) === at) return folder;
  }
}

function isWithin(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** `a.flow -> b.flow -> a.flow`, if a file is being read already. */
function circleTo(path: string, trail: Trail): string | undefined {
  const names = [trail.file];
  let at: Trail | undefined = trail;
  while (at !== undefined && at.path !== path) {
    at = at.from;
    if (at !== undefined) names.unshift(at.file);
  }
  return at && [...names, at.file].join(" -> ");
}

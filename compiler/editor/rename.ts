import { basename, dirname, join } from "node:path";
import { reservedWords, type Span } from "../../grammar/index.js";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import type { FileHost } from "../files/host.js";
import { type FlowDocument, readDocument } from "./document.js";
import { type Entity, type Occurrence, occurrenceAt } from "./occurrences.js";
import { type ProjectFile, referencesIn } from "./project.js";

/** The places that a renaming changes, or why there is none. */
export type Renaming =
  | { readonly spans: readonly Span[]; readonly problem?: undefined }
  | { readonly problem: string };

/** The name at an offset if it can be renamed. */
export function renameableAt(document: FlowDocument, offset: number): Span | { readonly problem: string } {
  const found = occurrenceAt(document.occurrences, offset);
  if (found === undefined) return { problem: "there is no name here" };
  if (found.entity.declaration !== undefined) return found.span;
  const { text, sources } = document;
  const name = text.slice(found.span.start, found.span.end);
  return { problem: `\`${name}\` is declared nowhere in ${sources.main.file}` };
}

/**
 * Renames what is named at an offset, everywhere in the file. Refused if the file would have an error more, or if any
 * name would mean something else than before: the result is read and compared, so that no rule of the language needs to
 * be known here.
 */
export function renameAt(document: FlowDocument, offset: number, newName: string): Renaming {
  const file = { path: document.place?.path ?? document.sources.main.file, document };
  const renaming = renameIn([file], file, offset, newName);
  return renaming.problem === undefined ? { spans: renaming.files[0]!.spans } : renaming;
}

/** The places of each file that a renaming changes, or why there is none. */
export type ProjectRenaming =
  | {
      readonly files: readonly { readonly file: ProjectFile; readonly spans: readonly Span[] }[];
      readonly problem?: undefined;
    }
  | { readonly problem: string };

/**
 * The same in all files of a project: each that is changed, or imports one that is, is read and compared.
 * @param at one of the files
 */
export function renameIn(
  files: readonly ProjectFile[],
  at: ProjectFile,
  offset: number,
  newName: string,
): ProjectRenaming {
  const place = renameableAt(at.document, offset);
  if ("problem" in place) return place;
  const { entity } = occurrenceAt(at.document.occurrences, offset)!;
  if (!/^[A-Za-z_]\w*$/.test(newName)) return { problem: `\`${newName}\` is no name: letters, digits and _` };
  if (entity.kind !== "field" && reservedWords.has(newName))
    return { problem: `\`${newName}\` is a word of the language` };
  const changes = referencesIn(files, at, offset).map(({ file, found }) => ({
    file,
    spans: found.map(({ span }) => span),
  }));
  const texts = new Map(
    changes.map(({ file, spans }) => [file.path, replaced(file.document.text, spans, newName)]),
  );
  for (const file of files) {
    if (!isTouched(file, texts)) continue;
    const { document } = file;
    const renamed = reread(file, texts);
    const problem = newError(document.diagnostics, renamed) ?? newMeaning(document, renamed);
    if (problem === undefined) continue;
    return { problem: file === at ? problem : `${document.sources.main.file}, ${problem}` };
  }
  return { files: changes };
}

/** Whether a file, or one that it imports, is among those that are changed. */
function isTouched({ path, document }: ProjectFile, texts: ReadonlyMap<string, string>): boolean {
  return document.sources.all.some((source) => texts.has(join(dirname(path), source.path || basename(path))));
}

/** A file as it would be if these files had these texts. */
function reread({ path, document }: ProjectFile, texts: ReadonlyMap<string, string>): FlowDocument {
  const { place, text, sources } = document;
  const host = place && withTexts(place.host, texts);
  return readDocument(texts.get(path) ?? text, sources.main.file, host && { host, path: place.path });
}

function withTexts(host: FileHost, texts: ReadonlyMap<string, string>): FileHost {
  return {
    realPath: (path) => host.realPath(path),
    read(path, limit) {
      const text = texts.get(path);
      return text === undefined ? host.read(path, limit) : { text };
    },
  };
}

function replaced(text: string, spans: readonly Span[], by: string): string {
  let at = 0;
  let result = "";
  for (const { start, end } of spans) {
    result += text.slice(at, start) + by;
    at = end;
  }
  return result + text.slice(at);
}

/** What is wrong with names themselves: it explains the rest. */
const clashes: ReadonlySet<string> = new Set(["F104", "F105", "F106"]);

function newError(before: readonly Diagnostic[], { diagnostics, sources }: FlowDocument): string | undefined {
  const left = new Map<string, number>();
  for (const { code, repeats } of before) left.set(code, (left.get(code) ?? 0) + 1 + repeats.length);
  const fresh = diagnostics.filter(({ code, severity, repeats }) => {
    left.set(code, (left.get(code) ?? 0) - 1 - repeats.length);
    return severity === "error" && left.get(code)! < 0;
  });
  const worst = fresh.find(({ code }) => clashes.has(code)) ?? fresh[0];
  return worst && `line ${sources.positionAt(worst.span.start).line}: ${worst.message}`;
}

/** Whether the same names mean the same as before, each by the number of its first occurrence. */
function newMeaning(before: FlowDocument, after: FlowDocument): string | undefined {
  const old = meanings(before.occurrences);
  const fresh = meanings(after.occurrences);
  const at = old.findIndex((meaning, index) => meaning !== fresh[index]);
  if (at === -1 && old.length === fresh.length) return undefined;
  const place = after.occurrences[at === -1 ? old.length : at] ?? after.occurrences.at(-1);
  const line = place === undefined ? 1 : after.sources.positionAt(place.span.start).line;
  return `line ${line}: a name would mean something else than before`;
}

function meanings(occurrences: readonly Occurrence[]): string[] {
  const first = new Map<Entity, number>();
  return occurrences.map(({ entity }, index) => {
    if (!first.has(entity)) first.set(entity, index);
    return `${entity.kind} ${first.get(entity)}`;
  });
}

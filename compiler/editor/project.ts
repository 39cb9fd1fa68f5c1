import { dirname, join } from "node:path";
import type { SourceText, Span } from "../../grammar/index.js";
import type { FlowFile } from "../files/read.js";
import type { FlowDocument } from "./document.js";
import type { Entity, Occurrence } from "./occurrences.js";
import { occurrenceAt } from "./occurrences.js";

/** A file of a project, read as an editor reads it. */
export interface ProjectFile {
  /** Absolute, without links. */
  readonly path: string;
  readonly document: FlowDocument;
}

/** Something in a file, at a place of that file itself. */
export interface FilePlace {
  readonly path: string;
  readonly span: Span;
}

/** Where the name at an offset is declared, or the file that a path there leads to, in whatever file that is. */
export function definitionIn({ path, document }: ProjectFile, offset: number): FilePlace | undefined {
  const target = importAt(document, offset);
  if (target !== undefined) return placed(path, document, { start: target.base, end: target.base });
  const declaration = occurrenceAt(document.occurrences, offset)?.entity.declaration;
  return declaration && placed(path, document, declaration);
}

/** Every place of all these files with the name at an offset of one of them in the same meaning. */
export function referencesIn(
  files: readonly ProjectFile[],
  at: ProjectFile,
  offset: number,
): readonly { readonly file: ProjectFile; readonly found: readonly Occurrence[] }[] {
  const entity = occurrenceAt(at.document.occurrences, offset)?.entity;
  if (entity === undefined) return [];
  const wanted = identity(at, entity);
  return files.flatMap((file) => {
    const { occurrences } = file.document;
    const found =
      wanted === undefined
        ? occurrences.filter((each) => file === at && each.entity === entity)
        : occurrences.filter((each) => identity(file, each.entity) === wanted);
    return found.length === 0 ? [] : [{ file, found }];
  });
}

/** Tells what is declared apart, whichever file it is seen from; nothing for what is declared nowhere. */
export function identity({ path, document }: ProjectFile, { kind, declaration }: Entity): string | undefined {
  if (declaration === undefined) return undefined;
  const place = placed(path, document, declaration);
  return JSON.stringify([kind, place.path, place.span.start]);
}

function placed(path: string, { sources }: FlowDocument, { start, end }: Span): FilePlace {
  const source = sources.at(start);
  return {
    path: source.path === "" ? path : join(dirname(path), source.path),
    span: { start: start - source.base, end: end - source.base },
  };
}

/** The path in the import by which a file of the program is reached, directly or through others. */
export function importLeadingTo({ file }: FlowDocument, source: SourceText): Span | undefined {
  const seen = new Set<FlowFile>();
  const leads = (from: FlowFile | undefined): boolean => {
    if (from === undefined || seen.has(from)) return false;
    seen.add(from);
    return from.source === source || [...from.imports.values()].some(leads);
  };
  const found = [...file.imports].find(([, target]) => leads(target));
  return found?.[0].from.span;
}

/** The file that the path of an import leads to, if one stands at the offset. */
function importAt({ file }: FlowDocument, offset: number) {
  for (const [{ from }, target] of file.imports) {
    if (from.span.start <= offset && offset <= from.span.end) return target?.source;
  }
  return undefined;
}

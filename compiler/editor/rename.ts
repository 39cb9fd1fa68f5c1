import { reservedWords, type Span } from "../../grammar/index.js";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { type FlowDocument, readDocument } from "./document.js";
import { type Entity, type Occurrence, occurrenceAt } from "./occurrences.js";
import { referencesAt } from "./references.js";

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
  const place = renameableAt(document, offset);
  if ("problem" in place) return place;
  const { entity } = occurrenceAt(document.occurrences, offset)!;
  if (!/^[A-Za-z_]\w*$/.test(newName)) return { problem: `\`${newName}\` is no name: letters, digits and _` };
  if (entity.kind !== "field" && reservedWords.has(newName))
    return { problem: `\`${newName}\` is a word of the language` };
  const spans = referencesAt(document, offset).map(({ span }) => span);
  const renamed = readDocument(replaced(document.text, spans, newName), document.sources.main.file);
  const problem = newError(document.diagnostics, renamed) ?? newMeaning(document, renamed);
  return problem === undefined ? { spans } : { problem };
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
  for (const { code } of before) left.set(code, (left.get(code) ?? 0) + 1);
  const fresh = diagnostics.filter(({ code, severity }) => {
    left.set(code, (left.get(code) ?? 0) - 1);
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

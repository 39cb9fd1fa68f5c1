import { type File, type Lexeme, lexemes, type Sources } from "../../grammar/index.js";
import { examine } from "../check/check.js";
import type { Known } from "../check/symbols.js";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import type { Place } from "../files/host.js";
import type { FlowFile } from "../files/read.js";
import { findOccurrences } from "./find-occurrences.js";
import type { Occurrence } from "./occurrences.js";

/** One state of a file in an editor, with everything that queries about it start from. A value: an edit makes another. */
export interface FlowDocument {
  readonly text: string;
  readonly place: Place | undefined;
  readonly sources: Sources;
  readonly tree: File;
  /** The file itself, and what its imports lead to. */
  readonly file: FlowFile;
  /** What could be understood, whatever is wrong. */
  readonly known: Known;
  readonly diagnostics: readonly Diagnostic[];
  /** Everything but blanks, in the order of the text. */
  readonly lexemes: readonly Lexeme[];
  /** Every name that means something, in the order of the text. */
  readonly occurrences: readonly Occurrence[];
}

/**
 * Reads a text for queries. Never throws, whatever state of writing the text is in.
 * @param name what the file is called in messages
 * @param place where the text stands; without one it can import nothing
 */
export function readDocument(text: string, name: string, place?: Place): FlowDocument {
  const { sources, tree, file, known, diagnostics } = examine(text, name, place);
  return {
    text,
    place,
    sources,
    tree,
    file,
    known,
    diagnostics,
    lexemes: lexemes(text),
    occurrences: findOccurrences(tree, known),
  };
}

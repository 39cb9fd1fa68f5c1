import { basename } from "node:path";
import type { Connection, TextDocumentContentChangeEvent } from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { type FlowDocument, readDocument } from "../../compiler/index.js";

/** A file as the editor has it, and what the compiler makes of it. */
export interface OpenFile {
  readonly uri: string;
  readonly text: TextDocument;
  readonly flow: FlowDocument;
}

/** Told of what the editor does with its files. */
export interface FilesListener {
  changed(uri: string): void;
  closed(uri: string): void;
}

/**
 * The files that are open in the editor. Each state of a file is read at most once, and only when asked for. Messages
 * about files are checked before they are believed, and what makes no sense is passed over: the library's own keeper of
 * documents takes anything.
 */
export class OpenFiles {
  readonly #texts = new Map<string, TextDocument>();
  readonly #read = new Map<string, OpenFile>();

  /** Keeps up with the editor from now on. */
  follow(connection: Connection, listener: FilesListener): void {
    connection.onDidOpenTextDocument(({ textDocument: opened }) => {
      if (!isText(opened?.uri) || !isText(opened.text)) return;
      this.#texts.set(
        opened.uri,
        TextDocument.create(opened.uri, "flow", versionOf(opened.version), opened.text),
      );
      this.#read.delete(opened.uri);
      listener.changed(opened.uri);
    });
    connection.onDidChangeTextDocument(({ textDocument, contentChanges }) => {
      const text = this.#texts.get(textDocument?.uri);
      if (text === undefined || !Array.isArray(contentChanges) || !contentChanges.every(isChange)) return;
      // The same object with another text.
      TextDocument.update(text, contentChanges, versionOf(textDocument.version));
      this.#read.delete(text.uri);
      listener.changed(text.uri);
    });
    connection.onDidCloseTextDocument(({ textDocument }) => {
      if (!this.#texts.delete(textDocument?.uri)) return;
      this.#read.delete(textDocument.uri);
      listener.closed(textDocument.uri);
    });
  }

  /** Nothing if the editor has not opened it. */
  get(uri: string | undefined): OpenFile | undefined {
    const text = uri === undefined ? undefined : this.#texts.get(uri);
    if (text === undefined) return undefined;
    const known = this.#read.get(text.uri);
    if (known !== undefined) return known;
    const file = { uri: text.uri, text, flow: readDocument(text.getText(), nameOf(text.uri)) };
    this.#read.set(text.uri, file);
    return file;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function versionOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

function isChange(change: TextDocumentContentChangeEvent | null): boolean {
  if (!isText(change?.text)) return false;
  if (!("range" in change) || change.range === undefined) return true;
  return [change.range?.start, change.range?.end].every(
    (place) => Number.isInteger(place?.line) && Number.isInteger(place?.character),
  );
}

/** What messages call the file. */
function nameOf(uri: string): string {
  try {
    return basename(decodeURIComponent(new URL(uri).pathname)) || uri;
  } catch {
    return uri;
  }
}

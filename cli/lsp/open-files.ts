import { basename } from "node:path";
import type { Connection, TextDocumentContentChangeEvent } from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { type FlowDocument, occurrenceAt, type ProjectFile, readDocument } from "../../compiler/index.js";
import { DocumentsHost, pathOf } from "./documents-host.js";
import { flowsAround } from "./project.js";

/** A file as the editor has it, and what the compiler makes of it. */
export interface OpenFile {
  readonly uri: string;
  /** Without links, if the file has a path. */
  readonly path: string | undefined;
  readonly text: TextDocument;
  readonly flow: FlowDocument;
}

/** Bytes of a file that is looked at although it is not open. */
const LARGEST = 3_000_000;

/** Told of what the editor does with its files. */
export interface FilesListener {
  changed(uri: string): void;
  closed(uri: string): void;
}

/** The files of a project, among them one that is open. */
export interface Project {
  readonly files: readonly ProjectFile[];
  readonly at: ProjectFile;
  /** False if there may be more. */
  readonly isAll: boolean;
}

/**
 * The files that are open in the editor. Each state of a file is read at most once, and only when asked for. Messages
 * about files are checked before they are believed, and what makes no sense is passed over: the library's own keeper of
 * documents takes anything.
 */
export class OpenFiles {
  readonly #texts = new Map<string, TextDocument>();
  readonly #read = new Map<string, OpenFile>();
  readonly host = new DocumentsHost();

  /** Keeps up with the editor from now on. */
  follow(connection: Connection, listener: FilesListener): void {
    connection.onDidOpenTextDocument(({ textDocument: opened }) => {
      if (!isText(opened?.uri) || !isText(opened.text)) return;
      const text = TextDocument.create(opened.uri, "flow", versionOf(opened.version), opened.text);
      this.#texts.set(opened.uri, text);
      this.host.opened(text);
      this.#changed(opened.uri, listener);
    });
    connection.onDidChangeTextDocument(({ textDocument, contentChanges }) => {
      const text = this.#texts.get(textDocument?.uri);
      if (text === undefined || !Array.isArray(contentChanges) || !contentChanges.every(isChange)) return;
      // The same object with another text.
      TextDocument.update(text, contentChanges, versionOf(textDocument.version));
      this.#changed(text.uri, listener);
    });
    connection.onDidCloseTextDocument(({ textDocument }) => {
      if (!this.#texts.delete(textDocument?.uri)) return;
      this.host.closed(textDocument.uri);
      this.#changed(textDocument.uri, listener);
      listener.closed(textDocument.uri);
    });
    connection.onDidChangeWatchedFiles(() => this.#changed(undefined, listener));
  }

  /** What a file says is of concern to those that import it. */
  #changed(uri: string | undefined, listener: FilesListener): void {
    const concerned = [...this.#texts.keys()].filter(
      (each) => each === uri || this.#read.get(each)?.flow.tree.imports.length !== 0,
    );
    for (const each of concerned) this.#read.delete(each);
    for (const each of concerned) listener.changed(each);
  }

  /** Nothing if the editor has not opened it. */
  get(uri: string | undefined): OpenFile | undefined {
    const text = uri === undefined ? undefined : this.#texts.get(uri);
    if (text === undefined) return undefined;
    const known = this.#read.get(text.uri);
    if (known !== undefined) return known;
    const path = pathOf(text.uri);
    const place = path === undefined ? undefined : { host: this.host, path };
    const flow = readDocument(text.getText(), nameOf(text.uri), place);
    const file = { uri: text.uri, path: path && (this.host.realPath(path) ?? path), text, flow };
    this.#read.set(text.uri, file);
    return file;
  }

  /** An open file with all others, open or not, in which the name at an offset may stand too. */
  project(file: OpenFile, offset: number): Project {
    const at = { path: file.path ?? file.uri, document: file.flow };
    const isLocal = occurrenceAt(file.flow.occurrences, offset)?.entity.kind === "variable";
    if (file.path === undefined || isLocal) return { files: [at], at, isAll: true };
    const { paths, isAll } = flowsAround(file.path, this.host);
    const others = paths.flatMap((path) => (path === at.path ? [] : (this.#fileAt(path) ?? [])));
    return { files: [at, ...others], at, isAll };
  }

  #fileAt(path: string): ProjectFile | undefined {
    const open = this.get(this.host.uriOf(path));
    if (open !== undefined) return { path, document: open.flow };
    const read = this.host.read(path, LARGEST);
    if ("why" in read) return undefined;
    return { path, document: readDocument(read.text, basename(path), { host: this.host, path }) };
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

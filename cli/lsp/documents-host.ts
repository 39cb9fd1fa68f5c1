import { fileURLToPath, pathToFileURL } from "node:url";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { FileHost } from "../../compiler/index.js";
import { diskHost } from "../support/disk-host.js";

/** The files of this machine, those that are open in the editor as they are there. */
export class DocumentsHost implements FileHost {
  /** By real path; a document that is not saved yet has the one that it will have. */
  readonly #open = new Map<string, TextDocument>();

  opened(text: TextDocument): void {
    const path = pathOf(text.uri);
    if (path !== undefined) this.#open.set(diskHost.realPath(path) ?? path, text);
  }

  closed(uri: string): void {
    for (const [path, text] of this.#open) if (text.uri === uri) this.#open.delete(path);
  }

  realPath(path: string): string | undefined {
    return diskHost.realPath(path) ?? (this.#open.has(path) ? path : undefined);
  }

  read(path: string, limit: number): ReturnType<FileHost["read"]> {
    const text = this.#open.get(path)?.getText();
    return text === undefined ? diskHost.read(path, limit) : { text };
  }

  /** What the editor calls a file, or would. */
  uriOf(path: string): string {
    return this.#open.get(path)?.uri ?? pathToFileURL(path).href;
  }
}

/** The path that a URI names, if it names one. */
export function pathOf(uri: string): string | undefined {
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}

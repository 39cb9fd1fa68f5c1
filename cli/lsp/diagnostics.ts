import { type Connection, type Diagnostic, DiagnosticSeverity } from "vscode-languageserver/node";
import type { Diagnostic as FlowDiagnostic } from "../../compiler/index.js";
import { packageFile } from "../support/package-files.js";
import type { FilesListener, OpenFile, OpenFiles } from "./open-files.js";
import { rangeOf } from "./places.js";

/** Milliseconds of quiet after an edit before the file is checked. */
const PAUSE = 100;

/** Tells the editor what is wrong with its files, a moment after each change. */
export class DiagnosticsPublisher implements FilesListener {
  readonly #connection: Connection;
  readonly #files: OpenFiles;
  readonly #waiting = new Map<string, NodeJS.Timeout>();

  constructor(connection: Connection, files: OpenFiles) {
    this.#connection = connection;
    this.#files = files;
  }

  changed(uri: string): void {
    clearTimeout(this.#waiting.get(uri));
    this.#waiting.set(
      uri,
      setTimeout(() => this.#tryToPublish(uri), PAUSE),
    );
  }

  closed(uri: string): void {
    clearTimeout(this.#waiting.get(uri));
    this.#waiting.delete(uri);
    void this.#connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  /** A bug of ours is told to the editor, and does not cost the user the session. */
  #tryToPublish(uri: string): void {
    this.#waiting.delete(uri);
    try {
      this.#publish(uri);
    } catch (error) {
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#connection.console.error(`this is a bug in flowc, please report it\n${detail}`);
    }
  }

  #publish(uri: string): void {
    const file = this.#files.get(uri);
    if (file === undefined) return;
    const diagnostics = file.flow.diagnostics.map((each) => protocolDiagnostic(file, each));
    void this.#connection.sendDiagnostics({ uri, version: file.text.version, diagnostics });
  }
}

export function protocolDiagnostic({ text }: OpenFile, each: FlowDiagnostic): Diagnostic {
  const page = packageFile(`docs/diagnostics/${each.code}.md`);
  const meant = each.suggestions.map((name) => `\`${name}\``).join(", ");
  return {
    range: rangeOf(text, each.span),
    severity: each.severity === "error" ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    code: each.code,
    ...(page && { codeDescription: { href: page.href } }),
    source: "flowc",
    message: meant === "" ? each.message : `${each.message}; did you mean ${meant}?`,
  };
}

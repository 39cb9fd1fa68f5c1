import { dirname, join } from "node:path";
import { type Connection, type Diagnostic, DiagnosticSeverity } from "vscode-languageserver/node";
import { type Diagnostic as FlowDiagnostic, importLeadingTo } from "../../compiler/index.js";
import { packageFile } from "../support/package-files.js";
import type { FilesListener, OpenFile, OpenFiles } from "./open-files.js";
import { rangeOf, sourceRange } from "./places.js";

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
    const diagnostics = file.flow.diagnostics.flatMap((each) => this.#shown(file, each));
    void this.#connection.sendDiagnostics({ uri, version: file.text.version, diagnostics });
  }

  /** What is wrong with an imported file is shown at the import that leads to it, with the place itself beside it. */
  #shown(file: OpenFile, each: FlowDiagnostic): Diagnostic[] {
    const { sources } = file.flow;
    const source = sources.at(each.span.start);
    if (source === sources.main) return [protocolDiagnostic(file, each)];
    const importing = importLeadingTo(file.flow, source);
    if (importing === undefined || file.path === undefined) return [];
    const own = { start: each.span.start - source.base, end: each.span.end - source.base };
    const uri = this.#files.host.uriOf(join(dirname(file.path), source.path));
    const location = { uri, range: sourceRange(source, own) };
    return [
      {
        ...protocolDiagnostic(file, { ...each, span: importing }),
        message: `${source.file}: ${each.message}`,
        relatedInformation: [{ location, message: each.message }],
      },
    ];
  }
}

export function protocolDiagnostic(file: OpenFile, each: FlowDiagnostic): Diagnostic {
  const { text, uri, flow } = file;
  const page = packageFile(`docs/diagnostics/${each.code}.md`);
  const meant = each.suggestions.map((name) => `\`${name}\``).join(", ");
  const relatedInformation = each.repeats
    .filter(({ start }) => flow.sources.at(start) === flow.sources.main)
    .map((span) => ({ location: { uri, range: rangeOf(text, span) }, message: "here too" }));
  return {
    range: rangeOf(text, each.span),
    severity: each.severity === "error" ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    code: each.code,
    ...(page && { codeDescription: { href: page.href } }),
    source: "flowc",
    message: meant === "" ? each.message : `${each.message}; did you mean ${meant}?`,
    ...(relatedInformation.length > 0 && { relatedInformation }),
  };
}

import {
  createConnection,
  type ServerCapabilities,
  StreamMessageReader,
  StreamMessageWriter,
  TextDocumentSyncKind,
} from "vscode-languageserver/node";
import { packageVersion } from "../support/version.js";
import { DiagnosticsPublisher } from "./diagnostics.js";
import { answerFormatting } from "./formatting.js";
import { answerHover } from "./hover.js";
import { answerNavigation } from "./navigation.js";
import { OpenFiles } from "./open-files.js";
import { answerStructure } from "./structure.js";

const capabilities: ServerCapabilities = {
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
  hoverProvider: true,
  definitionProvider: true,
  referencesProvider: true,
  documentHighlightProvider: true,
  documentSymbolProvider: true,
  foldingRangeProvider: true,
  documentFormattingProvider: true,
};

/**
 * Speaks the protocol on two streams until the client says goodbye or closes them, which ends the process. The files
 * are those that the client has opened.
 */
export function serve(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): void {
  const connection = createConnection(new StreamMessageReader(input), new StreamMessageWriter(output));
  const files = new OpenFiles();
  const publisher = new DiagnosticsPublisher(connection, files);
  connection.onInitialize(() => ({
    capabilities,
    serverInfo: { name: "flowc", version: packageVersion() },
  }));
  for (const answer of [answerHover, answerNavigation, answerStructure, answerFormatting]) {
    answer(connection, files);
  }
  files.follow(connection, publisher);
  connection.listen();
  // The library watches streams of its own making only.
  input.on("end", () => process.exit(1));
}

import {
  type ClientCapabilities,
  CodeActionKind,
  createConnection,
  type ServerCapabilities,
  StreamMessageReader,
  StreamMessageWriter,
  TextDocumentSyncKind,
} from "vscode-languageserver/node";
import { packageVersion } from "../support/version.js";
import { answerCompletion } from "./completion.js";
import { DiagnosticsPublisher } from "./diagnostics.js";
import { answerFixes } from "./fixes.js";
import { answerFormatting } from "./formatting.js";
import { answerHover } from "./hover.js";
import { answerNavigation } from "./navigation.js";
import { OpenFiles } from "./open-files.js";
import { answerRenaming } from "./renaming.js";
import { answerSemanticTokens, legend } from "./semantic-tokens.js";
import { answerSignatures } from "./signatures.js";
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
  completionProvider: { triggerCharacters: ["."] },
  signatureHelpProvider: { triggerCharacters: ["(", ","] },
  renameProvider: { prepareProvider: true },
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
  semanticTokensProvider: { legend, full: true },
};

const answers = [
  answerHover,
  answerNavigation,
  answerCompletion,
  answerRenaming,
  answerFixes,
  answerStructure,
  answerSemanticTokens,
  answerFormatting,
];

/**
 * Speaks the protocol on two streams until the client says goodbye or closes them, which ends the process. The files
 * are those that the client has opened.
 */
export function serve(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): void {
  const connection = createConnection(new StreamMessageReader(input), new StreamMessageWriter(output));
  const files = new OpenFiles();
  const publisher = new DiagnosticsPublisher(connection, files);
  let client: ClientCapabilities | undefined;
  connection.onInitialize((params) => {
    client = params?.capabilities;
    return { capabilities, serverInfo: { name: "flowc", version: packageVersion() } };
  });
  for (const answer of answers) answer(connection, files);
  answerSignatures(connection, files, () => {
    const signature = client?.textDocument?.signatureHelp?.signatureInformation;
    return signature?.parameterInformation?.labelOffsetSupport === true;
  });
  files.follow(connection, publisher);
  connection.listen();
  // The library watches streams of its own making only.
  input.on("end", () => process.exit(1));
}

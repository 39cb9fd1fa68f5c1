import { type ChildProcess, spawn } from "node:child_process";
import {
  createProtocolConnection,
  type Diagnostic,
  type InitializeResult,
  type Position,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
  type Range,
  StreamMessageReader,
  StreamMessageWriter,
  type TextEdit,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { program, root } from "../cli/support.js";

/** A client of the real `flowc lsp` process: what an editor is to it. */
export class Client {
  readonly process: ChildProcess;
  readonly connection: ProtocolConnection;
  stderr = "";
  /** How the process ended: its exit code, or none for a signal. */
  readonly ended: Promise<number | undefined>;
  readonly #diagnostics = new Map<string, PublishDiagnosticsParams>();
  readonly #waiting: (() => void)[] = [];
  #opened = 0;

  constructor() {
    this.process = spawn(process.execPath, [program, "lsp"], { cwd: root });
    this.process.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
      this.stderr += chunk;
    });
    this.ended = new Promise((resolve) => this.process.on("close", (code) => resolve(code ?? undefined)));
    this.process.stdin!.on("error", () => {});
    this.connection = createProtocolConnection(
      new StreamMessageReader(this.process.stdout!),
      new StreamMessageWriter(this.process.stdin!),
    );
    this.connection.onError(() => {});
    this.connection.onNotification("textDocument/publishDiagnostics", (params: PublishDiagnosticsParams) => {
      this.#diagnostics.set(params.uri, params);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.connection.listen();
    // Nothing that is still asked will be answered then.
    void this.ended.then(() => this.connection.dispose());
  }

  /** A client whose server has answered `initialize`. */
  static async start(): Promise<Client> {
    const client = new Client();
    await client.initialize();
    return client;
  }

  async initialize(): Promise<InitializeResult> {
    const result = await this.request<InitializeResult>("initialize", {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
    });
    this.notify("initialized", {});
    return result;
  }

  request<T>(method: string, params: object): Promise<T> {
    return this.connection.sendRequest<T>(method, params);
  }

  notify(method: string, params: object): void {
    // A server that has ended is for the test to notice.
    this.connection.sendNotification(method, params).catch(() => undefined);
  }

  /** Opens a file of its own name. */
  open(text: string, uri = `file:///flows/open-${this.#opened++}.flow`): Opened {
    this.notify("textDocument/didOpen", { textDocument: { uri, languageId: "flow", version: 1, text } });
    return new Opened(this, uri, TextDocument.create(uri, "flow", 1, text));
  }

  /** What the server has said about this state of a file, as soon as it does. */
  async diagnostics(uri: string, version: number): Promise<readonly Diagnostic[]> {
    for (;;) {
      const found = this.#diagnostics.get(uri);
      if (found?.version === version) return found.diagnostics;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** What was last said about a file, if anything was. */
  lastDiagnostics(uri: string): readonly Diagnostic[] | undefined {
    return this.#diagnostics.get(uri)?.diagnostics;
  }

  /** Says goodbye as the protocol wants it. */
  async stop(): Promise<number | undefined> {
    await this.request("shutdown", {});
    this.notify("exit", {});
    return await this.ended;
  }
}

/** A file that is open in the client. */
export class Opened {
  constructor(
    readonly client: Client,
    readonly uri: string,
    public document: TextDocument,
  ) {}

  get text(): string {
    return this.document.getText();
  }

  /** The place of `what`, or of the `nth` of them, `into` characters further. */
  at(what: string, { nth = 0, into = 0 } = {}): Position {
    let found = -1;
    for (let i = 0; i <= nth; i++) found = this.text.indexOf(what, found + 1);
    if (found === -1) throw new Error(`there is no ${what}`);
    return this.document.positionAt(found + into);
  }

  /** Asks something about a place of the file. */
  ask<T>(request: string, position?: Position, more: object = {}): Promise<T> {
    const params = { textDocument: { uri: this.uri }, ...(position && { position }), ...more };
    return this.client.request<T>(`textDocument/${request}`, params);
  }

  /** Types `text` in place of a range. */
  edit(range: Range, text: string): void {
    const version = this.document.version + 1;
    const change = { range, text };
    this.document = TextDocument.update(this.document, [change], version);
    const textDocument = { uri: this.uri, version };
    this.client.notify("textDocument/didChange", { textDocument, contentChanges: [change] });
  }

  diagnostics(): Promise<readonly Diagnostic[]> {
    return this.client.diagnostics(this.uri, this.document.version);
  }

  slice(range: Range): string {
    return this.document.getText(range);
  }

  /** The text with these edits made; the server knows nothing of it. */
  after(edits: readonly TextEdit[]): string {
    return TextDocument.applyEdits(this.document, [...edits]);
  }
}

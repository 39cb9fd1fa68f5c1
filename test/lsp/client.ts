import { LSPClient } from "@codemirror/lsp-client";
import { beforeAll, expect } from "vitest";
import {
  type Diagnostic,
  type LogMessageParams,
  type Position,
  type PublishDiagnosticsParams,
  type Range,
  ResponseError,
  type TextEdit,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { ServerProcess } from "./server-process.js";

/** Milliseconds after which a question counts as not answered: before the test gives up, so that it can say which. */
export const PATIENCE = 50_000;

/** CodeMirror's client of a real `flowc lsp`, without an editor: for what editors do not say, or say seldom. */
export class Client {
  readonly server = new ServerProcess();
  /** What the server had the editor write into its log. */
  readonly log: string[] = [];
  readonly #client: LSPClient;
  readonly #diagnostics = new Map<string, PublishDiagnosticsParams>();
  readonly #waiting: (() => void)[] = [];
  #opened = 0;

  private constructor(clientCapabilities: object) {
    this.#client = new LSPClient({
      timeout: PATIENCE,
      extensions: [{ clientCapabilities }],
      notificationHandlers: {
        "textDocument/publishDiagnostics": (_, params: PublishDiagnosticsParams) => {
          this.#diagnostics.set(params.uri, params);
          for (const wake of this.#waiting.splice(0)) wake();
          return true;
        },
        "window/logMessage": (_, { message }: LogMessageParams) => this.log.push(message) > 0,
      },
    });
  }

  /** A client whose server has answered `initialize`; capabilities in front of those of CodeMirror's. */
  static async start(capabilities: object = {}): Promise<Client> {
    const client = new Client(capabilities);
    await client.#client.connect(client.server).initializing;
    return client;
  }

  get stderr(): string {
    return this.server.stderr;
  }

  async request<T>(method: string, params: object): Promise<T> {
    try {
      return await this.#client.request<object, T>(method, params);
    } catch (error) {
      // The server's refusals come as they were in the message.
      if (error instanceof Error) throw error;
      const { code, message } = error as { readonly code: number; readonly message: string };
      throw new ResponseError(code, message);
    }
  }

  notify(method: string, params: object): void {
    this.#client.notification(method, params);
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
    return await this.server.ended;
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

/** Starts a server before the tests of a file; after them it ends well, and has had nothing to complain of. */
export function withClient(take: (client: Client) => void): void {
  beforeAll(async () => {
    const client = await Client.start();
    take(client);
    return async () => {
      expect(await client.stop()).toBe(0);
      expect(client.stderr).toBe("");
    };
  });
}

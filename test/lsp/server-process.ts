import { type ChildProcess, spawn } from "node:child_process";
import type { Transport } from "@codemirror/lsp-client";
import { StreamMessageReader } from "vscode-languageserver/node";
import { program, root } from "../cli/support.js";

/** A real `flowc lsp --stdio`, as an editor starts it. */
export class ServerProcess implements Transport {
  readonly process: ChildProcess;
  stderr = "";
  /** How the process ended: its exit code, or none for a signal. */
  readonly ended: Promise<number | undefined>;
  readonly #handlers = new Set<(message: string) => void>();

  constructor() {
    this.process = spawn(process.execPath, [program, "lsp", "--stdio"], { cwd: root });
    this.process.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
      this.stderr += chunk;
    });
    this.ended = new Promise((resolve) => this.process.on("close", (code) => resolve(code ?? undefined)));
    // A server that has ended is for the test to notice.
    this.process.stdin!.on("error", () => {});
    new StreamMessageReader(this.process.stdout!).listen((message) => {
      for (const handle of this.#handlers) handle(JSON.stringify(message));
    });
  }

  /** Writes a message; any bytes may be one, and any header. */
  send(message: string, header = `Content-Length: ${Buffer.byteLength(message)}`): void {
    this.process.stdin!.write(`${header}\r\n\r\n${message}`);
  }

  subscribe(handler: (message: string) => void): void {
    this.#handlers.add(handler);
  }

  unsubscribe(handler: (message: string) => void): void {
    this.#handlers.delete(handler);
  }
}

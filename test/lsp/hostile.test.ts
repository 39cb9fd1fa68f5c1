import { describe, expect, it, vi } from "vitest";
import type { Hover } from "vscode-languageserver/node";
import { Client } from "./client.js";

/** The server still answers, and said nothing on standard error. */
async function expectAlive(client: Client): Promise<void> {
  const file = client.open("flow alive() -> int {\n  return 1\n}\n");
  const hover = await file.ask<Hover>("hover", file.at("alive"));
  expect(JSON.stringify(hover.contents)).toContain("flow alive() -> int");
  expect(await client.stop()).toBe(0);
}

const questions = [
  "hover",
  "definition",
  "references",
  "documentHighlight",
  "completion",
  "signatureHelp",
  "prepareRename",
  "rename",
  "codeAction",
  "documentSymbol",
  "foldingRange",
  "semanticTokens/full",
  "formatting",
];

/** Asks, and does not mind an answer that says no. */
async function ask(client: Client, method: string, params: unknown): Promise<void> {
  await client.request(`textDocument/${method}`, params as object).catch(() => undefined);
}

describe("flowc lsp", () => {
  it("answers through any nonsense about places and files", async () => {
    const client = await Client.start();
    const file = client.open("flow f(a: int) -> int {\n  return a\n}\n");
    const textDocument = { uri: file.uri };
    for (const method of questions) {
      for (const position of [
        { line: -1, character: -1 },
        { line: 1e9, character: 1e9 },
        { line: Number.NaN, character: 0.5 },
        { line: "1", character: {} },
        null,
        undefined,
      ]) {
        const range = { start: position, end: position };
        await ask(client, method, { textDocument, position, range, newName: 7, context: null });
      }
      await ask(client, method, {
        textDocument: { uri: "file:///not/open.flow" },
        position: { line: 0, character: 0 },
      });
      for (const params of [{}, [], null, { textDocument: null }, { textDocument: { uri: 3 } }]) {
        await ask(client, method, params);
      }
    }
    await expectAlive(client);
  });

  it("lives through notifications that make no sense", async () => {
    const client = await Client.start();
    const uri = "file:///a.flow";
    client.notify("textDocument/didChange", {
      textDocument: { uri, version: 2 },
      contentChanges: [{ text: "x" }],
    });
    client.notify("textDocument/didClose", { textDocument: { uri } });
    for (const textDocument of [
      {},
      null,
      { uri: null, text: null },
      { uri: "::", text: "flow", version: "x" },
    ]) {
      client.notify("textDocument/didOpen", { textDocument });
    }
    client.notify("textDocument/didOpen", {
      textDocument: { uri, languageId: "flow", version: 1, text: "flow" },
    });
    for (const contentChanges of [
      null,
      [null],
      [{ range: { start: { line: 9, character: 9 } }, text: "x" }],
      [{}],
    ]) {
      client.notify("textDocument/didChange", { textDocument: { uri, version: 3 }, contentChanges });
    }
    client.notify("textDocument/unheardOf", {});
    client.notify("$/setTrace", { value: {} });
    await expectAlive(client);
  });

  it("lives through messages that are no messages", async () => {
    const client = await Client.start();
    const warned = vi.spyOn(console, "warn").mockReturnValue();
    client.server.send("{ not json");
    client.server.send("[]");
    client.server.send("null");
    client.server.send('"text"');
    client.server.send('{"jsonrpc":"2.0","id":{},"method":17}');
    client.server.send('{"jsonrpc":"2.0","id":99,"result":{"nobody":"asked"}}');
    client.server.send(`{"jsonrpc":"2.0","id":5,"method":"${"x".repeat(100_000)}"}`);
    client.server.send(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);
    await expectAlive(client);
    expect(client.log).toContain("Received empty message.");
    // The one that was a question has its answer, which the client did not wait for.
    expect(warned.mock.calls).toEqual([["[lsp] Received a response for non-existent request 5"]]);
    warned.mockRestore();
  });

  it("lives through files of any size, depth and alphabet", async () => {
    const client = await Client.start();
    const texts = [
      "",
      "\u0000\uFEFF\uD800 flow \u{1F600}(",
      "flow f(a: int) -> int {\r  return a\r}\r\n\u2028",
      `flow f() -> int {\n${"  return 1\n".repeat(20_000)}}\n`,
      `${"(".repeat(100_000)}`,
      `flow f() -> int { return ${"-".repeat(50_000)}1 }`,
      `agent a() -> yes | no { user """${"{% if true %}".repeat(5_000)}`,
      "flow".repeat(2_500_000),
    ];
    for (const text of texts) {
      const file = client.open(text);
      await file.diagnostics();
      const position = file.document.positionAt(Math.floor(text.length / 2));
      for (const method of questions) {
        const range = { start: position, end: position };
        await ask(client, method, {
          textDocument: { uri: file.uri },
          position,
          range,
          newName: "other",
          context: {},
          options: {},
        });
      }
    }
    await expectAlive(client);
  });

  it("ends when the client is gone", async () => {
    const client = await Client.start();
    client.server.process.stdin!.end();
    expect(await client.server.ended).toBe(1);
  });

  it("exits with 1 if nobody said goodbye", async () => {
    const client = await Client.start();
    client.notify("exit", {});
    expect(await client.server.ended).toBe(1);
  });
});

import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import type {
  CodeAction,
  CompletionItem,
  DocumentSymbol,
  Hover,
  Location,
  WorkspaceEdit,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { temporaryFolder } from "../support/temporary-folder.js";
import { type Client, type Opened, withClient } from "./client.js";

let client: Client;
withClient((started) => {
  client = started;
});

const agents = `/// What is asked.
type Topic = { question: text, tone: good | bad }

/// Answers.
agent answer(topic: Topic) -> text(max_tokens: 9) {
  user """
    {{ topic.question }} {{ topic.tone }}
  """
}
`;
const main = `import answer, Topic from "./lib/agents.flow"

flow main(topic: Topic) -> text {
  return answer(topic) + topic.question
}
`;
const other = `import answer from "../lib/agents.flow"

flow other(question: text) -> text {
  return answer({ question: question, tone: good })
}
`;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  write("package.json", "{}");
  write("main.flow", main);
  write("lib/agents.flow", agents);
  write("more/other.flow", other);
  write("node_modules/x/y.flow", other);
});

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

const uri = (name: string) => pathToFileURL(join(folder, name)).href;
const open = (name: string, text: string): Opened => client.open(text, uri(name));

/** Places as `file:line` with lines from 1. */
function places(found: readonly Location[] | null): string[] {
  return (found ?? [])
    .map(
      (each) =>
        `${each.uri.replace(`${uri("")}/`, "")}:${each.range.start.line + 1}:${each.range.start.character + 1}`,
    )
    .sort();
}

describe("a name from another file", () => {
  it("says where it comes from, and leads there", async () => {
    const file = open("main.flow", main);
    expect(await file.diagnostics()).toEqual([]);
    const hover = await file.ask<Hover>("hover", file.at("answer(topic)"));
    expect(JSON.stringify(hover.contents)).toContain("agent answer(topic: Topic) -> text(max_tokens: 9)");
    expect(JSON.stringify(hover.contents)).toContain("Answers.");
    expect(JSON.stringify(hover.contents)).toContain("Declared in `lib/agents.flow`.");
    const definition = (what: string, into = 0) => file.ask<Location>("definition", file.at(what, { into }));
    expect(places([await definition("answer, Topic")])).toEqual(["lib/agents.flow:5:7"]);
    expect(places([await definition("Topic)")])).toEqual(["lib/agents.flow:2:6"]);
    expect(places([await definition("question\n")])).toEqual(["lib/agents.flow:2:16"]);
    expect(places([await definition("./lib", 3)])).toEqual(["lib/agents.flow:1:1"]);
  });

  it("has its references in all files of the project", async () => {
    const file = open("lib/agents.flow", agents);
    const context = { context: { includeDeclaration: true } };
    expect(places(await file.ask<Location[]>("references", file.at("answer"), context))).toEqual([
      "lib/agents.flow:5:7",
      "main.flow:1:8",
      "main.flow:4:10",
      "more/other.flow:1:8",
      "more/other.flow:4:10",
    ]);
    expect(places(await file.ask<Location[]>("references", file.at("tone:"), context))).toEqual([
      "lib/agents.flow:2:32",
      "lib/agents.flow:7:35",
      "more/other.flow:4:39",
    ]);
  });

  it("is offered inside of an import", async () => {
    const text = 'import answer,  from "./lib/agents.flow"\n';
    const file = open("new.flow", text);
    const items = await file.ask<CompletionItem[]>("completion", { line: 0, character: 15 });
    expect(items.map(({ label }) => label)).toEqual(expect.arrayContaining(["Topic"]));
    expect(items.map(({ label }) => label)).not.toContain("answer");
  });

  it("is offered like one of the file's own", async () => {
    const file = open("main.flow", main.replace("answer(topic) +", "an +"));
    const items = await file.ask<CompletionItem[]>("completion", file.at("an +", { into: 2 }));
    expect(items.map(({ label }) => label)).toContain("answer");
  });

  it("stands in the outline under its import", async () => {
    const file = open("main.flow", main);
    const [first] = await file.ask<DocumentSymbol[]>("documentSymbol");
    expect(first).toMatchObject({ name: "./lib/agents.flow" });
    expect(first!.children!.map(({ name }) => name)).toEqual(["answer", "Topic"]);
  });
});

describe("renaming", () => {
  async function rename(file: Opened, what: string, newName: string): Promise<Record<string, string>> {
    const { changes = {} } = await file.ask<WorkspaceEdit>("rename", file.at(what), { newName });
    const texts: Record<string, string> = {
      [uri("main.flow")]: main,
      [uri("lib/agents.flow")]: agents,
      [uri("more/other.flow")]: other,
    };
    return Object.fromEntries(
      Object.entries(changes).map(([at, edits]) => [
        at.replace(`${uri("")}/`, ""),
        TextDocument.applyEdits(TextDocument.create(at, "flow", 1, texts[at]!), edits),
      ]),
    );
  }

  it.each([
    ["lib/agents.flow", agents, "answer("],
    ["main.flow", main, "answer, Topic"],
    ["main.flow", main, "answer(topic)"],
  ])("an agent from %s changes all files", async (name, text, what) => {
    const changed = await rename(open(name, text), what, "reply");
    expect(changed).toEqual({
      "main.flow": main.replaceAll("answer", "reply"),
      "lib/agents.flow": agents.replaceAll("answer", "reply"),
      "more/other.flow": other.replaceAll("answer", "reply"),
    });
  });

  it("a field changes where it is written and read", async () => {
    const changed = await rename(open("main.flow", main), "question\n", "asked");
    expect(Object.keys(changed).sort()).toEqual(["lib/agents.flow", "main.flow", "more/other.flow"]);
    expect(changed["more/other.flow"]).toContain("{ asked: question, tone: good }");
    expect(changed["lib/agents.flow"]).toContain("{{ topic.asked }}");
  });

  it("is refused where another file would break", async () => {
    write("more/other.flow", other.replaceAll("flow other", "flow reply"));
    const file = open("lib/agents.flow", agents);
    const refused = file.ask("rename", file.at("answer("), { newName: "reply" });
    await expect(refused).rejects.toThrow(/other\.flow, line 3: `reply` is declared twice/);
    const main2 = open("main.flow", main);
    await expect(main2.ask("rename", main2.at("answer, "), { newName: "main" })).rejects.toThrow(/main/);
  });

  it("goes by what is open, not by what is saved", async () => {
    const changedOther = `${other}# ${"x".repeat(10)}\nflow more(question: text) -> text { return answer({ question: question, tone: bad }) }\n`;
    open("more/other.flow", changedOther);
    const file = open("lib/agents.flow", agents);
    const { changes = {} } = await file.ask<WorkspaceEdit>("rename", file.at("answer("), {
      newName: "reply",
    });
    expect(changes[uri("more/other.flow")]).toHaveLength(3);
    client.notify("textDocument/didClose", { textDocument: { uri: uri("more/other.flow") } });
  });
});

describe("mistakes", () => {
  it("in an imported file are shown at the import, with their place", async () => {
    write("lib/agents.flow", agents.replace("{{ topic.tone }}", "{{ topic.tune }}"));
    const file = open("main.flow", main);
    const [found, ...more] = await file.diagnostics();
    expect(more).toEqual([]);
    expect(found).toMatchObject({ code: "F107", severity: 1 });
    expect(found!.message).toContain("lib/agents.flow: ");
    expect(file.slice(found!.range)).toBe('"./lib/agents.flow"');
    expect(places([found!.relatedInformation![0]!.location])).toEqual(["lib/agents.flow:7:35"]);
  });

  it("go and come when the imported file changes in the editor, or on the disk", async () => {
    const file = open("main.flow", main);
    expect(await file.diagnostics()).toEqual([]);
    const library = open("lib/agents.flow", agents);
    const name = library.at("answer(");
    library.edit({ start: name, end: { ...name, character: name.character + 6 } }, "reply");
    const until = async (count: number): Promise<void> => {
      for (let i = 0; i < 100 && client.lastDiagnostics(file.uri)?.length !== count; i++)
        await new Promise((resolve) => setTimeout(resolve, 50));
      expect(client.lastDiagnostics(file.uri)).toHaveLength(count);
    };
    await until(1);
    expect(client.lastDiagnostics(file.uri)![0]).toMatchObject({ code: "F506" });
    // What is not saved is forgotten.
    client.notify("textDocument/didClose", { textDocument: { uri: library.uri } });
    await until(0);
    write("lib/agents.flow", agents.replace("answer", "reply"));
    client.notify("workspace/didChangeWatchedFiles", { changes: [{ uri: library.uri, type: 2 }] });
    await until(1);
  });

  it("are mended by taking a name out of an import", async () => {
    const text = main
      .replace("answer, Topic", "answer, Topic, unused")
      .replace("main(topic: Topic)", "main(topic: Topic)");
    write("lib/agents.flow", `${agents}\ntype unused = int\n`);
    const file = open("main.flow", text);
    const [found] = await file.diagnostics();
    expect(found).toMatchObject({ code: "F112" });
    const [action] = await file.ask<CodeAction[]>("codeAction", undefined, {
      range: found!.range,
      context: { diagnostics: [] },
    });
    expect(action!.title).toBe("Do not import `unused`");
    expect(file.after(action!.edit!.changes![file.uri]!)).toBe(main);
    const alone = open("alone.flow", 'import Topic from "./lib/agents.flow"\ntype _T = int\n');
    const [only] = await alone.diagnostics();
    const [whole] = await alone.ask<CodeAction[]>("codeAction", undefined, {
      range: only!.range,
      context: { diagnostics: [] },
    });
    expect(alone.after(whole!.edit!.changes![alone.uri]!)).toBe("type _T = int\n");
  });

  it("are told of a file that has no place, and of one out of the project", async () => {
    const unsaved = client.open('import answer from "./agents.flow"\n', "untitled:Untitled-1");
    expect((await unsaved.diagnostics()).map(({ code }) => code)).toEqual(["F502"]);
    symlinkSync("/etc/hostname", join(folder, "out.flow"));
    const outside = open("outside.flow", 'import answer from "./out.flow"\nimport b from "../b.flow"\n');
    expect((await outside.diagnostics()).map(({ code }) => code)).toEqual(["F503", "F503"]);
  });

  it("are found in files that are not saved yet", async () => {
    open("lib/fresh.flow", agents.replaceAll("answer", "fresh"));
    const file = open("main2.flow", main.replaceAll("answer", "fresh").replace("agents", "fresh"));
    expect(await file.diagnostics()).toEqual([]);
  });
});

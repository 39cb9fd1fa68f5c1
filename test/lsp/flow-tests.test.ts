import { describe, expect, it } from "vitest";
import type {
  CodeAction,
  CompletionItem,
  DocumentSymbol,
  Hover,
  Location,
  SemanticTokens,
  WorkspaceEdit,
} from "vscode-languageserver/node";
import { tokenKinds } from "../../compiler/index.js";
import { type Client, withClient } from "./client.js";

let client: Client;
withClient((started) => {
  client = started;
});

const head = `type Row = { id: int, verdict: yes | no }

agent shorten(of: text) -> text(max_tokens: 10) {
  user """
    {{ of }}
  """
}

agent fine(of: text) -> yes | no {
  user """
    {{ of }}
  """
}

flow short(of: text) -> text {
  var now = of
  loop up to 3 { set now = shorten(now) } until fine(now) is yes
  return now
}

flow all(rows: list<Row>) -> Row {
  do short(text(rows[0].id))
  return rows[0]
}
`;

const text = `${head}
test "asks again" for short {
  input { of: file("of.txt") }
  mock shorten -> "a", "b"
  mock "short/fine#0" -> no, yes
  expect "b"
}

test "goes through another flow" for all {
  input { rows: [{ id: 1, verdict: yes }] }
  mock shorten -> "a"
  mock "short/fine#0@short#0.1" -> yes
  expect { id: 1, verdict: yes }
  path "short/shorten#0@short#0.1", "short/fine#0@short#0.1"
}
`;

/** The names that are offered at `<|>`, in the order of the editor. */
async function offered(test: string): Promise<string[]> {
  const whole = `${head}\n${test}`;
  const at = whole.indexOf("<|>");
  const file = client.open(whole.replace("<|>", ""));
  const items = await file.ask<CompletionItem[]>("completion", file.document.positionAt(at));
  return items.toSorted((a, b) => (a.sortText! < b.sortText! ? -1 : 1)).map(({ label }) => label);
}

describe("completion in tests", () => {
  it.each([
    ["flows", 'test "x" for <|>', ["short", "all"]],
    ["flows in front of a body", 'test "x" for s<|> {\n}', ["short", "all"]],
    ["parts", 'test "x" for short {\n  <|>\n}', ["input", "mock", "expect", "path"]],
    ["inputs", 'test "x" for short {\n  input { <|> }\n}', ["of"]],
    ["fields inside of an input", 'test "x" {\n  input { rows: [{ id: 1, <|> }] }\n}', ["verdict"]],
    ["agents", 'test "x" for short {\n  mock <|>\n}', ["shorten", "fine"]],
    ["agents without a mock", 'test "x" {\n  mock fine -> yes\n  mock <|> -> yes\n}', ["shorten"]],
    ["always", 'test "x" {\n  mock fine <|>\n}', ["always"]],
    ["sites in quotes", 'test "x" for all {\n  mock "<|>" -> yes\n}', ["short/shorten#0", "short/fine#0"]],
    [
      "choice points in quotes",
      'test "x" for all {\n  path "a", "short/<|>"\n}',
      ["short/shorten#0@", "short/fine#0@"],
    ],
  ])("offers %s", async (_, test, names) => {
    expect(await offered(test)).toEqual(names);
  });

  it("offers labels and files where values are written out, and nothing that computes", async () => {
    const names = await offered('test "x" for short {\n  mock fine -> <|>\n}');
    expect(names.slice(0, 3)).toEqual(["yes", "no", "file"]);
    expect(names).not.toContain("upper");
    expect(names).not.toContain("shorten");
    expect(await offered('test "<|>" {\n}')).toEqual([]);
  });

  it("offers `test` where declarations stand", async () => {
    expect(await offered("<|>")).toContain("test");
  });
});

describe("names in tests", () => {
  it("are known: agents, flows, inputs, labels, and those inside of ids", async () => {
    const file = client.open(text);
    expect(await file.diagnostics()).toEqual([]);
    const definition = async (what: string, options = {}) => {
      const found = await file.ask<Location | null>("definition", file.at(what, options));
      return found && `${found.range.start.line}: ${file.slice(found.range)}`;
    };
    expect(await definition("short {")).toBe("14: short");
    expect(await definition("shorten -> ")).toBe("2: shorten");
    expect(await definition('"short/fine#0"', { into: 2 })).toBe("14: short");
    expect(await definition('"short/fine#0"', { into: 8 })).toBe("8: fine");
    expect(await definition("of: file")).toBe("14: of");
    expect(await definition("rows: [")).toBe("20: rows");
    expect(await definition("short#0.1")).toBe("14: short");
    expect(await definition("yes }]")).toBe("0: yes");
    const hover = await file.ask<Hover>("hover", file.at("file("));
    expect((hover.contents as { value: string }).value).toContain("file(path: text) -> T");
  });

  it.each([
    ["an agent", "agent fine", "good", 6, text.replaceAll("fine", "good")],
    ["a flow", "flow short", "brief", 5, text.replaceAll(/\bshort\b/g, "brief")],
    ["an input", "(of: text) -> text {", "it", 1, undefined],
    ["an agent from an id", '"short/fine#0@', "good", 7, text.replaceAll("fine", "good")],
  ])("are renamed with %s, in ids too", async (_, what, newName, into, wanted) => {
    const file = client.open(text);
    const edit = await file.ask<WorkspaceEdit>("rename", file.at(what, { into }), { newName });
    const after = file.after(edit.changes![file.uri]!);
    if (wanted !== undefined) expect(after).toBe(wanted);
    expect(await client.open(after).diagnostics()).toEqual([]);
  });

  it("have colours of their own, inside of ids too", async () => {
    const file = client.open(text);
    const { data } = await file.ask<SemanticTokens>("semanticTokens/full");
    const found: string[] = [];
    let line = 0;
    let character = 0;
    for (let i = 0; i < data.length; i += 5) {
      const [lines, characters, length, kind] = data.slice(i, i + 4) as [number, number, number, number];
      line += lines;
      character = lines === 0 ? character + characters : characters;
      const range = { start: { line, character }, end: { line, character: character + length } };
      found.push(`${file.slice(range)} ${tokenKinds[kind]}`);
    }
    const id = found.indexOf("fine interface", found.lastIndexOf("path keyword"));
    expect(found.slice(id - 3, id + 4)).toEqual([
      '" string',
      "short function",
      "/ string",
      "fine interface",
      "#0@ string",
      "short function",
      '#0.1" string',
    ]);
    expect(found).toEqual(
      expect.arrayContaining([
        "test keyword",
        "input keyword",
        "mock keyword",
        "expect keyword",
        '"asks again" string',
      ]),
    );
  });

  it("stand in the outline", async () => {
    const symbols = await client.open(text).ask<DocumentSymbol[]>("documentSymbol");
    expect(symbols.slice(-2).map(({ name }) => name)).toEqual(["asks again", "goes through another flow"]);
  });

  it("are mended", async () => {
    const wrong = text
      .replace("mock shorten ->", "mock shoten ->")
      .replace('"short/fine#0"', '"shrt/fine#0"');
    const file = client.open(wrong);
    const range = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };
    const context = { diagnostics: [] };
    const actions = await file.ask<CodeAction[]>("codeAction", undefined, { range, context });
    const edits = actions.flatMap(({ edit }) => edit!.changes![file.uri]!);
    expect(file.after(edits)).toBe(text);
  });
});

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { DocumentSymbol, FoldingRange, Hover, Location, TextEdit } from "vscode-languageserver/node";
import { musique } from "../cli/support.js";
import { type Client, withClient } from "./client.js";

let client: Client;
withClient((started) => {
  client = started;
});

const flow = `/// A question with what is known.
type Topic = { question: text, facts: list<text> }

/// Answers from the facts.
agent answer(topic: Topic, tone: good | bad) -> text(max_tokens: 40) {
  system "Answer in one sentence."
  user """
    {% for fact in topic.facts %}
    - {{ fact }}
    {% end %}
    {{ topic.question }} {{ tone }}
  """
}

agent enough(topic: Topic, found: text) -> yes | no {
  user """
    {{ topic.question }} {{ found }}
  """
}

flow ask(topic: Topic) -> text {
  var best = upper(answer(topic, good))
  branch enough(topic, best) {
    yes -> return best
    no -> set best = answer(topic, bad)
  }
  return best
}
`;

describe("flowc lsp", () => {
  it("says what is wrong, with the code, its page and what may have been meant", async () => {
    const file = client.open("flow f(a: text) -> text {\n  return zzzz\n}\n");
    const [found, ...others] = await file.diagnostics();
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      code: "F101",
      severity: 1,
      source: "flowc",
      message: "there is no variable `zzzz` here",
      range: { start: { line: 1, character: 9 }, end: { line: 1, character: 13 } },
    });
    expect(readFileSync(new URL(found!.codeDescription!.href), "utf8")).toContain("F101");
  });

  it("takes it back once it is mended, and when the file is closed", async () => {
    const file = client.open("flow f(question: text) -> text {\n  return qestion\n}\n");
    expect((await file.diagnostics())[0]!.message).toContain("did you mean `question`?");
    const start = file.at("qestion");
    file.edit({ start, end: { ...start, character: start.character + 7 } }, "question");
    expect(await file.diagnostics()).toEqual([]);
    file.edit({ start, end: { ...start, character: start.character + 8 } }, "nothing");
    expect(await file.diagnostics()).toHaveLength(1);
    client.notify("textDocument/didClose", { textDocument: { uri: file.uri } });
    await file.ask("hover", { line: 0, character: 0 });
    expect(client.lastDiagnostics(file.uri)).toEqual([]);
  });

  it("shows types, signatures, documentation and what prompts read", async () => {
    const file = client.open(flow);
    const hover = async (what: string, options = {}) => {
      const found = await file.ask<Hover | null>("hover", file.at(what, options));
      return (found?.contents as { value: string } | undefined)?.value;
    };
    expect(await hover("answer(topic, good")).toBe(
      "```flow\nagent answer(topic: Topic, tone: good | bad) -> text(max_tokens: 40)\n```\n\nAnswers from the facts.\n\n- `system` reads no input\n- `user` reads `topic`, `tone`",
    );
    expect(await hover("Topic", { nth: 1 })).toBe(
      "```flow\ntype Topic = { question: text, facts: list<text> }\n```\n\nA question with what is known.",
    );
    expect(await hover("upper")).toContain("upper(of: text) -> text");
    expect(await hover("best")).toBe("```flow\nvar best: text\n```");
    expect(await hover("fact }}")).toContain("fact: text");
    expect(await hover("question }}")).toBe("```flow\nquestion: text\n```\n\nA field of `Topic`.");
    expect(await hover("yes ->")).toBe("```flow\nyes\n```\n\nA label of `yes | no`.");
    expect(await hover("{ question")).toBeUndefined();
  });

  it("goes to definitions of all kinds", async () => {
    const file = client.open(flow);
    const definition = async (what: string, options = {}) => {
      const found = await file.ask<Location | null>("definition", file.at(what, options));
      return found && `${found.range.start.line}: ${file.slice(found.range)}`;
    };
    expect(await definition("answer(topic, bad")).toBe("4: answer");
    expect(await definition("Topic)", { nth: 0 })).toBe("1: Topic");
    expect(await definition("best\n")).toBe("21: best");
    expect(await definition("topic.facts")).toBe("4: topic");
    expect(await definition("facts %}")).toBe("1: facts");
    expect(await definition("fact }}")).toBe("7: fact");
    expect(await definition("yes ->")).toBe("14: yes");
    expect(await definition("bad)")).toBe("4: bad");
    expect(await definition("upper")).toBeNull();
  });

  it("finds references with and without the declaration", async () => {
    const file = client.open(flow);
    const references = (includeDeclaration: boolean) =>
      file.ask<Location[]>("references", file.at("best"), { context: { includeDeclaration } });
    expect((await references(true)).map(({ range }) => range.start.line)).toEqual([21, 22, 23, 24, 26]);
    expect(await references(false)).toHaveLength(4);
  });

  it("gives the outline and the folds, of broken files too", async () => {
    const file = client.open(`${flow}\nflow broken(`);
    const symbols = await file.ask<DocumentSymbol[]>("documentSymbol");
    expect(symbols.map(({ name }) => name)).toEqual(["Topic", "answer", "enough", "ask", "broken"]);
    expect(symbols[1]!.children!.map(({ name }) => name)).toEqual(["topic", "tone", "system", "user"]);
    expect(symbols[3]!.children!.map(({ name }) => name)).toEqual(["topic", "best"]);
    const folds = await file.ask<FoldingRange[]>("foldingRange");
    expect(folds.map(({ startLine, endLine }) => [startLine, endLine])).toContainEqual([20, 26]);
  });

  it("lays files out as flowc fmt does, and leaves broken ones alone", async () => {
    const options = { options: { tabSize: 8, insertSpaces: false } };
    const tidy = readFileSync(musique, "utf8");
    const untidy = client.open(tidy.replaceAll("\n  ", "\n      "));
    expect(untidy.after(await untidy.ask<TextEdit[]>("formatting", undefined, options))).toBe(tidy);
    expect(await client.open(tidy).ask("formatting", undefined, options)).toEqual([]);
    expect(await client.open("flow  f(").ask("formatting", undefined, options)).toEqual([]);
  });
});

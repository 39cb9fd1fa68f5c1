import { describe, expect, it } from "vitest";
import {
  type CodeAction,
  type CompletionItem,
  ResponseError,
  type SemanticTokens,
  type SignatureHelp,
  type WorkspaceEdit,
} from "vscode-languageserver/node";
import { tokenKinds } from "../../compiler/index.js";
import { Client, type Opened, withClient } from "./client.js";

let client: Client;
withClient((started) => {
  client = started;
});

const head = `type Topic = { question: text, mood: good | bad }

/// Says yes or no.
agent enough(topic: Topic, of: text) -> yes | no {
  user """
    {{ topic.question }} {{ of }} {{ topic.mood }}
  """
}

agent say(topic: Topic) -> text(max_tokens: 9) {
  user """
    {{ topic.question }} {{ topic.mood }}
  """
}

`;

/** Opens a text with a `<|>` in it where the cursor stands. */
function openAt(text: string): { file: Opened; position: ReturnType<Opened["at"]> } {
  const at = text.indexOf("<|>");
  const file = client.open(text.replace("<|>", ""));
  return { file, position: file.document.positionAt(at) };
}

/** The names that are offered, in the order of the editor. */
async function offered(text: string): Promise<string[]> {
  const { file, position } = openAt(text);
  const items = await file.ask<CompletionItem[]>("completion", position);
  return items.toSorted((a, b) => (a.sortText! < b.sortText! ? -1 : 1)).map(({ label }) => label);
}

const statements = ["let", "var", "set", "loop", "branch", "do", "break", "continue", "return"];

describe("completion", () => {
  it("offers keywords where the grammar allows them", async () => {
    expect(await offered("<|>")).toEqual(expect.arrayContaining(["type", "agent", "flow"]));
    expect(await offered("ag<|>")).toEqual(await offered("<|>"));
    const flow = `${head}flow f(topic: Topic) -> text {\n`;
    expect(await offered(`${flow}  <|>`)).toEqual(expect.arrayContaining(statements));
    expect(await offered(`${flow}  loop <|>`)).toEqual(["up"]);
    expect(await offered(`${flow}  loop up to 3 { } <|>`)).toEqual(
      expect.arrayContaining(["until", ...statements]),
    );
    expect(await offered(`${flow}  let x = pick c in <|>`)).toEqual([]);
    expect(await offered(`${flow}  branch enough(topic, "") { yes -> <|>`)).toContain("pass");
    expect(await offered(`agent a() -> yes | no { user """{% <|> %}"""\n}`)).toEqual([
      "for",
      "if",
      "else",
      "end",
    ]);
  });

  it("offers nothing in comments, texts and the text of prompts", async () => {
    expect(await offered("# ty<|>")).toEqual([]);
    expect(await offered("/// ty<|>")).toEqual([]);
    expect(await offered(`${head}flow f(topic: Topic) -> text {\n  return "to<|>"\n}`)).toEqual([]);
    expect(await offered('agent a() -> yes | no { user """to<|>"""\n}')).toEqual([]);
    expect(await offered("flow f() -> int { return 12<|> }")).toEqual([]);
  });

  it.each([
    ["fields after a dot", "let x = topic.<|>", ["question", "mood"]],
    ["fields of a record that is being written", 'let x: Topic = { question: "", <|> }', ["mood"]],
    ["labels after is", "branch topic.mood is <|>", ["good", "bad", "not"]],
    ["the labels that have no arm yet", 'branch enough(topic, "") {\n    no -> pass\n    <|>\n  }', ["yes"]],
    ["labels of a pick", 'let x = pick c from [topic] by enough(c, "") is <|> else break', ["yes", "no"]],
    ["agents with labels to pick by", "let x = pick c from [topic] by <|>", ["enough"]],
    ["fields of a pick's candidates", "let x = pick c from [topic] where c.<|>", ["question", "mood"]],
    ["variables that can be set", "var a = 1 let b = 2 set <|> = 3", ["a"]],
    ["types", "let x: <|> = 1", ["Topic", "text", "int", "float", "bool", "list"]],
    ["fields of a comprehension's elements", "let x = [t.<|> for t in [topic]]", ["question", "mood"]],
    ["fields inside a call that is not closed", "return say(topic.<|>", ["question", "mood"]],
  ])("offers %s", async (_, statement, names) => {
    expect(await offered(`${head}flow f(topic: Topic) -> text {\n  ${statement}\n}`)).toEqual(names);
  });

  it("offers what can be seen, what fits best first", async () => {
    const names = await offered(
      `${head}flow f(topic: Topic) -> text {\n  let a = 1\n  let b = topic.mood == <|>\n  let c = 3\n}`,
    );
    expect(names.slice(0, 4)).toEqual(["good", "bad", "a", "topic"]);
    expect(names).toEqual(expect.arrayContaining(["enough", "say", "f", "upper", "true"]));
    expect(names.filter((each) => each === "b" || each === "c")).toEqual([]);
  });

  it("offers a template's variables, and nobody to ask", async () => {
    const inHole =
      'agent a(topics: list<text>) -> yes | no {\n  user """\n    {% for one in topics %}\n    {{ <|>\n    {% end %}\n  """\n}';
    const names = await offered(inHole);
    expect(names.slice(0, 2)).toEqual(["one", "topics"]);
    expect(names).toContain("upper");
    expect(names).not.toEqual(expect.arrayContaining(["pick"]));
    expect(names).not.toContain("a");
  });

  it("offers an agent's inputs in its examples", async () => {
    const agent =
      "agent a(asked: text, again: bool) -> yes | no {\n  example { again: true, <|> } -> yes\n}\n";
    expect(await offered(agent)).toEqual(["asked"]);
  });

  it("offers functions of modules in prompts too", async () => {
    const extern = 'extern function shout(of: text) -> text from "./m.ts"\n';
    expect(await offered(`${extern}agent a(x: text) -> yes | no { user """{{ <|> }}"""\n}`)).toContain(
      "shout",
    );
    expect(await offered(`${extern}<|>`)).toEqual(expect.arrayContaining(["extern", "judge", "flow"]));
    expect(await offered("extern <|>")).toEqual(["type", "function", "effect"]);
    expect(await offered("extern effect buy(item: text) -> bool <|>")).toEqual(
      expect.arrayContaining(["pure", "idempotent", "effectful"]),
    );
    const effect = 'extern effect buy(item: text) -> bool effectful from "./m.ts"\n';
    expect(await offered(`${effect}flow f(x: text) -> bool { do <|>\n}`)).toContain("buy");
    expect(await offered(`${effect}agent a(x: text) -> yes | no { user """{{ <|> }}"""\n}`)).not.toContain(
      "buy",
    );
  });

  it("works behind mistakes in other places", async () => {
    const broken = `${head}agnet x {\n}\nflow f(topic: Topic) -> text {\n  let = )\n  let y = topic.<|>\n`;
    expect(await offered(broken)).toEqual(["question", "mood"]);
  });

  it("replaces the word at the cursor", async () => {
    const { file, position } = openAt("flow f(input: text) -> text {\n  return in<|>put\n}\n");
    const items = await file.ask<CompletionItem[]>("completion", position);
    const edit = items.find(({ label }) => label === "input")!.textEdit!;
    expect(file.after([edit as never])).toBe(file.text);
  });
});

describe("signature help", () => {
  it("follows the inputs of agents, flows and functions", async () => {
    const help = async (call: string) => {
      const { file, position } = openAt(`${head}flow f(topic: Topic) -> text {\n  return ${call}\n}`);
      return file.ask<SignatureHelp | null>("signatureHelp", position);
    };
    expect(await help("enough(<|>")).toMatchObject({
      signatures: [{ label: "agent enough(topic: Topic, of: text) -> yes | no" }],
      activeParameter: 0,
    });
    expect(await help("enough(topic, [1, 2, 3], <|>")).toMatchObject({ activeParameter: 2 });
    expect(await help("enough(topic, upper(<|>))")).toMatchObject({
      signatures: [{ label: "upper(of: text) -> text" }],
    });
    expect(await help('slice("a, b", 1, <|>)')).toMatchObject({ signatures: [{}, {}], activeParameter: 2 });
    expect(await help("(1 + <|>)")).toBeNull();
    expect(await help("enough(topic) + <|>")).toBeNull();
  });

  it("says where the inputs stand, and what they say to clients that take no places", async () => {
    const labels = async (asking: Client) => {
      const file = asking.open("flow f(at: text, t: text) -> text {\n  return slice(f(\n}\n");
      const help = await file.ask<SignatureHelp>("signatureHelp", file.at("f(\n", { into: 2 }));
      expect(help.signatures[0]!.label).toBe("flow f(at: text, t: text) -> text");
      return help.signatures[0]!.parameters!.map(({ label }) => label);
    };
    expect(await labels(client)).toEqual([
      [7, 15],
      [17, 24],
    ]);
    const parameterInformation = { labelOffsetSupport: false };
    const signatureHelp = { signatureInformation: { parameterInformation } };
    const plain = await Client.start({ textDocument: { signatureHelp } });
    expect(await labels(plain)).toEqual(["at: text", "t: text"]);
    expect(await plain.stop()).toBe(0);
  });
});

describe("renaming", () => {
  const text = `${head}flow f(topic: Topic) -> text {
  var said = say(topic)
  loop up to 3 {
    set said = said + say(topic)
  } until enough(topic, said) is yes
  branch topic.mood {
    good -> return said
    bad -> return ""
  }
}
`;
  async function rename(what: string, newName: string, options = {}): Promise<string> {
    const file = client.open(text);
    const params = { newName };
    try {
      const edit = await file.ask<WorkspaceEdit>("rename", file.at(what, options), params);
      return file.after(edit.changes![file.uri]!);
    } catch (error) {
      if (error instanceof ResponseError) return error.message;
      throw error;
    }
  }

  it.each([
    ["a variable", "said", "heard"],
    ["an agent", "say(topic)\n", "speak"],
    ["a type", "Topic =", "Subject"],
    ["an input of an agent", "of:", "about"],
    ["a field", "question:", "asked"],
    ["a label", "good |", "great"],
  ])("changes every place of %s", async (_, what, newName) => {
    const old = /^\w+/.exec(what)![0];
    const wanted =
      what === "of:"
        ? text.replace("of: text", "about: text").replace("{{ of }}", "{{ about }}")
        : what === "say(topic)\n"
          ? text.replaceAll(/\bsay\(/g, "speak(")
          : text.replaceAll(new RegExp(`\\b${old}\\b`, "g"), newName);
    expect(await rename(what, newName)).toBe(wanted);
  });

  it.each([
    ["a reserved word", "said", "loop", "`loop` is a word of the language"],
    ["what is no name", "said", "a b", "`a b` is no name"],
    ["a name that reaches into objects", "said", "__proto__", "cannot be used as a name"],
    ["a name that clashes", "said", "topic", "`topic` is declared already"],
    ["a name that is declared", "agent say", "enough", "is declared twice"],
    ["a label that others have too", "yes |", "maybe", ""],
  ])("refuses %s", async (kind, what, newName, message) => {
    const into = what.startsWith("agent") ? 6 : 0;
    const answer = await rename(what, newName, { into });
    if (kind === "a label that others have too") expect(answer).toContain("is maybe");
    else expect(answer).toContain(message);
  });

  it("refuses a name that another thing would be taken for", async () => {
    const file = client.open(
      'flow f(a: good | bad) -> text {\n  let x = "" \n  branch a == good { true -> return x false -> return "" }\n}',
    );
    const answer = file.ask("rename", file.at("x ="), { newName: "good" });
    await expect(answer).rejects.toThrow(/line \d/);
  });

  it("refuses what the language declares, and places without a name", async () => {
    const file = client.open(text);
    await expect(file.ask("prepareRename", file.at("text,"))).rejects.toThrow("declared nowhere");
    await expect(file.ask("prepareRename", file.at("{ question"))).rejects.toThrow("no name here");
    expect(file.slice(await file.ask("prepareRename", file.at("said", { nth: 2, into: 2 })))).toBe("said");
  });
});

describe("quick fixes", () => {
  async function fixed(text: string): Promise<Record<string, string>> {
    const file = client.open(text);
    const range = { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } };
    const actions = await file.ask<CodeAction[]>("codeAction", undefined, {
      range,
      context: { diagnostics: [] },
    });
    return Object.fromEntries(
      actions.map(({ title, edit }) => [title, file.after(edit!.changes![file.uri]!)]),
    );
  }

  it("change to what was meant", async () => {
    const text = "flow f(question: text) -> text {\n  return qestion\n}\n";
    expect(await fixed(text)).toEqual({ "Change to `question`": text.replace("qestion", "question") });
    expect(await fixed("agnet a() -> yes | no {\n}\n")).toHaveProperty("Change to `agent`");
  });

  it("change what is told once in each of its places", async () => {
    const text = "flow f(question: text) -> text {\n  let a = qestion\n  return a + qestion\n}\n";
    const file = client.open(text);
    const [only, ...more] = await file.diagnostics();
    expect(more).toEqual([]);
    expect(only!.relatedInformation!.map(({ location }) => file.slice(location.range))).toEqual(["qestion"]);
    const last = { line: 2, character: 15 };
    const context = { diagnostics: [] };
    const [action] = await file.ask<CodeAction[]>("codeAction", undefined, {
      range: { start: last, end: last },
      context,
    });
    expect(file.after(action!.edit!.changes![file.uri]!)).toBe(text.replace("a + qestion", "a + question"));
  });

  it("add arms, drop vars and mark what is unused", async () => {
    const text =
      "flow f(a: bool, b: int) -> int {\n  var x = 1\n  branch a {\n    true -> return x\n  }\n  return 2\n}\n";
    expect(await fixed(text)).toEqual({
      "Add the missing arm": text.replace("return x\n", "return x\n    false -> pass\n"),
    });
    const whole = text.replace("return x\n", "return x\n    false -> pass\n");
    expect(await fixed(whole)).toEqual({
      "Rename to `_b`: it is meant to be unused": whole.replace("b: int", "_b: int"),
      "Make it a `let`": whole.replace("var", "let"),
    });
    expect(await fixed("flow f(a: bool) -> int {\n  branch a { }\n  return 2\n}\n")).toMatchObject({
      "Add the missing arms": expect.stringContaining("{ true -> pass false -> pass }"),
    });
  });
});

describe("semantic tokens", () => {
  it("say what every word is", async () => {
    const file = client.open(
      `${head}flow until(up: Topic) -> text {\n  loop up to 2 { do say(up) } until up.mood is good\n  return ""\n}\n`,
    );
    const { data } = await file.ask<SemanticTokens>("semanticTokens/full");
    const found: string[] = [];
    let line = 0;
    let character = 0;
    for (let i = 0; i < data.length; i += 5) {
      const [lines, characters, length, kind] = data.slice(i, i + 4) as [number, number, number, number];
      line += lines;
      character = lines === 0 ? character + characters : characters;
      const start = { line, character };
      found.push(
        `${file.slice({ start, end: { line, character: character + length } })} ${tokenKinds[kind]}`,
      );
    }
    expect(found).toEqual(
      expect.arrayContaining([
        "type keyword",
        "Topic type",
        "question property",
        "good enumMember",
        "/// Says yes or no. comment",
        "enough interface",
        "text type",
        "of parameter",
        '""" string',
        "9 number",
        "until function",
        "up keyword",
        "up parameter",
        "until keyword",
      ]),
    );
    expect(found.filter((each) => each === "until function")).toHaveLength(1);
    expect(found.filter((each) => each === "up keyword")).toHaveLength(1);
  });
});

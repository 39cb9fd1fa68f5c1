import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { run, succeeded } from "../cli/support.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { Editor, eventually, type Pane } from "./editor.js";

const agents = `/// What is asked.
type Topic = { question: text, tone: good | bad }

/// Answers in a *few* words.
agent answer(at: text, t: text, topic: Topic) -> text(max_tokens: 9) {
  user """
    {{ topic.question }} {{ at }} {{ t }} {{ topic.tone }}
  """
}
`;
const main = `import answer, Topic from "./lib/agents.flow"

flow main(topic: Topic) -> text {
  return answer("", "", topic) + topic.question
}
`;

const folder = temporaryFolder();
const uriOf = (name: string) => pathToFileURL(join(folder, name)).href;

let editor: Editor;
const open: Pane[] = [];
beforeAll(() => {
  for (const [name, text] of Object.entries({
    "package.json": "{}",
    "main.flow": main,
    "lib/agents.flow": agents,
  })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  editor = new Editor(pathToFileURL(folder).href);
});
afterEach(() => {
  for (const pane of open.splice(0)) pane.close();
});
afterAll(async () => {
  expect(await editor.close()).toBe(0);
  expect(editor.server.stderr).toBe("");
  expect(editor.log).toEqual([]);
});

/** A pane with a file; the cursor is at `<|>`, if that stands in the text. */
function show(text: string, name = "main.flow"): Pane {
  const pane = editor.open(uriOf(name), text.replace("<|>", ""), Math.max(0, text.indexOf("<|>")));
  open.push(pane);
  return pane;
}

describe("CodeMirror on flowc lsp", () => {
  it("underlines a mistake, says what it is, and takes it back when it is mended", async () => {
    const pane = show("flow f(question: text) -> text {\n  return qestion\n}\n");
    await eventually(() => expect(pane.shown(".cm-lintRange-error")).toEqual(["qestion"]));
    expect(pane.mistakes).toEqual([
      "error at qestion: there is no variable `qestion` here; did you mean `question`?",
    ]);
    pane.goTo("qestion", 1).type("u");
    await eventually(() => expect(pane.mistakes).toEqual([]));
    pane.goTo("return", 0).type("let x = 1 ");
    await eventually(() => expect(pane.mistakes).toEqual([expect.stringMatching(/^warning at x: /)]));
    expect(pane.shown(".cm-lintRange-warning")).toEqual(["x"]);
  });

  it("shows types and documentation where the mouse rests", async () => {
    const pane = show(main);
    pane.pointAt("answer(", 3);
    await eventually(() => expect(pane.shown(".cm-lsp-hover-tooltip")).toHaveLength(1));
    const tooltip = pane.element(".cm-lsp-hover-tooltip");
    expect(tooltip.querySelector("code.language-flow")!.textContent.trim()).toBe(
      "agent answer(at: text, t: text, topic: Topic) -> text(max_tokens: 9)",
    );
    expect(tooltip.querySelector("em")!.textContent).toBe("few");
    expect(tooltip.textContent).toContain("Declared in lib/agents.flow.");
  });

  it("offers what may follow while it is typed, and takes what is accepted", async () => {
    const pane = show(main.replace("topic.question", "<|>"));
    pane.type("top");
    await eventually(() => expect(pane.shown(".cm-completionLabel")).toContain("topic"));
    expect(pane.shown("[aria-selected] .cm-completionLabel")).toEqual(["topic"]);
    await pane.accept("topic");
    pane.type(".");
    await eventually(() => expect(pane.shown(".cm-completionLabel")).toEqual(["question", "tone"]));
    pane.type("q");
    await eventually(() => expect(pane.shown(".cm-completionLabel")).toEqual(["question"]));
    await pane.accept("topic.question");
    expect(pane.text).toBe(main);
  });

  it("offers everything at the beginning of a line when it is asked to", async () => {
    const pane = show("flow f(a: text) -> text {\n  <|>\n  return a\n}\n");
    pane.press("Ctrl- ");
    await eventually(() =>
      expect(pane.shown(".cm-completionLabel")).toEqual(
        expect.arrayContaining(["let", "loop", "branch", "return"]),
      ),
    );
  });

  it("goes to definitions, in other files too", async () => {
    const library = show(agents, "lib/agents.flow");
    const pane = show(main).goTo("topic.question", 1);
    pane.press("F12");
    await eventually(() => expect(pane.cursor).toBe("flow main(|topic: Topic) -> text {"));
    pane.goTo('answer("', 2).press("F12");
    await eventually(() =>
      expect(library.cursor).toBe("agent |answer(at: text, t: text, topic: Topic) -> text(max_tokens: 9) {"),
    );
  });

  it("lists references by file and line", async () => {
    const library = show(agents, "lib/agents.flow").goTo("question:");
    show(main);
    library.press("Shift-F12");
    await eventually(() =>
      expect(library.shown(".cm-lsp-reference-file")).toEqual(["lib/agents.flow", "main.flow"]),
    );
    expect(library.shown(".cm-lsp-reference").map((each) => each.trim())).toEqual([
      "2: type Topic = { question: text, tone: good | bad }",
      "7:     {{ topic.question }} {{ at }} {{ t }} {{ topic.tone }}",
      '4:   return answer("", "", topic) + topic.question',
    ]);
    expect(library.shown(".cm-lsp-reference strong")).toEqual(["question", "question", "question"]);
  });

  it("renames in all files, and shows why it does not", async () => {
    const library = show(agents, "lib/agents.flow");
    const pane = show(main).goTo('answer("', 2);
    pane.rename("answer", "reply");
    await eventually(() => expect(pane.text).toBe(main.replaceAll("answer", "reply")));
    expect(library.text).toBe(agents.replace("answer", "reply"));
    pane.rename("reply", "main");
    await eventually(() =>
      expect(pane.shown(".cm-lsp-message-error").join()).toContain("`main` is declared"),
    );
    expect(pane.text).toBe(main.replaceAll("answer", "reply"));
  });

  it("lays a file out as flowc fmt does", async () => {
    const untidy = main
      .replaceAll("\n  ", "\n         ")
      .replace("main(topic: Topic)", "main( topic:Topic )");
    const pane = show(untidy);
    pane.press("Shift-Alt-f");
    await eventually(() => expect(pane.text).toBe(main));
    const laidOut = succeeded(await run(["fmt", "-"], { stdin: untidy })).stdout;
    expect(laidOut).toBe(main);
  });

  it("shows the inputs of a call, the one that is being written in bold", async () => {
    const pane = show(main.replace('answer("", "", topic)', "answer<|>"));
    const bold = () => pane.shown(".cm-lsp-active-parameter");
    pane.type("(");
    await eventually(() => expect(bold()).toEqual(["at: text"]));
    expect(pane.shown(".cm-lsp-signature")).toEqual([
      "agent answer(at: text, t: text, topic: Topic) -> text(max_tokens: 9)",
    ]);
    pane.type('"",');
    await eventually(() => expect(bold()).toEqual(["t: text"]));
    const before = pane.element(".cm-lsp-active-parameter").previousSibling!.textContent;
    expect(before).toBe("agent answer(at: text, ");
    pane.type(' "", ');
    await eventually(() => expect(bold()).toEqual(["topic: Topic"]));
  });
});

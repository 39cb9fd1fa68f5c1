import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { check, renderDiagnostic } from "../../compiler/index.js";
import { agentRequests } from "../../runtime/machine/index.js";
import { memoryHost } from "../support/memory-host.js";
import { machineOf } from "./drive.js";

const reference = readFileSync("docs/language.md", "utf8");

/** The text of fenced blocks with one of these names, in order. */
function blocks(...names: readonly string[]): { name: string; text: string }[] {
  return [...reference.matchAll(/```(\w+)\n([\s\S]*?)```/g)]
    .map(([, name, text]) => ({ name: name!, text: text! }))
    .filter((block) => names.includes(block.name));
}

/** The files that snippets may import: those whose fence names them. */
const files = new Map(
  [...reference.matchAll(/```flow \.\/(\S+)\n([\s\S]*?)```/g)].map(([, name, text]) => [name!, text!]),
);
const host = memoryHost(Object.fromEntries([...files].map(([name, text]) => [`/docs/${name}`, text])));

const snippets = [
  ...blocks("flow").map(({ text }) => ["language.flow", text.split("\n")[0]!, text] as const),
  ...[...files].map(([name, text]) => [name, name, text] as const),
];

describe("the language reference", () => {
  it.each(snippets)("compiles in %s: %s", (name, _, text) => {
    const { diagnostics, sources } = check(text, "language.md", { host, path: `/docs/${name}` });
    expect(diagnostics.map((each) => renderDiagnostic(each, sources))).toEqual([]);
  });

  const pairs = blocks("prompt", "text");
  const prompts = pairs.flatMap((block, index) =>
    block.name === "prompt" ? [[block.text, pairs[index + 1]!.text]] : [],
  );

  it("has pairs for its whitespace rules", () => {
    expect(prompts.length).toBeGreaterThanOrEqual(4);
    expect(pairs).toHaveLength(prompts.length * 2);
  });

  it.each(prompts)("renders%s", async (prompt, expected) => {
    expect(await rendered(prompt)).toBe(expected.replace(/\n$/, ""));
    expect(await rendered(prompt.replaceAll("\n", "\r\n"))).toBe(expected.replace(/\n$/, ""));
  });

  it("names every choice point as it says", async () => {
    const text = blocks("flow").find((block) => block.text.includes("flow all_short"))!.text;
    const module = await machineOf(text);
    let state = module.start({ of: ["a", "b", "c"] });
    const points: string[] = [];
    const next = () => agentRequests(module.pending(state))[0];
    for (let request = next(); request !== undefined; request = next()) {
      points.push(request.point);
      const reply =
        request.ask.kind === "generate"
          ? ({ kind: "text", text: "x" } as const)
          : ({ kind: "label", label: "no" } as const);
      state = module.advance(state, request.id, reply);
    }
    expect(points).toContain("short/shorten#0@2.short#0.2");
  });
});

/** What an agent with this prompt is told about the inputs that the reference names. */
async function rendered(prompt: string): Promise<string> {
  const module = await machineOf(`type Paragraph = { title: text, body: text }
agent say(question: text, known: list<Paragraph>) -> text(max_tokens: 1) {
${prompt}
}
flow f(question: text, known: list<Paragraph>) -> text { return say(question, known) }`);
  const known = [
    { title: "A", body: "one" },
    { title: "B", body: "two" },
  ];
  return agentRequests(module.pending(module.start({ question: "Who?", known })))[0]!.user;
}

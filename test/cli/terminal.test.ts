import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { run } from "./support.js";

/** What sets a terminal's title, what clears it in one character, and what turns the reading direction around. */
const wild = "\u001b]0;owned\u0007\u009b2J\u202e";

/** All that a terminal takes for more than text, but for line breaks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
const steering = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

const flow = `agent ask(q: text) -> text(max_tokens: 5) {
  user """
    {{ q }}
  """
}

flow main(q: text) -> text {
  return ask(q)
}

test "asks ${wild}" {
  input { q: "a" }
  mock ask -> "b"
  expect "c"
}
`;

const untidy = flow.replace("}\n\nflow", "}\n\n\n\nflow");
const name = `${wild}.flow`;
const input = '{"q":"?"}';

function folder(): string {
  const made = temporaryFolder();
  writeFileSync(join(made, name), untidy);
  writeFileSync(join(made, "broken.flow"), `flow ${wild}`);
  writeFileSync(join(made, "m.yaml"), JSON.stringify({ ask: wild }));
  return made;
}

describe("what names, paths and answers say to a terminal", () => {
  it.each([
    [["check", name]],
    [["check", "broken.flow"]],
    [["check", `${wild}missing.flow`]],
    [["compile", name, "--out", wild]],
    [["compile", name, "--out", wild, "--check"]],
    [["fmt", "--check", name]],
    [["fmt", name]],
    [["test", name]],
    [["test", "--list", name]],
    [["test", "--json", name]],
    [["graph", name]],
    [["graph", name, "--format", "svg"]],
    [["run", name, "--input", input, "--mocks", "m.yaml"]],
    [["run", name, "--input", input, "--mocks", "m.yaml", "--json"]],
    [["run", name, "--input", input, "--mocks", wild]],
    [["explain", wild]],
    [["check", `--${wild}`]],
    [[wild]],
    [["init", wild]],
    [["doctor", "--model", wild]],
  ])("is shown and does not steer: flowc %j", async (args) => {
    const { stdout, stderr, code } = await run(args, { cwd: folder() });
    expect(`${stdout}${stderr}`).not.toMatch(steering);
    expect(`${stdout}${stderr}`).not.toBe("");
    expect([0, 1, 2]).toContain(code);
  });

  it("changes no value that is printed as JSON", async () => {
    const { stdout } = await run(["run", name, "--input", input, "--mocks", "m.yaml"], { cwd: folder() });
    expect(JSON.parse(stdout)).toBe(wild);
  });
});

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root, run, runProgram, succeeded } from "../cli/support.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { blocksOf, commandsOf } from "./markdown.js";

/** Milliseconds for all of its commands. */
const PATIENCE = 240_000;

/** What is added to commands that would take minutes. */
const shorter: ReadonlyMap<string, readonly string[]> = new Map([
  ["train", ["--episodes", "8"]],
  ["eval", ["--limit", "3"]],
  ["credit", ["--limit", "3"]],
]);

const page = readFileSync(join(root, "docs/tutorial.md"), "utf8");
const template = readFileSync(join(root, "cli/templates/question-answering/question-answering.flow"), "utf8");
const [flow, test, agent] = blocksOf(page, "flow");

/** Runs the commands of a section, and gives what each said: standard error, then standard output. */
async function typed(section: string, folder: string): Promise<readonly string[]> {
  const text = page.slice(page.indexOf(`\n## ${section}\n`) + 1).split(/^## /m)[1]!;
  const said: string[] = [];
  for (const [program, ...args] of blocksOf(text, "sh").flatMap(commandsOf)) {
    if (program === "cd") continue;
    const asked = [...args, ...(shorter.get(args[0]!) ?? [])];
    const outcome =
      program === "flowc"
        ? await run(asked, { cwd: folder })
        : await runProgram(program!, asked, { cwd: folder });
    said.push(succeeded(outcome).stderr + outcome.stdout);
  }
  return said;
}

it("the tutorial's sections are those that are run, and its flow is the template's", () => {
  const sections = [...page.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  expect(sections).toEqual([
    "Make a project",
    "Read the flow",
    "Play it",
    "Test it",
    "Measure it",
    "Train it",
    "Measure it again",
    "Change it",
    "Use it in a program",
  ]);
  expect(template).toContain(flow);
  expect(template.endsWith(`\n${test}`)).toBe(true);
});

it(
  "the tutorial's files and commands do what it says",
  async () => {
    const folder = temporaryFolder();
    const project = join(folder, "answers");
    await typed("Make a project", folder);
    expect((await typed("Read the flow", project))[0]).toBe("1 file checked, nothing to report\n");
    expect((await typed("Play it", project))[0]).toBe(blocksOf(page, "text")[0]);
    expect((await typed("Test it", project))[0]).toContain("1 test passed");
    expect((await typed("Measure it", project))[1]).toMatch(/^question_answering\/relevant#0 /m);
    await typed("Train it", project);
    expect((await typed("Measure it again", project))[0]).toMatch(/^answer_f1 .* gain [+-]\d\.\d{3} \[/m);

    const changed = template
      .replace("flow question_answering", `${agent}\nflow question_answering`)
      .replace("loop up to 2 {", "loop up to 4 {")
      .replace("known + [best]\n  }", "known + [best]\n  } until enough(question, known) is yes")
      .replace("  mock draft", "  mock enough -> no, yes\n  mock draft");
    writeFileSync(join(project, "question-answering.flow"), changed);
    writeFileSync(join(project, "mocks.yaml"), blocksOf(page, "yaml")[0]!);
    const [checked, played, drawn, tested] = await typed("Change it", project);
    expect(checked).toBe("1 file checked, nothing to report\n");
    expect(played).toContain("enough#0@2 yes\n");
    expect(tested).toContain("1 test passed");
    expect(drawn).toMatch(/enough<br>yes #124; no/);

    // What npm install does with the dependency, without building the checkout under the other tests.
    const { devDependencies } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
    mkdirSync(join(project, "node_modules"));
    symlinkSync(devDependencies.flowc.replace(/^file:/, ""), join(project, "node_modules/flowc"));
    writeFileSync(join(project, "use.mjs"), blocksOf(page, "js")[0]!);
    const said = await typed("Use it in a program", project);
    expect(said.at(-1)).toBe("{ answer: 'Nobody', support: [ 0 ] }\n");
  },
  PATIENCE,
);

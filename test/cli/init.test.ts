import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readMusique } from "../../runtime/simulator/index.js";
import { commandsOf } from "../docs/markdown.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { contentsOf, root, run, succeeded } from "./support.js";

/** Milliseconds for a project's commands, one of which trains. */
const PATIENCE = 180_000;

const folder = temporaryFolder();
const names = readdirSync(join(root, "cli/templates")).sort();

describe("flowc init --list", () => {
  it("names every template, each of which has a folder", async () => {
    const { stdout } = succeeded(await run(["init", "--list"], { cwd: folder }));
    const listed = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/)[0]!);
    expect([...listed].sort()).toEqual(names);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe.each(names)("flowc init --template %s", (template) => {
  const project = join(folder, template);

  it(
    "makes a project whose flow is without fault, and plays with its mocks",
    async () => {
      const { stdout } = succeeded(await run(["init", template, "--template", template], { cwd: folder }));
      expect(stdout).toContain(`Next (README.md there says more):\n  cd ${template}\n  flowc check `);
      const [flow] = readdirSync(project).filter((name) => name.endsWith(".flow"));
      const here = { cwd: project };
      expect(succeeded(await run(["check", flow!], here)).stderr).toBe("1 file checked, nothing to report\n");
      succeeded(await run(["fmt", "--check", flow!], here));
      expect(succeeded(await run(["test", flow!], here)).stdout).toMatch(/^\d tests? passed/m);
      succeeded(await run(["compile", flow!, "--out", "build"], here));
      expect(readdirSync(join(project, "build"))).toContain(flow!.replace(".flow", ".js"));
      const mocked = ["run", flow!, "--input", "input.json", "--mocks", "mocks.yaml"];
      JSON.parse(succeeded(await run(mocked, here)).stdout);
    },
    PATIENCE,
  );

  it("calls it as its folder is called, and leaves nothing to fill in", () => {
    const { name, devDependencies } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
    // A checkout names itself, for there is nothing of that name on npm; see package.test.ts for an installed one.
    const flowc = `file:${root.replace(/\/$/, "")}`;
    expect({ name, devDependencies }).toEqual({ name: template, devDependencies: { flowc } });
    for (const [path, text] of contentsOf(project)) {
      if (!path.startsWith("model")) expect(text, path).not.toMatch(/%[A-Z]+%/);
    }
    expect(readFileSync(join(project, ".gitignore"), "utf8")).toContain("node_modules/");
    expect(existsSync(join(project, "gitignore"))).toBe(false);
  });

  it("has scripts and a README with commands that there are", () => {
    const { scripts } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    const readme = readFileSync(join(project, "README.md"), "utf8");
    const shown = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, text]) => commandsOf(text!));
    for (const command of Object.values(scripts)) expect(command).toMatch(/^flowc /);
    for (const words of shown) expect(words[0]).toBe("flowc");
  });
});

describe("a question-answering project", () => {
  const project = join(folder, "question-answering");

  it("has questions of two hops, some to train on and others to measure with", async () => {
    const [train, monitor] = await Promise.all(
      ["train", "monitor"].map((part) => readMusique(join(project, `data/${part}.jsonl`))),
    );
    expect([train!.length, monitor!.length]).toEqual([60, 30]);
    for (const row of [...train!, ...monitor!]) expect(row.decomposition).toHaveLength(2);
  });

  it(
    "is measured and trained with the model that comes with it",
    async () => {
      const here = { cwd: project };
      const asked = ["question-answering.flow", "--model", "model"];
      const measured = ["eval", ...asked, "--data", "data/monitor.jsonl", "--limit", "3"];
      const before = succeeded(await run([...measured, "--out", "runs/before"], here));
      expect(before.stdout).toMatch(/^answer_f1 +\d\.\d{3} /m);
      const settings = ["--config", "train.yaml", "--episodes", "8", "--out", "runs/first"];
      succeeded(await run(["train", ...asked, "--data", "data/train.jsonl", ...settings], here));
      const against = ["--adapters", "runs/first/adapters", "--against", "runs/before"];
      expect(succeeded(await run([...measured, ...against], here)).stdout).toMatch(/ gain [+-]\d\.\d{3} \[/);
    },
    PATIENCE,
  );
});

describe("flowc init", () => {
  it("writes nothing at all where a file is in the way, and all with --force", async () => {
    const taken = join(folder, "taken");
    mkdirSync(taken);
    writeFileSync(join(taken, "mocks.yaml"), "mine\n");
    const refused = await run(["init", taken, "--template", "router"]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("has mocks.yaml already: nothing is written; say --force to overwrite");
    expect(readdirSync(taken)).toEqual(["mocks.yaml"]);
    expect(readFileSync(join(taken, "mocks.yaml"), "utf8")).toBe("mine\n");
    succeeded(await run(["init", taken, "--template", "router", "--force"]));
    expect(readFileSync(join(taken, "mocks.yaml"), "utf8")).toContain("topic_of: billing");
  });

  it("makes the first template in this folder if nothing is said and nobody can be asked", async () => {
    const here = join(folder, "Über Fragen!");
    mkdirSync(here);
    const { stdout } = succeeded(await run(["init"], { cwd: here }));
    expect(stdout).toMatch(/^question-answering: \d+ files in \.\n/);
    expect(stdout).not.toContain("cd ");
    expect(JSON.parse(readFileSync(join(here, "package.json"), "utf8")).name).toBe("ber-fragen-");
  });

  it("fills this folder with other things in it only where that is said", async () => {
    const here = join(folder, "busy");
    mkdirSync(here);
    writeFileSync(join(here, "mine.txt"), "mine\n");
    const { code, stderr } = await run(["init", "--template", "blank"], { cwd: here });
    expect({ code, files: readdirSync(here) }).toEqual({ code: 2, files: ["mine.txt"] });
    expect(stderr).toContain("this folder is not empty; name one, or say .");
    succeeded(await run(["init", ".", "--template", "blank"], { cwd: here }));
    expect(readdirSync(here)).toContain("main.flow");
  });

  it("takes a name, and refuses one that npm would", async () => {
    const at = join(folder, "named");
    succeeded(await run(["init", at, "--template", "blank", "--name", "notes"]));
    expect(readFileSync(join(at, "README.md"), "utf8")).toMatch(/^# notes\n/);
    for (const name of ["Notes", "../notes", "", 'a"b', "a".repeat(101)]) {
      const outcome = await run(["init", join(folder, "bad"), "--template", "blank", "--name", name]);
      expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining("is no name of a package") });
    }
    expect(existsSync(join(folder, "bad"))).toBe(false);
  });

  it("refuses a template that there is not, and a folder that is none", async () => {
    expect(await run(["init", join(folder, "x"), "--template", "ruter"])).toMatchObject({
      code: 2,
      stderr: 'flowc: there is no template "ruter"; did you mean router?\n',
    });
    expect(await run(["init", join(folder, "x"), "--template", "__proto__"])).toMatchObject({ code: 2 });
    const file = join(folder, "file");
    writeFileSync(file, "");
    const outcome = await run(["init", join(file, "x"), "--template", "blank"]);
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringContaining("cannot be written") });
  });
});

import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { root, runProgram } from "../cli/support.js";
import { temporaryFolder } from "../support/temporary-folder.js";

/** What each folder must not import: the table of docs/architecture.md, told the other way round. */
const forbidden: readonly (readonly [from: string, to: readonly string[]])[] = [
  ["grammar", ["compiler", "runtime/machine", "cli", "flows"]],
  ["compiler", ["runtime/machine", "cli", "flows"]],
  [
    "runtime/machine",
    ["grammar", "runtime/search", "runtime/credit", "runtime/policy", "runtime/simulator", "runtime/record"],
  ],
  [
    "runtime/search",
    [
      "compiler",
      "runtime/credit",
      "runtime/policy",
      "runtime/simulator",
      "runtime/record",
      "runtime/learner",
    ],
  ],
  [
    "runtime/policy",
    ["cli", "runtime/search", "runtime/credit", "runtime/simulator", "runtime/record", "runtime/learner"],
  ],
  [
    "runtime/simulator",
    ["cli", "runtime/search", "runtime/credit", "runtime/policy", "runtime/record", "runtime/learner"],
  ],
  ["runtime/credit", ["compiler", "cli", "runtime/policy", "runtime/record", "runtime/learner"]],
  [
    "runtime/record",
    ["runtime/machine", "runtime/search", "runtime/credit", "runtime/policy", "runtime/simulator"],
  ],
  ["runtime/learner", ["grammar", "compiler", "cli", "flows"]],
  ["cli", ["flows", "test"]],
  ["flows", ["test"]],
];

/** A folder that looks like the checkout to the tools, with the given files. */
function project(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const name of [".biome.json", ".dependency-cruiser.json", "tsconfig.json"])
    cpSync(join(root, name), join(folder, name));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

interface Cruise {
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly severity: string };
    }[];
  };
}

async function violations(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const cwd = project(files);
  const folders = [...new Set(Object.keys(files).map((name) => name.split("/")[0] as string))];
  const tool = join(root, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const args = ["--config", ".dependency-cruiser.json", "--output-type", "json", ...folders];
  const { stdout, stderr } = await runProgram(process.execPath, [tool, ...args], { cwd });
  expect(stderr).toBe("");
  const { summary } = JSON.parse(stdout) as Cruise;
  expect(summary.violations.every(({ rule }) => rule.severity === "error")).toBe(true);
  return [...new Set(summary.violations.map(({ from, to }) => `${dirname(from)} -> ${dirname(to)}`))].sort();
}

it("forbids every import that the table of layers does not allow", async () => {
  const files: Record<string, string> = {};
  for (const [from, targets] of forbidden) {
    for (const to of targets) {
      const up = "../".repeat(from.split("/").length);
      files[`${from}/to-${to.replace("/", "-")}.ts`] = `import "${up}${to}/leaf.js";\n`;
      files[`${to}/leaf.ts`] = "export {};\n";
    }
  }
  const expected = forbidden.flatMap(([from, targets]) => targets.map((to) => `${from} -> ${to}`)).sort();
  expect(await violations(files)).toEqual(expected);
});

it("lets policy and simulator see the ports of search, and everyone the machine", async () => {
  const files = {
    "runtime/machine/leaf.ts": "export {};\n",
    "runtime/search/ports/leaf.ts": 'import "../../machine/leaf.js";\n',
    "runtime/policy/leaf.ts": 'import "../search/ports/leaf.js";\nimport "../machine/leaf.js";\n',
    "runtime/simulator/leaf.ts": 'import "../search/ports/leaf.js";\nimport "../machine/leaf.js";\n',
    "runtime/learner/leaf.ts": 'import "../policy/leaf.js";\nimport "../simulator/leaf.js";\n',
    "cli/leaf.ts": 'import "../runtime/learner/leaf.js";\n',
    "flows/leaf.ts": 'import "../cli/leaf.js";\n',
  };
  expect(await violations(files)).toEqual([]);
});

it("forbids a circle of imports", async () => {
  const files = { "cli/a.ts": 'import "./b.js";\n', "cli/b.ts": 'import "./a.js";\n' };
  expect(await violations(files)).toEqual(["cli -> cli"]);
});

it("keeps printing and exiting out of the folders above cli", async () => {
  const says: Readonly<Record<string, string>> = {
    console: 'console.log("here");\n',
    exit: "process.exit(1);\n",
    stdout: 'import { stdout } from "node:process";\n\nstdout.write("here");\n',
    whole: 'import process from "node:process";\n\nprocess.exit(1);\n',
  };
  const folders = ["grammar", "compiler", "runtime/machine", "runtime/policy"];
  const bad = folders.flatMap((folder) =>
    Object.entries(says).map(([name, text]) => [`${folder}/${name}.ts`, text] as const),
  );
  const fine = [
    ["cli/console.ts", says.console as string],
    ["flows/exit.ts", says.exit as string],
    ["runtime/policy/pid.ts", 'import { pid } from "node:process";\n\nexport const own = pid;\n'],
  ] as const;
  const cwd = project(Object.fromEntries([...bad, ...fine]));
  const tool = join(root, "node_modules/@biomejs/biome/bin/biome");
  const args = ["lint", "--reporter=json", "--max-diagnostics=none", "."];
  const { stdout } = await runProgram(process.execPath, [tool, ...args], { cwd });
  for (const [file] of bad) expect(stdout, file).toContain(file);
  for (const [file] of fine) expect(stdout, file).not.toContain(file);
});

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { contentsOf, root, runProgram, succeeded } from "./support.js";

/** Milliseconds for an installation from npm's cache, or from the network. */
const PATIENCE = 300_000;

const folder = temporaryFolder();
const house = join(folder, "house");
const installed = join(house, "node_modules/flowc");

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

let packed: Packed;

beforeAll(async () => {
  // dist/ is fresh: npm test builds it.
  const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
  [packed] = JSON.parse(succeeded(await runProgram("npm", pack)).stdout) as [Packed];
  mkdirSync(house);
  writeFileSync(join(house, "package.json"), '{ "name": "house", "private": true, "type": "module" }\n');
  const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--omit=optional"];
  succeeded(await runProgram("npm", ["install", ...quiet, join(folder, packed.filename)], { cwd: house }));
}, PATIENCE);

/** Runs the installed `flowc`. */
function flowc(...args: readonly string[]) {
  return runProgram("npx", ["--no-install", "flowc", ...args], { cwd: house });
}

describe("the packed project, installed in an empty folder", () => {
  it("holds what a user needs and no more", () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        "README.md",
        "cli/templates/blank/gitignore",
        "dist/cli/main.js",
        "flows/archive/archive.flow",
        "flows/archive/tools.ts",
        "flows/base/weak/model.safetensors",
        "flows/data/monitor.jsonl.gz",
        "flows/data/train.jsonl.gz",
        "flows/musique-answerable.flow",
      ]),
    );
    // A module that an example names as extern is TypeScript, as a user's would be, and so is what that imports.
    const foreign =
      /^(?:test|node_modules|runs)\/|^dist\/(?:flows|test)\/|^(?!dist\/|flows\/(?:examples|archive)\/|flows\/data\/random\.ts).*(?<!\.d)\.ts$|\.map$/;
    expect(paths.filter((path) => foreign.test(path))).toEqual([]);
    expect(packed.size).toBeLessThan(5_000_000);
  });

  it("compiles a flow to a machine that can be imported", async () => {
    const flow = join(installed, "flows/musique-answerable.flow");
    succeeded(await flowc("compile", flow, "--out", "built"));
    expect([...contentsOf(join(house, "built")).keys()]).toContain("musique-answerable.js");
    writeFileSync(
      join(house, "use.js"),
      `import machine from "./built/musique-answerable.js";
const state = machine.start({ question: "Who?", paragraphs: [] });
console.log(JSON.stringify(machine.pending(state).map(({ agent }) => agent)));
`,
    );
    const { stdout } = succeeded(await runProgram(process.execPath, ["use.js"], { cwd: house }));
    expect(JSON.parse(stdout)).toEqual(["query"]);
  });

  it("plays a flow whose tools it brings, and replays what was recorded", async () => {
    const flow = join(installed, "flows/archive/archive.flow");
    writeFileSync(
      join(house, "mocks.yaml"),
      "act: [search, note, answer]\nquery: wells of Rowan\nuseful: 0\nsettles: 0\n",
    );
    const input = '{"question":"How many wells does Rowan have?","archive":1,"reliable":true}';
    const asked = ["--input", input, "--mocks", "mocks.yaml", "--allow-extern", "--record", "log.jsonl"];
    expect(succeeded(await flowc("run", flow, ...asked)).stdout).toBe("281\n");
    expect(succeeded(await flowc("replay", flow, "log.jsonl", "--allow-extern")).stdout).toContain(
      "all agree",
    );
  });

  it("makes a project that plays", async () => {
    succeeded(await flowc("init", "answers"));
    const flow = join("answers", "question-answering.flow");
    const given = ["--input", join("answers", "input.json"), "--mocks", join("answers", "mocks.yaml")];
    expect(JSON.parse(succeeded(await flowc("run", flow, ...given)).stdout)).toMatchObject({ answer: "NOK" });
    const { devDependencies } = JSON.parse(readFileSync(join(house, "answers/package.json"), "utf8"));
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(devDependencies.flowc).toBe(`^${version}`);
  });

  it("trains with the base model and the data that come with it", async () => {
    const flows = join(installed, "flows");
    writeFileSync(
      join(house, "settings.yaml"),
      "episodes_per_round: 1\nalternatives: { generate: 0, choose: 1, pick: 0 }\n",
    );
    succeeded(
      await flowc(
        ...["train", join(flows, "musique-answerable.flow"), "--data", join(flows, "data/train.jsonl.gz")],
        ...[
          "--model",
          join(flows, "base/weak"),
          "--config",
          "settings.yaml",
          "--episodes",
          "1",
          "--out",
          "run",
        ],
      ),
    );
    const config = readFileSync(join(house, "run/adapters/enough/adapter_config.json"), "utf8");
    expect(JSON.parse(config)).toMatchObject({ peft_type: "LORA" });
  });

  it("exports what package.json names, and nothing beside", async () => {
    const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      readonly exports: Readonly<Record<string, unknown>>;
    };
    const names = Object.keys(exports).filter((name) => !name.endsWith(".json"));
    writeFileSync(
      join(house, "import.js"),
      `const found = {};
for (const name of ${JSON.stringify(names)}) found[name] = Object.keys(await import(name.replace(".", "flowc"))).length;
found.inner = await import("flowc/dist/cli/main.js").catch((error) => error.code);
console.log(JSON.stringify(found));
`,
    );
    const { stdout } = succeeded(await runProgram(process.execPath, ["import.js"], { cwd: house }));
    const { inner, ...found } = JSON.parse(stdout) as Record<string, unknown>;
    expect(inner).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED");
    for (const name of names) expect(found[name], name).toBeGreaterThan(0);
  });
});

import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { monitor, musique, program, rowsOf, run, succeeded, weak } from "./support.js";

const agents = `agent answer(question: text) -> text(max_tokens: 9) {
  user """
    {{ question }}
  """
}
`;
const main = `import answer from "./lib/agents.flow"

flow main(question: text) -> text {
  return answer(question)
}
`;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  mkdirSync(join(folder, "lib"));
  write("main.flow", main);
  write("lib/agents.flow", agents);
});

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

const flowc = (...args: readonly string[]) => run(args, { cwd: folder });

describe("flowc check", () => {
  it("says what is wrong with an imported file once, under its own name", async () => {
    write("lib/agents.flow", agents.replace("{{ question }}", "{{ qestion }}"));
    write("other.flow", main);
    const { code, stderr } = await flowc("check", "main.flow", "lib/agents.flow", "./other.flow");
    expect(code).toBe(1);
    expect(stderr).toBe(`lib/agents.flow:3:8 error F101 there is no variable \`qestion\` here
3 |     {{ qestion }}
  |        ^^^^^^^
  = did you mean \`question\`?

3 files checked: 1 error, 0 warnings
`);
    const { stdout } = await flowc("check", "main.flow", "--json");
    expect(JSON.parse(stdout)).toMatchObject([{ file: "lib/agents.flow", start: { line: 3, column: 8 } }]);
  });
});

describe("flowc compile", () => {
  it("follows imports, and --check notices when one of them has changed", async () => {
    succeeded(await flowc("compile", "main.flow", "--out", "build", "--stats"));
    succeeded(await flowc("compile", "main.flow", "--out", "build", "--check"));
    const map = JSON.parse(readFileSync(join(folder, "build/main.js.map"), "utf8"));
    expect(map.sources.sort()).toEqual(["../lib/agents.flow", "../main.flow"]);
    write("lib/agents.flow", `# a comment\n${agents}`);
    const { code, stdout } = await flowc("compile", "main.flow", "--out", "build", "--check");
    expect(code).toBe(1);
    expect(stdout).toContain("build/main.ts is stale");
  });

  it("refuses to compile with a mistake in an imported file", async () => {
    write("lib/agents.flow", "agent answer(");
    const { code, stderr } = await flowc("compile", "main.flow");
    expect(code).toBe(1);
    expect(stderr).toContain("lib/agents.flow:1:14 error F004");
  });

  it("watches what is imported, and what is still missing", async () => {
    const child = spawn(process.execPath, [program, "compile", "main.flow", "--watch"], { cwd: folder });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    const until = async (found: () => boolean): Promise<void> => {
      for (let i = 0; i < 400 && !found(); i++) await sleep(50);
      expect(found(), stderr).toBe(true);
      stderr = "";
    };
    try {
      await until(() => stderr.includes("watching"));
      write("lib/agents.flow", agents.replace("answer", "anwser"));
      await until(() => stderr.includes("F506"));
      write("main.flow", main.replace("agents.flow", "others.flow"));
      await until(() => stderr.includes("F502"));
      write("lib/others.flow", agents);
      await until(() => stderr.includes("files written"));
    } finally {
      child.kill("SIGINT");
    }
  });

  it("watches extern modules, what these import, and those that are missing", async () => {
    write(
      "main.flow",
      'extern function twice(of: int) -> int from "./lib/math.ts"\n\nflow top(of: int) -> int {\n  return twice(of)\n}\n',
    );
    const child = spawn(process.execPath, [program, "compile", "main.flow", "--watch"], { cwd: folder });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    const until = async (what: string): Promise<void> => {
      for (let i = 0; i < 400 && !stderr.includes(what); i++) await sleep(50);
      expect(stderr).toContain(what);
      stderr = "";
    };
    try {
      await until("watching");
      write("lib/by.ts", "export const by = 2;\n");
      write("lib/math.ts", 'import { by } from "./by.js";\nexport const twice = (of: number) => of * by;\n');
      await until("files written");
      write("lib/by.ts", 'export const by: any = "2";\n');
      await until("files written");
      write("lib/math.ts", 'export { by as twice } from "./by.js";\n');
      await until("files written");
      write("lib/by.ts", "export const by = (of: string) => of;\n");
      await until("F328");
    } finally {
      child.kill("SIGINT");
    }
  });
});

describe("flowc train", () => {
  it("does not resume a run when an imported file has changed", async () => {
    const whole = readFileSync(musique, "utf8");
    const at = whole.indexOf("flow musique_answerable");
    write("lib/agents.flow", whole.slice(0, at));
    const names = [...whole.slice(0, at).matchAll(/^(?:type|agent) (\w+)/gm)].map(([, name]) => name!);
    const used = names.filter((name) => new RegExp(`\\b${name}\\b`).test(whole.slice(at)));
    write("main.flow", `import ${used.join(", ")} from "./lib/agents.flow"\n\n${whole.slice(at)}`);
    write("data.jsonl", rowsOf(monitor, 2).join("\n"));
    const asked = [
      "--data",
      "data.jsonl",
      "--model",
      weak,
      "--episodes",
      "2",
      "--workers",
      "0",
      "--out",
      "run",
    ];
    succeeded(await flowc("train", "main.flow", ...asked));
    succeeded(await flowc("train", "main.flow", ...asked, "--resume"));
    write("lib/agents.flow", `${whole.slice(0, at)}# a comment\n`);
    const { code, stderr } = await flowc("train", "main.flow", ...asked, "--resume");
    expect(stderr).toContain("the flow has changed since");
    expect(code).toBe(1);
  }, 120_000);
});

describe("flowc run", () => {
  it("plays a flow with the agents that it imports", async () => {
    write("mocks.yaml", "answer: forty-two\n");
    const { stdout } = succeeded(
      await flowc("run", "main.flow", "--input", '{"question":"?"}', "--mocks", "mocks.yaml"),
    );
    expect(stdout).toBe('"forty-two"\n');
  });
});

import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { type LoadOptions, loadFlow } from "../../cli/load-flow.js";
import { CommandFailure } from "../../cli/support/exit.js";
import { compile } from "../../compiler/index.js";
import { FlowFailure } from "../../runtime/machine/index.js";
import { temporaryFolder } from "../support/temporary-folder.js";

let folder: string;
let flow: string;

beforeEach(() => {
  folder = temporaryFolder();
  flow = join(folder, "main.flow");
});

function write(name: string, text: string): void {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), text);
}

async function run(input: object, options: LoadOptions = { allowExtern: true }): Promise<unknown> {
  const { module, diagnostics } = await loadFlow(flow, options);
  if (module === undefined) throw new Error(diagnostics.map((each) => each.message).join("; "));
  return module.result(module.start(input as never));
}

const doubled =
  'extern function double(x: int) -> int from "./lib/math.ts"\nflow main(x: int) -> int { return double(x) }\n';

describe("a module's functions", () => {
  it("are run with what they import beside them and from Node", async () => {
    write("main.flow", doubled);
    write(
      "lib/math.ts",
      'import { two } from "./two.js";\nimport { sep } from "node:path";\nexport const double = (x: number): number => (sep === "" ? 0 : x * two);\n',
    );
    write("lib/two.ts", "export const two: number = 2;\n");
    expect(await run({ x: 21 })).toBe(42);
  });

  it("may be JavaScript", async () => {
    write("main.flow", doubled.replace("math.ts", "math.mjs"));
    write("lib/math.mjs", "/** @param {number} x */\nexport function double(x) { return 2 * x; }\n");
    expect(await run({ x: 4 })).toBe(8);
  });

  it("are imported by the emitted file from where it stands", async () => {
    write("main.flow", doubled);
    const emitted = async (sourcePath: string) => {
      const { files } = await compile(doubled, flow, { sourcePath });
      return files!.find(({ name }) => name === "main.js")!.text;
    };
    expect(await emitted("main.flow")).toContain('import { double } from "./lib/math.js";');
    expect(await emitted("../flows/main.flow")).toContain('import { double } from "../flows/lib/math.js";');
  });
});

describe("code beside a flow", () => {
  const marker = `import { writeFileSync } from "node:fs";
declare const __dirname: string;
writeFileSync(__dirname + "/ran", "");
export const double = (x: number): number => x;
`;

  it("is not run unless it is allowed, all or by name", async () => {
    write("main.flow", doubled);
    write("lib/math.ts", "export const double = (x: number): number => 2 * x;\n");
    await expect(run({ x: 1 }, {})).rejects.toThrow(CommandFailure);
    await expect(run({ x: 1 }, { allowExtern: ["./other.ts"] })).rejects.toThrow(/--allow-extern/);
    expect(await run({ x: 1 }, { allowExtern: ["./lib/math.ts"] })).toBe(2);
  });

  it("is never run by compiling, which reads it", async () => {
    write("main.flow", doubled);
    write("lib/math.ts", marker);
    const { files, diagnostics } = await compile(doubled, flow, { folder });
    expect(diagnostics).toEqual([]);
    expect(files).toBeDefined();
    expect(existsSync(join(folder, "lib/ran"))).toBe(false);
    await run({ x: 1 });
    expect(existsSync(join(folder, "lib/ran"))).toBe(true);
  });

  it("is not followed out of the folder by a link", async () => {
    const outside = temporaryFolder();
    writeFileSync(join(outside, "math.ts"), "export const double = (x: number): number => x;\n");
    write("main.flow", doubled);
    mkdirSync(join(folder, "lib"));
    symlinkSync(join(outside, "math.ts"), join(folder, "lib/math.ts"));
    const { diagnostics } = await compile(doubled, flow, { folder });
    expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
      "F326 `./lib/math.ts` cannot be read: it is a link out of this folder",
    ]);
  });
});

describe("a function that does not keep what it says", () => {
  it.each([
    [
      "a value of another type",
      "export const double = (x: number): any => String(x);",
      /it is "3", where a whole number/,
    ],
    [
      "no whole number",
      "export const double = (x: number): number => x / 2;",
      /it is 1.5, where a whole number/,
    ],
    ["nothing", "export const double = (_: number): any => undefined;", /it is missing/],
    [
      "an exception",
      'export const double = (_: number): number => { throw new Error("no luck"); };',
      /threw "no luck"/,
    ],
  ])("ends the flow at the call when it gives %s", async (_, text, message) => {
    write("main.flow", doubled);
    write("lib/math.ts", text);
    const failure = await run({ x: 3 }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(FlowFailure);
    expect((failure as FlowFailure).message).toMatch(message);
    expect((failure as FlowFailure).place).toBe("2:35");
  });

  it("cannot be loaded if it fails while it is read", async () => {
    write("main.flow", doubled);
    write("lib/math.ts", 'throw new Error("not today");\nexport const double = (x: number): number => x;\n');
    await expect(run({ x: 3 })).rejects.toThrow(/lib\/math.ts cannot be loaded: not today/);
  });
});

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { diskHost } from "../../cli/support/disk-host.js";
import {
  type Code,
  type CompileOptions,
  catalogue,
  check,
  checkWhole,
  compile,
  type Place,
  renderDiagnostic,
} from "../../compiler/index.js";
import { memoryHost } from "../support/memory-host.js";
import { strictErrors } from "./strict.js";

/** `UPDATE_GOLDEN=1 npx vitest run test/compiler/golden.test.ts` writes what is expected anew. */
const update = process.env.UPDATE_GOLDEN === "1";

const okFolder = "test/golden/ok";
/** What extern declarations name. */
const modules = "test/golden/ok/modules";
const errorFolder = "test/golden/errors";

/** Codes that only compiling can give, which is much slower than checking, with the options they need. */
const compiling: Partial<Record<Code, CompileOptions>> = { F111: {}, F113: { flow: "wanted" }, F329: {} };

/** Their fixtures would be megabytes long, or hundreds of files: tests make them. */
const generated: ReadonlySet<Code> = new Set(["F010", "F505"]);

const codes = Object.keys(catalogue) as Code[];

function expectGolden(path: string, text: string): void {
  if (update) writeFileSync(path, text);
  expect(existsSync(path), `${path} is missing: run with UPDATE_GOLDEN=1 and read what it writes`).toBe(true);
  expect(text).toBe(readFileSync(path, "utf8"));
}

async function report(text: string, place: Place, code: Code): Promise<{ codes: string[]; text: string }> {
  const options = compiling[code];
  const file = basename(place.path);
  const { diagnostics, sources } =
    options === undefined
      ? await checkWhole(text, file, { place, folder: modules })
      : await compile(text, file, { place, ...options });
  const rendered = diagnostics.map((each) => `${renderDiagnostic(each, sources)}\n`).join("\n");
  return { codes: diagnostics.map((each) => each.code), text: rendered };
}

const okNames = readdirSync(okFolder).filter((name) => name.endsWith(".flow"));

describe("files that compile", () => {
  it.each(okNames)("%s compiles to its golden TypeScript, twice the same", async (name) => {
    const text = readFileSync(join(okFolder, name), "utf8");
    const place = { host: diskHost, path: join(okFolder, name) };
    const once = await compile(text, name, { place });
    expect(once.diagnostics.filter((each) => each.severity === "error")).toEqual([]);
    expect((await compile(text, name, { place })).files).toEqual(once.files);
    const emitted = once.files!.find((each) => each.name.endsWith(".ts") && !each.name.endsWith(".d.ts"))!;
    expectGolden(join(okFolder, emitted.name), emitted.text);
  });

  it("gives TypeScript that passes tsc --strict", () => {
    const files = okNames.map((name) => join(okFolder, name.replace(/\.flow$/, ".ts")));
    expect(strictErrors(files)).toEqual([]);
  });

  it("leaves no golden file without its source", () => {
    const files = readdirSync(okFolder).filter((name) => /\.(ts|flow)$/.test(name));
    const orphans = files.filter((name) => !okNames.includes(name.replace(/\.ts$/, ".flow")));
    expect(orphans).toEqual([]);
  });
});

describe("files that do not", () => {
  const fixtures = readdirSync(errorFolder).flatMap((code) =>
    readdirSync(join(errorFolder, code))
      .filter((name) => name.endsWith(".flow"))
      .map((name) => [code as Code, join(errorFolder, code, name)] as const),
  );

  it.each(fixtures)("%s is reported for %s", async (code, path) => {
    const found = await report(readFileSync(path, "utf8"), { host: diskHost, path }, code);
    expect(found.codes).toContain(code);
    expectGolden(path.replace(/\.flow$/, ".txt"), found.text);
  });

  it("has a fixture for every code, and no folder without one", () => {
    expect(new Set(fixtures.map(([code]) => code))).toEqual(
      new Set(codes.filter((code) => !generated.has(code))),
    );
  });

  it("leaves no expected text without its source", () => {
    for (const code of readdirSync(errorFolder)) {
      const names = readdirSync(join(errorFolder, code));
      expect(names.filter((name) => !names.includes(name.replace(/\.txt$/, ".flow")))).toEqual([]);
    }
  });

  it("reports a file that is too long without reading it", () => {
    const { diagnostics } = check(`# ${"x".repeat(1_000_000)}`, "long.flow");
    expect(diagnostics.map((each) => each.code)).toEqual(["F010"]);
  });
});

/** The files that a page shows beside the one in question, each under its name. */
function filesIn(page: string): Record<string, string> {
  const files = [...page.matchAll(/^```flow (\S+)\n([\s\S]*?)^```$/gm)];
  return Object.fromEntries(files.map(([, name, text]) => [`/docs/${name}`, text!]));
}

describe("the pages of docs/diagnostics", () => {
  it("are one for each code", () => {
    expect(readdirSync("docs/diagnostics").sort()).toEqual(codes.map((code) => `${code}.md`).sort());
  });

  it.each(codes)("%s.md shows what is reported and what is right", async (code) => {
    const page = readFileSync(`docs/diagnostics/${code}.md`, "utf8");
    expect(page).toMatch(new RegExp(`^# ${code}: `));
    expect(page).toContain(`Severity: ${catalogue[code].severity}`);
    const [, wrong] = /This is reported:\n\n```flow\n([\s\S]*?)```/.exec(page) ?? [];
    const [, right] = /This is right:\n\n```flow\n([\s\S]*?)```/.exec(page) ?? [];
    const beside = filesIn(page);
    const at = (text = ""): Place => ({
      host: memoryHost({ ...beside, "/docs/page.flow": text }),
      path: "/docs/page.flow",
    });
    if (!generated.has(code)) expect((await report(wrong ?? "", at(wrong), code)).codes).toContain(code);
    expect((await report(right ?? "", at(right), code)).text).toBe("");
  });
});

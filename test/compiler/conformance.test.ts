import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { diskHost } from "../../cli/support/disk-host.js";
import { check, compile } from "../../compiler/index.js";
import type { Json } from "../../runtime/machine/index.js";
import { interpret, play, type Trace } from "./agreement.js";
import { machineOf } from "./drive.js";
import type { Value } from "./interpreter.js";
import { strictErrors } from "./strict.js";

/**
 * Files that must compile, one per thing that the language can say, or folders whose main.flow imports others. Each is
 * compiled, type-checked with all others, and run on inputs that its types suggest; what it asks and gives stands beside
 * it, to be read. `UPDATE_GOLDEN=1` writes that anew. format.test.ts formats each, twice; `flowc test` runs their tests.
 */
const folder = "test/conformance/compiles";
const names = readdirSync(folder).filter((name) => !name.endsWith(".txt"));
const update = process.env.UPDATE_GOLDEN === "1";
const questions = 60;

/** A value of a JSON Schema as the compiler writes them; lists have three elements, texts and ints differ. */
function sample(schema: Json, definitions: Json, count = { made: 0 }): Json {
  const node = schema as Record<string, Json>;
  if (typeof node.$ref === "string") {
    const definition = (definitions as Record<string, Json>)[node.$ref.replace("#/$defs/", "")]!;
    return sample(definition, definitions, count);
  }
  if (Array.isArray(node.enum)) return node.enum[count.made++ % node.enum.length]!;
  switch (node.type) {
    case "object":
      return Object.fromEntries(
        Object.entries(node.properties as Record<string, Json>).map(([name, each]) => [
          name,
          sample(each, definitions, count),
        ]),
      );
    case "array":
      return Array.from({ length: 3 }, () => sample(node.items!, definitions, count));
    case "string":
      return ["A", "one", "two", "x"][count.made++ % 4]!;
    case "integer":
      return 2 + (count.made++ % 3);
    case "number":
      return 0.5 + (count.made++ % 3);
    case "boolean":
      return count.made++ % 2 === 0;
    default:
      throw new Error(`no sample of ${JSON.stringify(schema)}`);
  }
}

function show(input: Json, { asked, result }: Trace): string {
  return [`given ${JSON.stringify(input)}`, ...asked, `result ${JSON.stringify(result)}`, ""].join("\n");
}

/** Where a case's file is: a folder's is in it, or in a folder of its own so that it may look up. */
function pathOf(name: string): string {
  const found = ["", "main.flow", "main/main.flow"].map((each) => join(folder, name, each));
  return found.find((path) => path.endsWith(".flow") && existsSync(path))!;
}

describe("every file that must compile", () => {
  const emitted = new Map<string, string>();

  it.each(names)("%s runs as the tree says, and asks what is written beside it", async (name) => {
    const path = pathOf(name);
    const text = readFileSync(path, "utf8");
    const place = { host: diskHost, path };
    const { program, diagnostics } = check(text, path, place);
    expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
    const { files, diagnostics: later } = await compile(text, path, { place });
    expect(later).toEqual([]);
    const ts = files!.find((each) => each.name.endsWith(".ts") && !each.name.endsWith(".d.ts"))!;
    emitted.set(`${folder}/${basename(name, ".flow")}.ts`, ts.text);
    const module = await machineOf(text, undefined, path);
    const { $defs = {} } = module.input as { $defs?: Json };
    const input = sample(module.input, $defs) as Record<string, Json>;
    for (let seed = 1; seed <= 5; seed++) {
      const expected = interpret(program!, module.flow, Object.values(input) as Value[], seed, questions);
      const found = play(module, input, seed, questions);
      expect(found).toEqual(expected);
      if (seed > 1) continue;
      const expectedAt = join(folder, `${basename(name, ".flow")}.txt`);
      if (update) writeFileSync(expectedAt, show(input, found));
      expect(existsSync(expectedAt), `${expectedAt} is missing: run with UPDATE_GOLDEN=1 and read it`).toBe(
        true,
      );
      expect(show(input, found)).toBe(readFileSync(expectedAt, "utf8"));
    }
  });

  it("passes tsc --strict, all in one program", () => {
    expect(emitted.size).toBe(names.length);
    expect(strictErrors([], emitted)).toEqual([]);
  });

  it("has its expected text, and no text is without its file", () => {
    const texts = readdirSync(folder).filter((name) => name.endsWith(".txt"));
    expect(texts.sort()).toEqual(names.map((name) => `${basename(name, ".flow")}.txt`).sort());
  });
});

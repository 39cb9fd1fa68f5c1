import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { diskHost } from "../../cli/support/disk-host.js";
import { check, compile, type Program, renderDiagnostic } from "../../compiler/index.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { interpret, play } from "./agreement.js";
import { machineOf } from "./drive.js";
import { randomFlow } from "./random-flow.js";
import { strictErrors } from "./strict.js";

/** A failure is not shrunk for longer than this. */
const inTime = { interruptAfterTimeLimit: 50_000, markInterruptAsFailure: true };

/** No run of a random flow that ends within this many questions is cut off. */
const questions = 400;

const input = { a: "A", n: 2, all: ["one", "two"] };

function programOf(text: string, path = "random.flow"): Program {
  const { program, diagnostics, sources } = check(text, path, { host: diskHost, path });
  if (program === undefined) {
    throw new Error(diagnostics.map((each) => renderDiagnostic(each, sources)).join("\n"));
  }
  return program;
}

it("agrees with a plain interpreter of the tree on random flows and replies, question for question", async () => {
  let long = 0;
  await fc.assert(
    fc.asyncProperty(randomFlow, fc.integer(), async (text, seed) => {
      const program = programOf(text);
      const inputs = [input.a, input.n, input.all];
      const expected = interpret(program, "main", inputs, seed, questions);
      expect(play(await machineOf(text), input, seed, questions)).toEqual(expected);
      if (expected.asked.length > 3) long++;
    }),
    { numRuns: 40, ...inTime },
  );
  // Most of the flows ask something, or the test would say little.
  expect(long).toBeGreaterThan(15);
});

it("asks and gives the same, under the same ids, when its agents and its sub-flow stand in other files", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "main.flow");
  const libraries = {
    "agents.flow": ["Mark", "look", "move", "buy", "say", "judge", "better", "plan"],
    "lib/helper.flow": ["helper"],
  };
  const imports = (from: string) =>
    Object.entries(libraries).map(([name, names]) => `import ${names.join(", ")} from "${from}${name}"\n`);
  mkdirSync(join(folder, "lib"));
  writeFileSync(join(folder, "package.json"), "{}");
  await fc.assert(
    fc.asyncProperty(randomFlow, fc.integer(), async (text, seed) => {
      const [own, helper, main] = text.split(/^(?=flow )/m) as [string, string, string];
      const split = `${main}${imports("./").join("")}`;
      writeFileSync(join(folder, "agents.flow"), own);
      writeFileSync(join(folder, "lib/helper.flow"), imports("../")[0] + helper);
      writeFileSync(path, split);
      const inputs = [input.a, input.n, input.all];
      const expected = interpret(programOf(text), "main", inputs, seed, questions);
      expect(interpret(programOf(split, path), "main", inputs, seed, questions)).toEqual(expected);
      expect(play(await machineOf(split, undefined, path), input, seed, questions)).toEqual(expected);
    }),
    { numRuns: 15, ...inTime },
  );
});

it("ends the same whatever the order in which the requests of a state are answered", async () => {
  let several = 0;
  await fc.assert(
    fc.asyncProperty(randomFlow, fc.integer(), fc.infiniteStream(fc.nat()), async (text, seed, order) => {
      const module = await machineOf(text);
      const first = play(module, input, seed, questions);
      // A failure ends a flow at once, so the order may decide what is asked before it.
      fc.pre(first.result !== "failed" && first.result !== undefined);
      const other = play(module, input, seed, questions, (open) => {
        if (open > 1) several++;
        return open === 0 ? 0 : order.next().value % open;
      });
      expect(other.result).toEqual(first.result);
      expect([...other.asked].sort()).toEqual([...first.asked].sort());
    }),
    { numRuns: 30, ...inTime },
  );
  expect(several).toBeGreaterThan(10);
});

it("emits random flows that pass tsc --strict", async () => {
  const flows = fc.sample(randomFlow, { numRuns: 15, seed: 7 });
  const texts = new Map<string, string>();
  for (const [index, text] of flows.entries()) {
    const { files } = await compile(text, `random${index}.flow`);
    texts.set(`random${index}.ts`, files!.find((each) => each.name === `random${index}.ts`)!.text);
  }
  expect(strictErrors([], texts)).toEqual([]);
});

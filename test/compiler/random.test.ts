import fc from "fast-check";
import { expect, it } from "vitest";
import { check, compile, type Program, renderDiagnostic } from "../../compiler/index.js";
import { interpret, play } from "./agreement.js";
import { machineOf } from "./drive.js";
import { randomFlow } from "./random-flow.js";
import { strictErrors } from "./strict.js";

/** No run of a random flow that ends within this many questions is cut off. */
const questions = 400;

const input = { a: "A", n: 2, all: ["one", "two"] };

function programOf(text: string): Program {
  const { program, diagnostics, source } = check(text, "random.flow");
  if (program === undefined) {
    throw new Error(diagnostics.map((each) => renderDiagnostic(each, source)).join("\n"));
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
    { numRuns: 40 },
  );
  // Most of the flows ask something, or the test would say little.
  expect(long).toBeGreaterThan(15);
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

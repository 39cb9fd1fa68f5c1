import fc from "fast-check";
import { expect, it } from "vitest";
import { check, compile, type Program, renderDiagnostic } from "../../compiler/index.js";
import { interpret, play } from "./agreement.js";
import { machineOf } from "./drive.js";
import { randomFlow } from "./random-flow.js";
import { strictErrors } from "./strict.js";

/** A failure is not shrunk for longer than this. */
const inTime = { interruptAfterTimeLimit: 50_000, markInterruptAsFailure: true };

/** No run of a random flow that ends within this many questions is cut off. */
const questions = 400;

const input = { a: "A", n: 2, all: ["one", "two"] };

function programOf(text: string): Program {
  const { program, diagnostics, sources } = check(text, "random.flow");
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

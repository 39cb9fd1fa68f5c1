import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import type { Request } from "../../runtime/machine/index.js";
import { newAdapter } from "../../runtime/policy/adapter/adapter.js";
import type { LanguageModel } from "../../runtime/policy/language-model.js";
import { missingHere } from "./backends.js";

const folder = fileURLToPath(new URL("../fixtures/reference/llama", import.meta.url));
/** Worker threads run built JavaScript, so this test does too; `npm test` builds before it tests. */
const built = new URL("../../dist/runtime/policy/language-model.js", import.meta.url);

describe("any number of workers", () => {
  let Model: typeof LanguageModel;
  beforeAll(async () => {
    if (!existsSync(built)) throw new Error("workers run built code: npm run build");
    Model = ((await import(built.href)) as { LanguageModel: typeof LanguageModel }).LanguageModel;
  });

  const load = (workers: number) => Model.load({ folder, backend: "wasm", workers });
  const schema = {
    type: "object",
    properties: { name: { type: "string" }, size: { type: "integer" } },
    required: ["name", "size"],
    additionalProperties: false,
  };
  const request = (i: number): Request => ({
    id: `main/x#0@${i}`,
    point: `main/x#0@${i}`,
    site: "main/x#0",
    agent: i % 3 === 0 ? "tuned" : "plain",
    system: "Answer.",
    user: `Title: ${"Zürich ".repeat(1 + (i % 5))} ${i}`,
    ask:
      i % 6 === 5
        ? { kind: "record", schema, maxTokens: 40 }
        : i % 2 === 0
          ? { kind: "generate", maxTokens: 6 }
          : { kind: "choose", labels: ["Yes", "No"] },
  });

  it("give the same answers and gradients", async () => {
    const results = await Promise.all(
      [0, 1, 2, 3].map(async (workers) => {
        const model = await load(workers);
        const adapter = newAdapter(model.config, { key: "k" });
        for (const [name, values] of adapter.tensors) if (name.includes("lora_B")) values.fill(0.1);
        await model.setAdapter("tuned", adapter);
        const greedy = Array.from({ length: 24 }, (_, i) => ({
          request: request(i),
          decoding: { kind: "greedy" } as const,
          affinity: `task ${i % 4}`,
        }));
        const searched = [2, 4, 5, 6].flatMap((i) =>
          [0, 1, 2].map((index) => ({
            request: greedy[i]!.request,
            decoding: { kind: "beam", groups: 3, beams: 1, diversity: 1, index } as const,
          })),
        );
        const queries = [...greedy, ...searched];
        const answers = [await model.answer(queries), await model.answer(queries)].flat();
        const completions = Array.from({ length: 60 }, (_, i) => ({
          prompt: model.promptIds(request(i)),
          ids: model.labelIds(i % 3 === 0 ? "Yes" : "No"),
        }));
        const coefficients = completions.map((_, i) => Math.sin(i + 1));
        const gradient = await model.gradient("tuned", completions, coefficients);
        await model.close();
        return { answers: answers.map(({ tokens, ...answer }) => answer), gradient };
      }),
    );
    for (const result of results.slice(1)) expect(result).toEqual(results[0]);
  });

  it("fail with the same error as none", async () => {
    for (const workers of [0, 1]) {
      const model = await load(workers);
      await expect(model.score([{ prompt: [999], ids: [1] }])).rejects.toMatchObject({
        name: "PolicyError",
        code: "bad-request",
        message: expect.stringContaining("token id 999"),
      });
      await model.close();
    }
  });

  const [lacking] = missingHere.keys();
  it.skipIf(lacking === undefined)(
    "refuse a backend that cannot start, and say what to install",
    async () => {
      for (const workers of [0, 1]) {
        await expect(Model.load({ folder, backend: lacking!, workers })).rejects.toMatchObject({
          code: "backend-unavailable",
          message: expect.stringContaining(`backend ${lacking} cannot start here: `),
        });
      }
    },
  );
});

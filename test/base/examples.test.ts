import { describe, expect, it } from "vitest";
import { AGENTS } from "../../flows/base/agents.js";
import { goldDraft, goldQuery, makeExample } from "../../flows/base/examples.js";
import { KeyedRandom } from "../../flows/data/random.js";
import { makeRows } from "./support.js";

const row = makeRows()[0]!;
const examples = AGENTS.flatMap((agent) =>
  Array.from({ length: 200 }, (_, i) => makeExample(agent, row, new KeyedRandom(`${agent} ${i}`))),
);
const of = (agent: string) => examples.filter((example) => example.agent === agent);

describe("gold steps", () => {
  it("fill in the answers of earlier steps", () => {
    expect(goldQuery(row, 0)).toBe("country of Tangshan");
    expect(goldQuery(row, 1)).toBe("currency of China");
    expect(goldDraft(row)).toBe("currency of China is CNY");
  });

  it("ask for the step after the documents that are known", () => {
    for (const { user, completion } of of("query")) {
      const knowsCity = user.includes("Tangshan: an industrial city in China");
      expect(completion).toBe(knowsCity ? "currency of China" : "country of Tangshan");
    }
  });

  it("call a paragraph relevant if and only if it answers the query", () => {
    for (const { user, completion } of of("relevant")) {
      const right = /^Tangshan.*Query: country of Tangshan$|^China.*Query: currency of China$/s.test(user);
      expect(completion).toBe(right ? "yes" : "no");
    }
  });

  it("call the documents enough if and only if every step's is among them", () => {
    for (const { user, completion } of of("enough")) {
      const all = user.includes("\nTangshan: ") && user.includes("\nChina: ");
      expect(completion).toBe(all ? "yes" : "no");
    }
  });

  it("give both labels about equally often", () => {
    for (const agent of ["relevant", "enough"]) {
      const share = of(agent).filter((example) => example.completion === "yes").length / 200;
      expect(share).toBeGreaterThan(0.35);
      expect(share).toBeLessThan(0.65);
    }
  });

  it("carry a wrong document now and then", () => {
    const share = of("draft").filter((example) => example.user.split("\n").length === 4).length / 200;
    expect(share).toBeGreaterThan(0.04);
    expect(share).toBeLessThan(0.2);
  });
});

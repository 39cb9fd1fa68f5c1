import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { modulePattern } from "../../runtime/policy/adapter/module-pattern.js";

describe("a pattern of modules", () => {
  it("describes the texts that a regular expression describes", () => {
    const atoms = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\d", "\\.", "^", "$", "\\b", "[a-c]");
    const pattern = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        atoms,
        fc.tuple(tie("node"), tie("node")).map(([a, b]) => a + b),
        fc.tuple(tie("node"), tie("node")).map(([a, b]) => `(${a}|${b})`),
        fc
          .tuple(tie("node"), fc.constantFrom("*", "+", "?", "{2}", "{1,2}", "{1,}", "{,2}", "*?"))
          .map(([a, times]) => `(?:${a})${times}`),
      ),
    })).node;
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c", ".", "7"), maxLength: 6 });
    fc.assert(
      fc.property(pattern, text, (source, subject) => {
        // JavaScript reads {,2} as plain characters where Python reads it as {0,2}.
        const oracle = new RegExp(`^(?:${source.replaceAll("{,", "{0,")})$`);
        expect(modulePattern(source).matches(subject)).toBe(oracle.test(subject));
      }),
      { numRuns: 2000 },
    );
  });

  it.each(["(a|a)*b", "(a*)*b", "((a?){30}){30}b", "(.*)*(.*)*(.*)*x", "(((((a?){9}){9}){9}){9}){9}b"])(
    "takes little time: %s",
    (source) => {
      const began = performance.now();
      expect(modulePattern(source).matches("a".repeat(60))).toBe(false);
      expect(performance.now() - began).toBeLessThan(1000);
    },
  );

  it("may be one that a program wrote, as unsloth does", () => {
    const parts = "(?:self_attn|attention|attn|mlp|feed_forward|ffn|dense)";
    const names = "(?:k_proj|v_proj|q_proj|out_proj|fc1|fc2|o_proj|gate_proj|up_proj|down_proj)";
    const pattern = modulePattern(
      `(?:.*?(?:language|text).*?${parts}.*?${names}.*?)|(?:\\bmodel\\.layers\\.[\\d]{1,}\\.${parts}\\.(?:${names}))`,
    );
    expect(pattern.matches("model.layers.11.mlp.down_proj")).toBe(true);
    expect(pattern.matches("model.layers.x.mlp.down_proj")).toBe(false);
    expect(pattern.matches("lm_head")).toBe(false);
  });

  it.each([
    ["(?=a)", "uses a group of the kind (?…)"],
    ["(?P<n>a)", "uses a group of the kind (?…)"],
    ["(a)\\1", "uses \\1, which is not read"],
    ["a)", "has a ) without its ("],
    ["(a", "has a ( without its )"],
    ["[a", "has a [ without its ]"],
    ["*a", "repeats nothing at its *"],
    ["a**", "repeats a repetition"],
    ["a{2,1}", "has a repetition out of range"],
    ["a{9999}", "has a repetition out of range"],
    ["a".repeat(1000), "is longer than 512 characters"],
    ["(".repeat(40), "nests deeper than 16 groups"],
  ])("is refused: %s", (source, message) => {
    expect(() => modulePattern(source)).toThrow(SyntaxError);
    expect(() => modulePattern(source)).toThrow(message);
  });
});

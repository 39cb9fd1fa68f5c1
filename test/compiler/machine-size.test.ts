import { describe, expect, it } from "vitest";
import { checkWhole, compile } from "../../compiler/index.js";

const AGENT = 'agent say(about: text) -> text(max_tokens: 8) {\n  user """\n    {{ about }}\n  """\n}\n\n';

/** What docs/language.md says about the characters of a machine. */
const LIMIT = 400_000;

function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `  ${line(index)}\n`).join("");
}

/** Flows that grow with a number, each in another way. */
const shapes: Readonly<Record<string, (n: number) => string>> = {
  "calls one after the other": (n) => `flow f(a: text) -> text {
  var x = a
${lines(n, () => "set x = say(x)")}  return x
}`,
  "answers that are all kept": (n) => `flow f(a: text) -> list<text> {
${lines(n, (index) => `let v${index} = say(a)`)}  return [${Array.from({ length: n }, (_, index) => `v${index}`).join(", ")}]
}`,
  "calls of calls": (n) => `flow f0(a: text) -> text {
  return ${Array(8).fill("say(a)").join(" + ")}
}
flow f1(a: text) -> text {
  return ${Array(11).fill("f0(a)").join(" + ")}
}
flow f2(a: text) -> text {
  var all = a
${lines(n, () => "set all = all + f1(all)")}  return all
}`,
  "code without calls, written out again and again": (n) => `flow f0(a: int) -> int {
  var x = a
${lines(100, () => "set x = x + 1")}  return x
}
flow f(a: text) -> int {
  var x = 0
${lines(n, () => "set x = f0(x)")}  branch say(a) == a { true -> return x  false -> return 0 }
}`,
  "a type that is large when it is written out": (n) => `flow f(a: text) -> text {
  let r0 = { a: a, b: a }
${lines(7, (index) => `let r${index + 1} = { a: r${index}, b: r${index} }`)}  var x = a
${lines(n, () => "set x = say(x)")}  return x + r7${".a".repeat(8)}
}`,
};

async function codes(shape: (n: number) => string, n: number): Promise<string[]> {
  const { diagnostics } = await checkWhole(AGENT + shape(n), "f.flow");
  return diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code);
}

/** The last n at which nothing is wrong. */
async function largest(shape: (n: number) => string): Promise<number> {
  let [fine, beyond] = [1, 1_000];
  while (beyond - fine > 1) {
    const n = Math.floor((fine + beyond) / 2);
    if ((await codes(shape, n)).length === 0) fine = n;
    else beyond = n;
  }
  return fine;
}

describe("the size of a machine", () => {
  it.each(Object.entries(shapes))(
    "is known before it is written, about: %s",
    async (_, shape) => {
      const n = await largest(shape);
      expect(await codes(shape, n + 1)).toEqual(["F309"]);
      const { files } = await compile(AGENT + shape(n), "f.flow");
      const text = (name: string) => files!.find((each) => each.name === name)!.text;
      // Of what is refused next; declarations have large types on lines of their own.
      const size = Math.max(text("f.ts").length, text("f.d.ts").length) * ((n + 1) / n);
      expect(size / LIMIT).toBeGreaterThan(0.5);
      expect(size / LIMIT).toBeLessThan(1.5);
    },
    60_000,
  );

  it("lets hundreds of calls be", async () => {
    expect(await largest(shapes["calls one after the other"]!)).toBeGreaterThan(650);
  });

  it("does not grow with the levels that code is written at: thousands of arms that return", async () => {
    const text = `${AGENT}flow f(a: text) -> text {
${lines(2_000, (index) => `branch a == "${index}" { true -> pass false -> return "x" }`)}  return say(a)
}`;
    const { files, diagnostics } = await compile(text, "f.flow");
    expect(diagnostics).toEqual([]);
    const depths = files![0]!.text.split("\n").map((line) => /^ */.exec(line)![0].length);
    expect(Math.max(...depths)).toBeLessThan(40);
  }, 60_000);
});

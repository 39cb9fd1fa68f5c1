import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Json } from "../../runtime/machine/index.js";
import { drive, machineOf, scripted } from "./drive.js";

const agents = `
agent say(about: text) -> text(max_tokens: 5) {
  user """
    {{ about }}
  """
}
agent check(about: text) -> yes | no {
  user """
    {{ about }}
  """
}
`;

const musique = readFileSync("flows/musique-answerable.flow", "utf8");
const paragraphs = ["a", "b", "c"].map((body, idx) => ({ idx, title: `T${idx}`, body }));

it("runs the flow of the design, asking in order and never after the last pass", async () => {
  const module = await machineOf(musique);
  const { requests, result } = drive(
    module,
    { question: "Q?", paragraphs },
    scripted({
      query: ["q1", "q2", "q3", "q4"],
      relevant: [0, 2, 1, 0, 5, -3],
      enough: ["no", "no", "no"],
      draft: ["d"],
      final: ["f"],
    }),
  );
  expect(result).toEqual({ answer: "f", support: [1, 2, 0] });
  expect(requests.map((each) => each.id)).toEqual([
    "musique_answerable/query#0@1",
    "musique_answerable/relevant#0@1?0",
    "musique_answerable/relevant#0@1?1",
    "musique_answerable/relevant#0@1?2",
    "musique_answerable/enough#0@1",
    "musique_answerable/query#0@2",
    "musique_answerable/relevant#0@2?0",
    "musique_answerable/relevant#0@2?2",
    "musique_answerable/enough#0@2",
    "musique_answerable/query#0@3",
    "musique_answerable/relevant#0@3?0",
    "musique_answerable/enough#0@3",
    "musique_answerable/query#0@4",
    "musique_answerable/draft#0@",
    "musique_answerable/final#0@",
  ]);
});

it("renders prompts from the state", async () => {
  const module = await machineOf(musique);
  const { requests } = drive(
    module,
    { question: "Q?", paragraphs },
    scripted({ query: ["q"], relevant: [1, 2, 0], enough: ["yes"], draft: ["some\n"], final: ["x"] }),
  );
  const users = new Map(requests.map((each) => [each.id, each.user]));
  expect(users.get("musique_answerable/query#0@1")).toBe("Question: Q?");
  expect(users.get("musique_answerable/relevant#0@1?1")).toBe("T1: b\nQuery: q");
  expect(users.get("musique_answerable/draft#0@")).toBe("Question: Q?\nT1: b");
  expect(users.get("musique_answerable/final#0@")).toBe("Question: Q?\nsome\n");
});

it("evaluates nested calls from left to right and the inner before the outer", async () => {
  const module = await machineOf(`${agents}
    flow f(a: text) -> list<text> { return [say(say(a) + "!"), say("z"), a] }`);
  const { requests, result } = drive(module, { a: "x" }, scripted({ say: ["1", "2", "3"] }));
  expect(requests.map((each) => [each.id, each.user])).toEqual([
    ["f/say#1@", "x"],
    ["f/say#0@", "1!"],
    ["f/say#2@", "z"],
  ]);
  expect(result).toEqual(["2", "3", "x"]);
});

it("asks inside and, or and not only as far as it takes to know", async () => {
  const module = await machineOf(`${agents}
    flow f(a: text) -> bool {
      return check("1") is yes and not (check("2") is yes or check("3") is yes) or check("4") is yes
    }`);
  const asked = (answers: string[]) => {
    const { requests, result } = drive(module, { a: "" }, scripted({ check: answers }));
    return [requests.map((each) => each.user).join(""), result];
  };
  expect(asked(["no", "yes"])).toEqual(["14", true]);
  expect(asked(["yes", "no", "no"])).toEqual(["123", true]);
  expect(asked(["yes", "yes", "no"])).toEqual(["124", false]);
  expect(asked(["yes", "no", "yes", "yes"])).toEqual(["1234", true]);
});

it("asks inside comprehensions, with the index in the path", async () => {
  const module = await machineOf(`${agents}
    flow f(xs: list<text>) -> list<text> { return [say(x) for x in xs if check(x) is yes] }`);
  const { requests, result } = drive(
    module,
    { xs: ["a", "b", "c"] },
    scripted({ check: ["yes", "no", "yes"], say: ["A", "C"] }),
  );
  expect(result).toEqual(["A", "C"]);
  expect(requests.map((each) => each.id)).toEqual([
    "f/check#0@0",
    "f/say#0@0",
    "f/check#0@1",
    "f/check#0@2",
    "f/say#0@2",
  ]);
});

it("counts passes from 1 and list indices from 0 in paths", async () => {
  const module = await machineOf(`${agents}
    flow f(xs: list<text>) -> text {
      var all = ""
      loop up to 2 { loop x in xs { set all = all + say(x) } }
      return all
    }`);
  const { requests, result } = drive(module, { xs: ["a", "b"] }, scripted({ say: ["1", "2", "3", "4"] }));
  expect(result).toBe("1234");
  expect(requests.map((each) => each.id)).toEqual([
    "f/say#0@1.0",
    "f/say#0@1.1",
    "f/say#0@2.0",
    "f/say#0@2.1",
  ]);
});

it("evaluates until after continue, and break leaves without it", async () => {
  const module = await machineOf(`${agents}
    flow f(a: text) -> int {
      var passes = 0
      loop up to 5 {
        set passes = passes + 1
        branch check("go on") { yes -> continue no -> break }
      } until check("done") is yes
      return passes
    }`);
  const { requests, result } = drive(module, { a: "" }, scripted({ check: ["yes", "no", "yes", "yes"] }));
  expect(result).toBe(2);
  expect(requests.map((each) => each.user)).toEqual(["go on", "done", "go on", "done"]);
});

it("bounds a loop by a value, with no pass at all below 1", async () => {
  const module = await machineOf(`${agents}
    flow f(n: int) -> int {
      var passes = 0
      loop up to n { set passes = passes + 1 } until passes == 3
      return passes
    }`);
  const passes = (n: number) => drive(module, { n }, scripted({})).result;
  expect([passes(-1), passes(0), passes(1), passes(2), passes(9)]).toEqual([0, 0, 1, 2, 3]);
});

it("goes through long loops that ask nothing without using up the stack", async () => {
  const module = await machineOf(`${agents}
    flow f(xs: list<int>) -> text {
      var sum = 0
      loop x in xs {
        branch x == 0 {
          true -> branch check("zero") { yes -> break no -> pass }
          false -> set sum = sum + x
        }
      }
      loop up to 50000 { set sum = sum + 1 }
      return say("end")
    }`);
  const xs = Array.from({ length: 50_000 }, () => 2);
  const { states } = drive(module, { xs }, scripted({ say: ["x"] }));
  expect(states).toHaveLength(2);
});

it("goes round a loop through one inside whose own passes never come back", async () => {
  const module = await machineOf(`${agents}
    flow f(n: int) -> int {
      var passes = 0
      loop up to n {
        loop up to 2 {
          set passes = passes + 1
          branch passes % 2 == 0 { true -> break false -> pass }
          break
        }
        branch passes == 7 { true -> return passes false -> continue }
      }
      return -passes
    }`);
  const resultOf = (n: number) => drive(module, { n }, scripted({})).result;
  expect([0, 1, 6, 7, 9].map(resultOf)).toEqual([0, -1, -6, 7, 7]);
});

it("takes a pick's else without asking when no candidate is left", async () => {
  const module = await machineOf(`${agents}
    flow f(xs: list<text>) -> text {
      let best = pick x from xs where x != "no" by check(x) is yes else return "nothing"
      return best
    }`);
  expect(drive(module, { xs: ["no"] }, scripted({}))).toMatchObject({ requests: [], result: "nothing" });
  expect(drive(module, { xs: [] }, scripted({}))).toMatchObject({ requests: [], result: "nothing" });
  const { requests, result } = drive(module, { xs: ["no", "a", "b"] }, scripted({ check: [1, 1] }));
  expect(result).toBe("a");
  expect(requests.map((each) => each.ask)).toEqual([
    { kind: "score", labels: ["yes", "no"], label: "yes", candidate: 1 },
    { kind: "score", labels: ["yes", "no"], label: "yes", candidate: 2 },
  ]);
});

it("decides a pick at once by a reply to its point", async () => {
  const module = await machineOf(`${agents}
    flow f(xs: list<text>) -> text {
      return pick x from xs where x != "no" by check(x) is yes else return ""
    }`);
  const state = module.start({ xs: ["a", "no", "b"] });
  expect(module.result(module.advance(state, "f/check#0@", { kind: "pick", candidate: 2 }))).toBe("b");
  expect(() => module.advance(state, "f/check#0@", { kind: "pick", candidate: 1 })).toThrow(RangeError);
});

it("refuses replies that do not belong", async () => {
  const module = await machineOf(`${agents}
    flow f(a: text) -> text { branch check(a) { yes -> return say(a) no -> return a } }`);
  const state = module.start({ a: "x" });
  expect(() => module.advance(state, "f/say#0@", { kind: "text", text: "" })).toThrow(RangeError);
  expect(() => module.advance(state, "f/check#0@", { kind: "text", text: "" })).toThrow(RangeError);
  expect(() => module.advance(state, "f/check#0@", { kind: "label", label: "maybe" })).toThrow(RangeError);
  const done = module.advance(state, "f/check#0@", { kind: "label", label: "no" });
  expect(() => module.advance(done, "f/check#0@", { kind: "label", label: "no" })).toThrow(RangeError);
});

it("writes sub-flows out where they are called, with the call in the path", async () => {
  const module = await machineOf(`${agents}
    flow twice(a: text) -> text {
      loop up to 2 { branch check(a) { yes -> return say(a) no -> pass } }
      return a
    }
    flow f(a: text) -> text { return twice(twice(a) + "?") }`);
  const { requests, result } = drive(
    module,
    { a: "x" },
    scripted({ check: ["no", "yes", "no", "no"], say: ["y"] }),
  );
  expect(result).toBe("y?");
  expect(requests.map((each) => [each.site, each.point, each.user])).toEqual([
    ["twice/check#0", "twice/check#0@twice#1.1", "x"],
    ["twice/check#0", "twice/check#0@twice#1.2", "x"],
    ["twice/say#0", "twice/say#0@twice#1.2", "x"],
    ["twice/check#0", "twice/check#0@twice#0.1", "y?"],
    ["twice/check#0", "twice/check#0@twice#0.2", "y?"],
  ]);
  expect(module.sites.map((each) => each.id)).toEqual(["twice/check#0", "twice/say#0"]);
});

it("compares records by their structure", async () => {
  const module = await machineOf(`type P = { x: int, y: list<text> }
    flow f(ps: list<P>, p: P) -> list<bool> {
      return [p in ps, p not in ps, p == { y: ["a"], x: 1 }, ps[0] != p]
    }`);
  const given = { ps: [{ x: 1, y: ["a"] }], p: { y: ["a"], x: 1 } };
  expect(drive(module, given, scripted({})).result).toEqual([true, false, true, false]);
});

it("fails with a place where values go wrong at run time", async () => {
  const module = await machineOf(`flow f(xs: list<int>, i: int) -> int {
  return xs[i] * 2
}`);
  expect(module.result(module.start({ xs: [4], i: 0 }))).toBe(8);
  expect(() => module.start({ xs: [4], i: 1 })).toThrow("index 1 of a list of 1 (at 2:10 of the .flow file)");
  expect(() => module.start({ xs: [2 ** 53 - 1], i: 0 })).toThrow("an int is too large (at 2:10");
});

it("keeps in a state only what is still needed", async () => {
  const module = await machineOf(`${agents}
    flow f(a: text, b: text) -> text {
      let one = say(a)
      let two = say(one)
      return two + b
    }`);
  const { states } = drive(module, { a: "a", b: "b" }, scripted({ say: ["1", "2"] }));
  expect(states).toEqual([
    { at: "say#0", a: "a", b: "b" },
    { at: "say#1", b: "b", one: "1" },
    { at: "done", result: "2b" },
  ] satisfies Json[]);
});

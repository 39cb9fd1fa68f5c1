import { describe, expect, it } from "vitest";
import { mermaid } from "../../../compiler/graph/mermaid.js";
import { edgesOf, graphOf, graphOfFile, groupsOf } from "./graphs.js";

const agents = `agent mood(of: text) -> happy | sad | angry { user """{{ of }}""" }
agent say(of: text) -> text(max_tokens: 9) { user """{{ of }}""" }
judge fine(of: text) -> yes | no { user """{{ of }}""" }
`;

/** The edges of a flow over these agents. */
async function edges(body: string, signature = "(x: text, all: list<text>, n: int, maybe: text?) -> text") {
  return edgesOf(await graphOf(`${agents}flow main${signature} {\n${body}\n}`));
}

describe("the graph of a flow", () => {
  it("has the choice points of flows/musique-answerable.flow, and why it goes from one to the other", async () => {
    const graph = await graphOfFile("flows/musique-answerable.flow");
    expect(edgesOf(graph).sort()).toEqual([
      "any candidate? -> draft#0: no",
      "any candidate? -> relevant#0: yes",
      "draft#0 -> final#0",
      "enough#0 -> draft#0: yes",
      "enough#0 -> query#0: no",
      "final#0 -> return { answer, support }",
      "query#0 -> any candidate?",
      "relevant#0 -> draft#0: after pass 4",
      "relevant#0 -> enough#0",
      "start -> query#0",
    ]);
    expect(groupsOf(graph)).toEqual(["loop loop up to 4"]);
    expect(graph.nodes.filter(({ group }) => group !== undefined).map(({ id }) => id)).toEqual([
      "query#0",
      "decision2",
      "relevant#0",
      "enough#0",
    ]);
  });

  it("has a pick's question for a candidate where the pick is, also at the beginning of a loop", async () => {
    const { nodes, groups } = await graphOfFile("flows/examples/retrieve-until-done.flow");
    const decision = nodes.find((node) => node.kind === "decision" && node.condition === "any candidate?");
    expect(groups).toMatchObject([{ title: "loop up to 3" }]);
    expect(decision!.group).toBe(groups[0]!.id);
  });

  it("tells what every node chooses, where it stands, and whether it is trained", async () => {
    const { nodes, flow, doc } = await graphOf(
      `${agents}/// Ends well.\nflow main(x: text, all: list<text>) -> text {
  let best = pick a from all by mood(a) is happy else return say(x)
  return say(fine(best) is yes)
}`.replace("say(fine(best) is yes)", "say(text(fine(best)))"),
    );
    expect({ flow, doc }).toEqual({ flow: "main", doc: "Ends well." });
    expect(nodes.map(({ kind }) => kind)).toEqual([
      "start",
      "decision",
      "pick",
      "choose",
      "generate",
      "generate",
      "end",
      "end",
    ]);
    expect(nodes.filter(({ kind }) => kind !== "decision").slice(0, 4)).toEqual([
      { kind: "start", id: "start0", group: undefined, inputs: ["x", "all"] },
      expect.objectContaining({ site: "main/mood#0", trained: true, gives: "best a from all" }),
      expect.objectContaining({ site: "main/fine#0", trained: false, gives: "yes | no" }),
      {
        kind: "generate",
        id: "say#1",
        group: undefined,
        site: "main/say#1",
        agent: "say",
        ordinal: 1,
        trained: true,
        gives: "text, up to 9 tokens",
        place: { file: "test.flow", line: 7, column: 10 },
      },
    ]);
    expect(nodes.at(-1)).toMatchObject({ returns: "say(x)", place: { line: 6, column: 55 } });
  });

  it("says labels beside the agent that chose, and whose they are elsewhere", async () => {
    const found = await edges(`let m = mood(x)
  let s = say(x)
  branch m {
    happy | sad -> return s
    angry -> return say(s)
  }`);
    expect(found).toEqual([
      "start -> mood#0",
      "mood#0 -> say#0",
      "say#0 -> return s: m is happy | sad",
      "say#0 -> say#1: m is angry",
      "say#1 -> return say(s)",
    ]);
  });

  it("leaves out what cannot be: a label that was excluded before", async () => {
    const found = await edges(`let m = mood(x)
  branch m is happy { true -> return x false -> pass }
  branch m { happy -> return say("never") sad -> return "sad" angry -> return "angry" }`);
    expect(found).toEqual([
      "start -> mood#0",
      "mood#0 -> return x: happy",
      'mood#0 -> return "sad": sad',
      'mood#0 -> return "angry": angry',
    ]);
  });

  it("says conditions in the words of the source, on one line and without comments", async () => {
    const found = await edges(`branch n > 3 # why
    and x != "#" { // and this
    true -> return say(x)
    false -> return "no"
  }`);
    expect(found).toEqual([
      'start -> say#0: n > 3 and x != "#"',
      'start -> return "no": else',
      "say#0 -> return say(x)",
    ]);
  });

  it("says what may be missing", async () => {
    const found = await edges(`branch maybe { none -> return say(x) some y -> return y }`);
    expect(found).toEqual([
      "start -> say#0: maybe is none",
      "start -> return y: maybe is not none",
      "say#0 -> return say(x)",
    ]);
  });

  it("draws a condition that several ways lead to, and those that all lead to one place not at all", async () => {
    const found = await edges(`var y = x
  branch fine(x) { yes -> set y = say(x) no -> pass }
  branch len(y) > 9 { true -> set y = "long" false -> pass }
  branch n == 0 { true -> return y false -> return say(y) }`);
    expect(found).toEqual([
      "start -> fine#0",
      "fine#0 -> say#0: yes",
      "fine#0 -> n == 0: no",
      "say#0 -> n == 0",
      "n == 0 -> return y: true",
      "n == 0 -> say#1: false",
      "say#1 -> return say(y)",
    ]);
  });

  it("passes over loops that ask nobody", async () => {
    const found = await edges(`var y = ""
  loop each in all { branch each == x { true -> break false -> set y = y + each } }
  return say(y)`);
    expect(found).toEqual(["start -> say#0", "say#0 -> return say(y)"]);
  });

  it("frames loops, comprehensions, parallel passes and calls of other flows", async () => {
    const graph = await graphOf(`${agents}flow inner(x: text) -> text {
  loop up to 3 { let s = say(x) } until fine(x) is yes exhausted -> return say("no")
  return x
}
flow main(all: list<text>) -> list<text> {
  let one = [say(each) for each in all if each != ""]
  let two = parallel each in one { yield inner(each) }
  loop each in two { do inner(each) }
  return two
}`);
    expect(groupsOf(graph)).toEqual([
      'loop for each in all if each != ""',
      "parallel parallel each in one",
      "flow inner in parallel each in one",
      "loop loop up to 3 in inner",
      "loop loop each in two",
      "flow inner#1 in loop each in two",
      "loop loop up to 3 in inner#1",
    ]);
    expect(edgesOf(graph)).toEqual([
      "start -> next each?",
      'next each? -> say#0: yes, each != ""',
      "next each? -> parallel2/fork: no",
      "say#0 -> next each?",
      "parallel2/fork -> inner#0/say#0",
      "inner#0/say#0 -> inner#0/fine#0",
      "inner#0/fine#0 -> parallel2/join: yes",
      "inner#0/fine#0 -> inner#0/say#1: no, after pass 3",
      "inner#0/fine#0 -> inner#0/say#0: no",
      "parallel2/join -> next each?",
      "next each? -> inner#1/say#0: yes",
      "next each? -> return two: no",
      "inner#1/say#0 -> inner#1/fine#0",
      "inner#1/fine#0 -> next each?: yes",
      "inner#1/fine#0 -> inner#1/say#1: no, after pass 3",
      "inner#1/fine#0 -> inner#1/say#0: no",
      "inner#1/say#1 -> next each?",
      "inner#0/say#1 -> parallel2/join",
    ]);
  });

  it("has no fork where the passes ask nobody", async () => {
    const found = await edges(`let up = parallel each in all { yield upper(each) }
  return say(join(up, ""))`);
    expect(found).toEqual(["start -> say#0", 'say#0 -> return say(join(up, ""))']);
  });

  it("draws a flow that asks nobody", async () => {
    expect(await edges("return x")).toEqual(["start -> return x"]);
  });

  it("stays quick for a flow with many branches", async () => {
    const branches = Array.from(
      { length: 300 },
      (_, i) => `branch n == ${i} { true -> set y = say(y) false -> pass }`,
    );
    const began = performance.now();
    const found = await edges(`var y = x\n${branches.join("\n")}\nreturn y`);
    expect(found.length).toBe(900);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

describe("effects in the graph of a flow", () => {
  it("are nodes of their own, with their class and what they give", async () => {
    const graph = await graphOfFile("flows/examples/shop.flow");
    expect(graph.nodes.flatMap((node) => (node.kind === "effect" ? [node] : []))).toEqual([
      expect.objectContaining({ id: "look#0", site: "shop/look#0", effect: "look", class: "idempotent" }),
      expect.objectContaining({ id: "buy#0", effect: "buy", class: "effectful", gives: "bool" }),
    ]);
    expect(edgesOf(graph)).toContain("any candidate? -> suits#0: yes");
    expect(mermaid(graph)).toMatch(/\[\/"buy<br>effectful#58; bool"\/\]/);
  });
});

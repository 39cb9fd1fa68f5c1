import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { musique, run, succeeded } from "./support.js";

const folder = temporaryFolder();
const several = join(folder, "several.flow");
writeFileSync(
  several,
  `agent ask(x: text) -> yes | no { user """{{ x }}""" }
flow one(x: text) -> bool { return ask(x) is yes }
flow two(x: text) -> bool { return ask(x) is no }
`,
);

describe("flowc graph", () => {
  it("prints Mermaid on standard output", async () => {
    const { stdout, stderr } = succeeded(await run(["graph", musique]));
    expect(stdout).toMatch(/^flowchart TD\n/);
    expect(stdout).toContain('subgraph group0["loop up to 4"]');
    expect(stderr).toBe("");
  });

  it("prints SVG and JSON when asked, and by the ending of --out", async () => {
    const svg = succeeded(await run(["graph", musique, "--format", "svg"])).stdout;
    expect(svg).toMatch(/^<svg /);
    const out = join(folder, "new/picture.SVG");
    expect(succeeded(await run(["graph", musique, "--out", out])).stdout).toBe("");
    expect(readFileSync(out, "utf8")).toBe(svg);
    const json = join(folder, "graph.json");
    succeeded(await run(["graph", musique, "--out", json]));
    expect(JSON.parse(readFileSync(json, "utf8"))).toMatchObject({
      flow: "musique_answerable",
      nodes: expect.arrayContaining([expect.objectContaining({ site: "musique_answerable/relevant#0" })]),
    });
  });

  it("draws the last flow, or the one that is named", async () => {
    const flowOf = async (...more: string[]) =>
      JSON.parse(succeeded(await run(["graph", several, "--format", "json", ...more])).stdout).flow;
    expect(await flowOf()).toBe("two");
    expect(await flowOf("--flow", "one")).toBe("one");
  });

  it("draws what an imported file holds, and says where it stands", async () => {
    const importing = join(folder, "importing.flow");
    writeFileSync(
      importing,
      `import one from "./several.flow"
flow main(x: text) -> text {
  branch one(x) { true -> return "yes" false -> return "no" }
}
`,
    );
    const { stdout } = succeeded(await run(["graph", importing, "--format", "json"]));
    const { nodes, edges, groups } = JSON.parse(stdout);
    expect(groups).toMatchObject([{ kind: "flow", title: "one" }]);
    expect(nodes[1]).toMatchObject({
      site: "one/ask#0",
      place: { file: "several.flow", line: 2, column: 36 },
    });
    expect(edges[1].when).toEqual(["one(x)"]);
  });

  it("draws nothing of a flow with errors, and says what is wrong", async () => {
    const broken = join(folder, "broken.flow");
    const out = join(folder, "broken.svg");
    writeFileSync(broken, "flow f(x: int) -> text { return x }\n");
    const { code, stdout, stderr } = await run(["graph", broken, "--out", out]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/broken\.flow:1:\d+ error F/);
    expect(existsSync(out)).toBe(false);
  });

  it("refuses an ending that says no format, unless one is asked for", async () => {
    const out = join(folder, "picture.png");
    const { code, stderr } = await run(["graph", musique, "--out", out]);
    expect({ code, isThere: existsSync(out) }).toEqual({ code: 2, isThere: false });
    expect(stderr).toContain("the ending says no format; it may be .svg, .json, .mmd");
    succeeded(await run(["graph", musique, "--out", out, "--format", "svg"]));
    succeeded(await run(["graph", musique, "--out", join(folder, "picture.mmd")]));
    expect(readFileSync(join(folder, "picture.mmd"), "utf8")).toMatch(/^flowchart TD\n/);
  });

  it("refuses what it cannot read, write or print", async () => {
    expect(await run(["graph", join(folder, "none.flow")])).toMatchObject({ code: 2 });
    expect(await run(["graph", several, "--flow", "three"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("three"),
    });
    expect(await run(["graph", several, "--format", "png"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Allowed choices are mermaid, svg, json"),
    });
    const { code, stderr } = await run(["graph", several, "--out", join(several, "x.svg")]);
    expect(code).toBe(1);
    expect(stderr).toContain("cannot be written");
  });
});

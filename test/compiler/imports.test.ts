import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { type LoadOptions, loadFlow } from "../../cli/load-flow.js";
import { standing } from "../../cli/support/disk-host.js";
import { type Checked, check, compile, renderDiagnostic } from "../../compiler/index.js";
import { FlowFailure } from "../../runtime/machine/index.js";
import { memoryHost } from "../support/memory-host.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const agent = (name: string) => `agent ${name}(of: text) -> text(max_tokens: 3) {
  user """
    {{ of }}
  """
}
`;
const using = (name: string, path: string) =>
  `import ${name} from "${path}"\nflow main(of: text) -> text { return ${name}(of) }\n`;

/** Checks a file of these, which stand in the folder `/project`. */
function checkIn(files: Readonly<Record<string, string>>, main = "main.flow"): Checked {
  const host = memoryHost(
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`/project/${name}`, text])),
  );
  return check(files[main]!, main, { host, path: `/project/${main}` });
}

function codes({ diagnostics, sources }: Checked): string[] {
  return diagnostics.map(({ code, span }) => `${sources.at(span.start).file} ${code}`);
}

describe("what may be imported", () => {
  it("is what the other file declares, of every kind", () => {
    const lib = `type T = { a: text }\nextern type E = { a: text } from "./e.ts"\n${agent("ask")}${agent("critic").replace("agent", "judge")}
      extern function f(a: text) -> text from "./e.ts"\nflow sub(a: text) -> text { return ask(a) }\n`;
    const main = `import T, E, ask, critic, f, sub from "./lib.flow"
      flow main(t: T, e: E) -> text { return ask(t.a) + critic(e.a) + f(sub(t.a)) }`;
    expect(codes(checkIn({ "main.flow": main, "lib.flow": lib }))).toEqual([]);
  });

  it("is nothing without a place where the text stands", () => {
    const { diagnostics } = check(using("ask", "./lib.flow"), "main.flow");
    expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
      "F502 `./lib.flow` cannot be read: this text stands in no folder",
    ]);
  });

  it("brings a type and an agent of one name along", () => {
    const lib = `type both = { a: text }\n${agent("both")}`;
    const main = 'import both from "./lib.flow"\nflow main(b: both) -> text { return both(b.a) }';
    expect(codes(checkIn({ "main.flow": main, "lib.flow": lib }))).toEqual([]);
  });

  it("is found by suggestions, and its absence is reported once", () => {
    const { diagnostics } = checkIn({ "main.flow": using("aks", "./lib.flow"), "lib.flow": agent("ask") });
    expect(diagnostics.map(({ code, suggestions }) => [code, ...suggestions])).toEqual([["F506", "ask"]]);
  });

  it("leaves a type in front of `from` that is none to be reported", () => {
    const main = 'extern type E = Missing from "./e.ts"\nflow main(e: E) -> int { return 1 }\n';
    expect(codes(checkIn({ "main.flow": main }))).toEqual(["main.flow F102"]);
  });

  it("says nothing of names whose declaration could not be read", () => {
    const found = checkIn({
      "main.flow": using("ask", "./lib.flow"),
      "lib.flow": agent("ask").replace("agent", "agnet"),
    });
    expect(codes(found)).toEqual(["lib.flow F004"]);
  });
});

describe("mistakes in an imported file", () => {
  const lib = `${agent("ask")}flow broken(of: text) -> int {\n  let unused = 1\n  return ask(of)\n}\n`;

  it("are shown there, warnings are not, and nothing is compiled", async () => {
    const host = memoryHost({ "/p/main.flow": using("ask", "./lib/a.flow"), "/p/lib/a.flow": lib });
    const place = { host, path: "/p/main.flow" };
    const { files, diagnostics, sources } = await compile(using("ask", "./lib/a.flow"), "flows/main.flow", {
      place,
    });
    expect(files).toBeUndefined();
    expect(diagnostics.map((each) => renderDiagnostic(each, sources))).toEqual([
      "flows/lib/a.flow:8:10 error F201 expected int, found text\n8 |   return ask(of)\n  |          ^^^^^^^",
    ]);
  });

  it("are those of the file alone when it is checked itself", () => {
    const fine = lib.replace("-> int", "-> text");
    const files = { "main.flow": using("ask", "./lib.flow"), "lib.flow": fine };
    expect(codes(checkIn(files))).toEqual([]);
    expect(codes(checkIn(files, "lib.flow"))).toEqual(["lib.flow F112"]);
  });

  it("are none in a file of agents without a flow", () => {
    expect(codes(checkIn({ "lib.flow": `type T = { a: text }\n${agent("ask")}` }, "lib.flow"))).toEqual([]);
  });
});

describe("the entry", () => {
  const files = {
    "main.flow": using("sub", "./lib.flow"),
    "lib.flow": `${agent("ask")}flow sub(of: text) -> text { return ask(of) }`,
  };
  const host = memoryHost({ "/p/main.flow": files["main.flow"], "/p/lib.flow": files["lib.flow"] });
  const place = { host, path: "/p/main.flow" };

  it("is the last flow of the file itself", async () => {
    const { files: emitted } = await compile(files["main.flow"], "main.flow", { place });
    expect(emitted![0]!.text).toContain('export const flow: string = "main"');
  });

  it("is never a flow of another file", async () => {
    const { diagnostics } = await compile(files["main.flow"], "main.flow", { place, flow: "sub" });
    expect(diagnostics.map(({ code }) => code)).toEqual(["F113"]);
    const alone = 'import sub from "./lib.flow"\n';
    const { diagnostics: none } = await compile(alone, "main.flow", { place });
    expect(none.map(({ code }) => code)).toContain("F111");
  });
});

describe("hostile programs", () => {
  it("have no more files than the limit", () => {
    const files: Record<string, string> = { "main.flow": using("ask", "./c0.flow") };
    for (let n = 0; n < 10_000; n++)
      files[`c${n}.flow`] = `import x${n} from "./c${n + 1}.flow"\n${agent("ask")}`;
    const found = checkIn(files);
    expect(found.diagnostics.filter(({ code }) => code === "F505")).toHaveLength(1);
    expect(found.sources.all).toHaveLength(200);
    const wide = Array.from({ length: 300 }, (_, n) => `import a${n} from "./a${n}.flow"\n`).join("");
    const leaves = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`a${n}.flow`, agent(`a${n}`)]));
    expect(codes(checkIn({ ...leaves, "main.flow": wide }))).toEqual(["main.flow F505"]);
  });

  it("are not longer than the limit, all files together", () => {
    const long = `# ${"x".repeat(900_000)}\n`;
    const names = Array.from({ length: 8 }, (_, n) => `a${n}`);
    const main = names.map((name) => `import ${name} from "./${name}.flow"\n`).join("");
    const files = Object.fromEntries(names.map((name) => [`${name}.flow`, long + agent(name)]));
    expect(codes(checkIn({ ...files, "main.flow": main }))).toEqual(["main.flow F505"]);
  });

  it("have circles that end", () => {
    const files = {
      "main.flow": using("a", "./a.flow"),
      "a.flow": using("b", "./b.flow"),
      "b.flow": using("main", "./main.flow"),
    };
    const circle = checkIn(files).diagnostics.find(({ code }) => code === "F504");
    expect(circle!.message).toContain("main.flow -> a.flow -> b.flow -> main.flow");
    expect(codes(checkIn({ "main.flow": using("main", "./main.flow") }))).toContain("main.flow F504");
  });

  it.each(["__proto__", "constructor", "prototype", "toString"])("import %s", (name) => {
    const found = checkIn({ "main.flow": `import ${name} from "./lib.flow"`, "lib.flow": agent("ask") });
    expect(codes(found)).toEqual(["main.flow F506"]);
  });

  it("name the same file by several paths, and read it once", () => {
    const main = `import ask from "./lib/a.flow"\nimport T from "./lib/a.flow"\nimport sub from "./lib/b.flow"
      flow main(t: T) -> text { return ask(sub(t)) }`;
    const files = {
      "main.flow": main,
      "lib/a.flow": `type T = text\n${agent("ask")}`,
      "lib/b.flow": 'import T from "../lib/a.flow"\nflow sub(t: T) -> text { return t }',
    };
    const found = checkIn(files);
    expect(codes(found)).toEqual([]);
    expect(found.sources.all.map(({ path }) => path)).toEqual(["", "lib/a.flow", "lib/b.flow"]);
  });
});

describe("on a disk", () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  const checkFile = (name: string) =>
    check(using("ask", "./ask.flow"), name, standing(join(folder, name)).place);
  const said = ({ diagnostics }: Checked) => diagnostics.map(({ code, message }) => `${code} ${message}`);

  it("imports stay in the nearest folder with a package.json or a .git", () => {
    write("ask.flow", agent("ask"));
    const up = using("ask", "../../ask.flow");
    write("a/b/main.flow", up);
    const checkUp = () => codes(check(up, "main.flow", standing(join(folder, "a/b/main.flow")).place));
    // Nobody says what the project is, so it is the file's own folder.
    expect(checkUp()).toEqual(["main.flow F503"]);
    write("a/package.json", "{}");
    expect(checkUp()).toEqual(["main.flow F503"]);
    write(".git/HEAD", "");
    expect(checkUp()).toEqual(["main.flow F503"]);
  });

  it("imports reach all of the project", () => {
    write("package.json", "{}");
    write("lib/ask.flow", agent("ask"));
    write("a/b/main.flow", "");
    const up = using("ask", "../../lib/ask.flow");
    expect(codes(check(up, "main.flow", standing(join(folder, "a/b/main.flow")).place))).toEqual([]);
  });

  it("links out of the project are not followed, links inside are, to one file", () => {
    const outside = temporaryFolder();
    writeFileSync(join(outside, "ask.flow"), agent("ask"));
    write("main.flow", "");
    symlinkSync(join(outside, "ask.flow"), join(folder, "ask.flow"));
    expect(said(checkFile("main.flow"))).toEqual(["F503 `./ask.flow` leads out of the project's folder"]);
    symlinkSync(outside, join(folder, "out"));
    const through = using("ask", "./out/ask.flow");
    expect(codes(check(through, "m.flow", standing(join(folder, "m.flow")).place))).toEqual(["m.flow F503"]);
    write("real.flow", agent("ask"));
    symlinkSync("real.flow", join(folder, "link.flow"));
    const twice = `import ask from "./real.flow"\nimport ask from "./link.flow"\nflow main(of: text) -> text { return ask(of) }`;
    // One file, so the agent is declared once.
    expect(codes(check(twice, "m.flow", standing(join(folder, "m.flow")).place))).toEqual(["m.flow F110"]);
  });

  it("large files and folders are not read", () => {
    write("main.flow", "");
    write("ask.flow", "#".repeat(10_000_000));
    expect(said(checkFile("main.flow"))).toEqual([
      "F502 `./ask.flow` cannot be read: it is larger than 3000000 bytes",
    ]);
    write("other/ask.flow/x", "");
    expect(said(checkFile("other/main.flow"))[0]).toContain("this is a folder");
    write("long/ask.flow", "#".repeat(1_000_001));
    expect(said(checkFile("long/main.flow"))[0]).toContain("it is longer than 1000000 characters");
  });

  async function load(name: string, options: LoadOptions = {}) {
    const { module, diagnostics } = await loadFlow(join(folder, name), options);
    if (module === undefined) throw new Error(diagnostics.map((each) => each.message).join("; "));
    return module;
  }

  it("a failure names the file and the place in it, and so do the sites", async () => {
    write(
      "main.flow",
      'import second from "./lib/lists.flow"\nflow main(of: list<text>) -> text { return second(of) }\n',
    );
    write(
      "lib/lists.flow",
      `${agent("ask")}\nflow second(of: list<text>) -> text {\n  return ask(of[1])\n}\n`,
    );
    const module = await load("main.flow");
    expect(module.sites).toEqual([
      { id: "second/ask#0", agent: "ask", kind: "generate", file: "lib/lists.flow", line: 8, column: 10 },
    ]);
    const place = "lib/lists.flow:8:14";
    expect(() => module.start({ of: [] })).toThrow(new FlowFailure("index 1 of a list of 0", place));
    expect(new FlowFailure("no", place).message).toBe(`no (at ${place})`);
  });

  it("the hash covers all files, and where they are", async () => {
    write("main.flow", using("ask", "./a.flow"));
    write("a.flow", agent("ask"));
    const before = (await load("main.flow")).source;
    expect((await load("main.flow")).source).toBe(before);
    write("a.flow", `${agent("ask")}# a comment\n`);
    const after = (await load("main.flow")).source;
    expect(after).not.toBe(before);
  });

  it("modules are found from the file that names them", async () => {
    write("package.json", "{}");
    write(
      "flows/main.flow",
      'import twice from "../lib/a.flow"\nextern function same(of: text) -> text from "./m.ts"\nflow main(of: text) -> text { return twice(same(of)) }\n',
    );
    write("flows/m.ts", "export const same = (of: string): string => of;\n");
    write("lib/a.flow", 'extern function twice(of: text) -> text from "./m.ts"\n');
    write("lib/m.ts", "export const twice = (of: string): string => of + of;\n");
    await expect(load("flows/main.flow")).rejects.toThrow(
      /\.\.\/lib\/m\.ts, \.\/m\.ts|\.\/m\.ts, \.\.\/lib\/m\.ts/,
    );
    const module = await load("flows/main.flow", { allowExtern: true });
    expect(module.result(module.start({ of: "x" }))).toBe("xx");
    write("lib/m.ts", "export const twice = (of: number): number => of + of;\n");
    await expect(load("flows/main.flow", { allowExtern: true })).rejects.toThrow(/which does not fit/);
  });

  it("names of files stay text in what is emitted", async () => {
    const odd = 'od"d\n*/ process.exit(1) //';
    write(`${odd}/main.flow`, using("ask", "./link.flow"));
    write(
      `${odd}/in "quotes" */ \u2028\`\${x}/real.flow`,
      `${agent("ask")}flow f(of: list<text>) -> text { return ask(of[0]) }\n`,
    );
    symlinkSync(`in "quotes" */ \u2028\`\${x}/real.flow`, join(folder, odd, "link.flow"));
    const main = 'import f from "./link.flow"\nflow main(of: list<text>) -> text { return f(of) }\n';
    const path = join(folder, odd, "main.flow");
    write(`${odd}/main.flow`, main);
    const { files } = await compile(main, path, standing(path));
    const ts = files!.find(({ name }) => name === "main.ts")!.text;
    const lines = ts.split(/[\n\u2028\u2029]/).filter((line) => line.includes("quotes"));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const outside = line.replace(/"(?:[^"\\]|\\.)*"/g, '""');
      expect(outside).not.toContain("quotes");
    }
    const module = await load(`${odd}/main.flow`);
    expect(() => module.start({ of: [] })).toThrow(/index 0 of a list of 0/);
  });

  it("source maps lead to each of the files", async () => {
    const main = `import first from "./lib/lists.flow"
flow main(of: list<text>) -> text {
  return first(of) + of[1]
}
`;
    write("main.flow", main);
    write("lib/lists.flow", "flow first(of: list<text>) -> text {\n  return of[0]\n}\n");
    const options = { ...standing(join(folder, "main.flow")), sourcePath: "../main.flow" };
    const { files } = await compile(main, "main.flow", options);
    const js = files!.find(({ name }) => name === "main.js")!.text.split("\n");
    const map = new SourceMap(JSON.parse(files!.find(({ name }) => name === "main.js.map")!.text));
    const origin = (piece: string) => {
      const line = js.findIndex((each) => each.includes(piece));
      const { originalSource, originalLine } = map.findEntry(line, js[line]!.indexOf(piece)) as never;
      return `${originalSource}:${originalLine + 1}`;
    };
    expect(origin("at(of_2, 0")).toBe("../lib/lists.flow:2");
    expect(origin('return { at: "done"')).toBe("../main.flow:3");
  });
});

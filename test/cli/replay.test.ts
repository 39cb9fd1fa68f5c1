import {
  appendFileSync,
  copyFileSync,
  existsSync,
  lstatSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import type { EpisodeLog } from "../../runtime/search/index.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { jsonLines, monitor, musique, root, rowsOf, run, succeeded, weak } from "./support.js";

/** Milliseconds that several processes may take on a machine with other work. */
const PATIENCE = 120_000;

const folder = temporaryFolder();
const data = join(folder, "questions.jsonl");
const recorded = join(folder, "episodes.jsonl");
const asked = ["eval", musique, "--data", data, "--model", weak, "--workers", "0"];

let tasks: readonly string[];

beforeAll(async () => {
  const rows = rowsOf(monitor, 3);
  tasks = rows.map((row) => (JSON.parse(row) as { id: string }).id);
  writeFileSync(data, `${rows.join("\n")}\n`);
  succeeded(await run([...asked, "--record", recorded]));
}, PATIENCE);

/** A log with one thing changed. */
function changed(name: string, change: (line: string) => string): string {
  const path = join(folder, name);
  writeFileSync(path, readFileSync(recorded, "utf8").split("\n").slice(0, -1).map(change).join("\n"));
  return path;
}

function parsed(line: string): EpisodeLog & Record<string, unknown> {
  return JSON.parse(line) as EpisodeLog & Record<string, unknown>;
}

describe("flowc eval --record", () => {
  it("writes the log of every episode, in the order of the questions, and replay agrees with all", async () => {
    const logs = jsonLines<EpisodeLog>(readFileSync(recorded, "utf8"));
    expect(logs.map(({ task }) => task.id)).toEqual(tasks);
    const { stdout } = succeeded(await run(["replay", musique, recorded]));
    expect(stdout.split("\n")).toEqual([
      ...logs.map(
        ({ task, steps }, i) => `${recorded}:${i + 1}: task ${task.id}: agrees, ${steps.length} steps`,
      ),
      "3 episodes: all agree",
      "",
    ]);
  });

  it(
    "keeps an earlier file without --force, says so before it plays, and leaves nothing else there",
    async () => {
      const kept = readFileSync(recorded);
      const refused = await run([...asked, "--record", recorded]);
      expect(refused).toMatchObject({ code: 1, stdout: "" });
      expect(refused.stderr).toContain(
        `${recorded} is there already; choose another --record, or say --force`,
      );
      expect(readFileSync(recorded)).toEqual(kept);
      succeeded(await run([...asked, "--record", recorded, "--force"]));
      expect(readFileSync(recorded)).toEqual(kept);
      const nowhere = await run([...asked, "--record", join(data, "episodes.jsonl")]);
      expect(nowhere).toMatchObject({ code: 1, stdout: "" });
      expect(nowhere.stderr).toContain("a file stands where a folder is needed");
    },
    PATIENCE,
  );

  it("has no meaning with --predictions", async () => {
    const outcome = await run(["eval", "--predictions", data, "--data", data, "--record", recorded]);
    expect(outcome).toMatchObject({ code: 2, stdout: "" });
    expect(outcome.stderr).toContain("--record has no meaning with --predictions");
  });
});

describe("flowc replay", () => {
  it("prints an object for each episode, and one for all", async () => {
    const { stdout } = succeeded(await run(["replay", musique, recorded, "--json", "--limit", "2"]));
    const [first, , all, ...more] = jsonLines<Record<string, unknown>>(stdout);
    expect(first).toEqual({ line: 1, task: tasks[0], agrees: true, steps: expect.any(Number) });
    expect(all).toEqual({
      flow: "musique_answerable",
      source: parsed(readFileSync(recorded, "utf8").split("\n")[0]!).source,
      episodes: 2,
      agree: 2,
      differ: 0,
    });
    expect(more).toEqual([]);
  });

  it("reads standard input and gzipped files, and passes over empty lines", async () => {
    const stdin = `\n${readFileSync(recorded, "utf8")}\n`;
    expect(succeeded(await run(["replay", musique, "-"], { stdin })).stdout).toContain(
      "standard input:2: task ",
    );
    const packed = join(folder, "packed");
    writeFileSync(packed, gzipSync(readFileSync(recorded)));
    expect(succeeded(await run(["replay", musique, packed])).stdout).toContain("3 episodes: all agree");
  });

  it("refuses the logs of another compile, and with --edited says where prompts differ first", async () => {
    const edited = join(folder, "edited.flow");
    const text = readFileSync(musique, "utf8").replace(/^test [\s\S]*/m, "");
    writeFileSync(edited, text.replace("as brief as possible", "as short as possible"));
    const refused = await run(["replay", edited, recorded]);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain(
      `${recorded}:1: task ${tasks[0]}: the log is of another compile of the flow, whose source has changed; --edited compares it all the same\n`,
    );
    expect(refused.stdout).toContain("3 episodes: 0 agree, 3 do not\n");
    const compared = await run(["replay", edited, recorded, "--edited", "--json"]);
    expect(compared.code).toBe(1);
    expect(jsonLines<unknown>(compared.stdout)[0]).toEqual({
      line: 1,
      task: tasks[0],
      agrees: false,
      step: 0,
      point: "musique_answerable/query#0@1",
      problem: expect.stringMatching(
        /^the log has another prompt of query: \.\.\.".*brief.*" then, and \.\.\.".*short.*" now$/,
      ),
    });
    writeFileSync(edited, `# Nothing that is asked changes.\n${text}`);
    expect((await run(["replay", edited, recorded])).code).toBe(1);
    succeeded(await run(["replay", edited, recorded, "--edited"]));
  });

  it("refuses the logs of another flow, and inputs that the flow does not take", async () => {
    const other = await run(["replay", "flows/examples/router.flow", recorded]);
    expect(other.code).toBe(1);
    expect(other.stdout).toContain("the log is of the flow musique_answerable, not of router");
    const path = changed("inputs.jsonl", (line) => {
      const log = parsed(line);
      return JSON.stringify({ ...log, task: { ...log.task, input: { question: 1, paragraphs: [] } } });
    });
    const input = await run(["replay", musique, path]);
    expect(input.code).toBe(1);
    expect(input.stdout).toContain("the flow does not take the log's input: input.question must be string");
  });

  it("tells of every line that is no episode or parts from the flow, and goes on with the others", async () => {
    const texts: readonly ((line: string) => string)[] = [
      (line) => line,
      (line) => line.slice(0, line.length / 2),
      (line) => {
        const log = parsed(line);
        return JSON.stringify({ ...log, result: { answer: "?", support: [] } });
      },
    ];
    let next = 0;
    const { code, stdout } = await run([
      "replay",
      musique,
      changed("mixed.jsonl", (line) => texts[next++]!(line)),
    ]);
    expect(code).toBe(1);
    const [first, second, third, all] = stdout.split("\n");
    expect(first).toMatch(/: agrees, \d+ steps$/);
    expect(second).toMatch(/mixed\.jsonl:2: this is no episode: it is no JSON/);
    expect(third).toMatch(/mixed\.jsonl:3: task .+: parts at step \d+: the log has another result$/);
    expect(all).toBe("3 episodes: 1 agree, 2 do not");
  });

  it.each<[string, string | Buffer, RegExp]>([
    ["nothing", "", /holds no episodes/],
    ["brackets without end", "[".repeat(1_000_000), /this is no episode: it nests deeper than 1000 levels/],
    ["a text without end", `"${"a\\".repeat(1_000_000)}`, /this is no episode: it is no JSON/],
    ["other JSON", '{"format":1}\n[]\n', /:1: this is no episode: it does not name its flow/],
    ["what is no text", Buffer.from([0xff, 0xfe, 0x0a]), /not UTF-8 text/],
    ["a part of a gzip file", gzipSync("x".repeat(1000)).subarray(0, 20), /not a whole gzip file/],
  ])("ends with a message at a file of %s", async (_, contents, message) => {
    const path = join(folder, "hostile");
    writeFileSync(path, contents);
    const { code, stdout, stderr } = await run(["replay", musique, path]);
    expect(stdout + stderr).toMatch(message);
    expect(code).toBe(1);
  });

  it("is told what to read", async () => {
    expect(await run(["replay", musique])).toMatchObject({ code: 2, stdout: "" });
    const missing = await run(["replay", musique, join(folder, "none")]);
    expect(missing).toMatchObject({ code: 1, stdout: "" });
    expect(missing.stderr).toContain("none: there is no such file");
  });
});

describe("flowc run --record", () => {
  const answers = join(folder, "answers.yaml");

  it("adds an episode to the file, of a model or of mocked agents, after a line that was broken off too", async () => {
    const file = join(folder, "runs", "run.jsonl");
    const input = JSON.stringify({
      question: "Where?",
      paragraphs: [
        { idx: 3, title: "Paris", body: "in France" },
        { idx: 5, title: "Rome", body: "in Italy" },
      ],
    });
    writeFileSync(answers, "query: a\nrelevant: [1, 0]\nenough: no\ndraft: c\nfinal: d\n");
    const asking = ["run", musique, "--input", input, "--record", file];
    const mocked = succeeded(await run([...asking, "--mocks", answers]));
    appendFileSync(file, '{"format":1,"flow":"mus');
    const played = succeeded(await run([...asking, "--model", weak, "--workers", "0"]));
    const [first, broken, second, ...more] = readFileSync(file, "utf8").split("\n");
    expect([broken, ...more]).toEqual(['{"format":1,"flow":"mus', ""]);
    expect(parsed(first!).result).toEqual(JSON.parse(mocked.stdout));
    expect(parsed(second!).result).toEqual(JSON.parse(played.stdout));
    expect(parsed(second!).steps[0]).toMatchObject({ outputs: [{ ids: expect.any(Array) }] });
    const { code, stdout } = await run(["replay", musique, file]);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^\S+:1: task run: agrees, \d+ steps\n\S+:2: this is no episode.*\n\S+:3: task run: agrees.*\n3 episodes: 2 agree, 1 do not\n$/,
    );
  });

  it("holds passes beside one another as the machine asks for them, whatever their order in the run", async () => {
    const notes = "flows/examples/parallel-notes.flow";
    const file = join(folder, "notes.jsonl");
    const input = '{"question":"Who?","documents":["a","b","c"]}';
    writeFileSync(answers, "read: [useful, useless, useful, useless]\nagain: [yes, no]\nsum_up: a\n");
    const done = succeeded(await run(["run", notes, "--input", input, "--mocks", answers, "--record", file]));
    expect(JSON.parse(done.stdout)).toMatchObject({ notes: ["a", "b"] });
    succeeded(await run(["replay", notes, file]));
    const points = parsed(readFileSync(file, "utf8")).steps.map(({ point }) => point);
    expect(points.slice(0, 3)).toEqual([0, 1, 2].map((pass) => `note/read#0@${pass}.note#0.1`));
  });

  describe("of a flow with effects", () => {
    const shop = join(folder, "shop.flow");
    const file = join(folder, "shop.jsonl");
    const inShop = ["run", shop, "--input", '{"wish":"tea"}', "--mocks", answers];

    beforeAll(async () => {
      for (const name of ["shop.flow", "shop.ts"])
        copyFileSync(join(root, "flows/examples", name), join(folder, name));
      writeFileSync(answers, "suits: [3, 0]\nenough: [no, yes]\n");
      succeeded(await run([...inShop, "--allow-extern", "--record", file]));
    });

    it("is replayed with what they gave, and with --allow-extern they are done again", async () => {
      expect(succeeded(await run(["replay", shop, file])).stdout).toContain(
        "1 episode: all agree; effects taken from the log\n",
      );
      const again = succeeded(await run(["replay", shop, file, "--allow-extern", "--json"]));
      expect(jsonLines<unknown>(again.stdout)[1]).toMatchObject({ agree: 1, effects: "done again" });
    });

    it("is told apart from what its module does now, and from a module that fails now", async () => {
      const module = join(folder, "shop.ts");
      const text = readFileSync(module, "utf8");
      for (const [other, message] of [
        [text.replaceAll("money: 8", "money: 9"), /the log begins in another state of the simulator/],
        [
          text.replace(
            "if (item === undefined",
            'if (name !== "") throw new Error("closed");\n  if (item === undefined',
          ),
          /parts at step \d+, shop\/buy#0@1: the effect `buy` failed: closed/,
        ],
      ] as const) {
        expect(other).not.toBe(text);
        writeFileSync(module, other);
        const { code, stdout } = await run(["replay", shop, file, "--allow-extern"]);
        expect(stdout).toMatch(message);
        expect(code).toBe(1);
        succeeded(await run(["replay", shop, file]));
      }
      writeFileSync(module, text);
    });

    it("may have them mocked, and is replayed from its log alone then", async () => {
      const mocked = join(folder, "mocked.jsonl");
      const given = join(folder, "given.yaml");
      writeFileSync(
        given,
        `${readFileSync(answers, "utf8").replace("[3, 0]", "0")}buy: true\nlook: [[{ name: tea, price: 1 }], [{ name: cup, price: 2 }]]\n`,
      );
      succeeded(await run([...inShop.slice(0, -1), given, "--record", mocked]));
      succeeded(await run(["replay", shop, mocked]));
      const again = await run(["replay", shop, mocked, "--allow-extern"]);
      expect(again.stdout).toContain("the log begins in another state of the simulator");
    });
  });

  it("follows a link, and refuses a folder", async () => {
    const file = join(folder, "linked.jsonl");
    const link = join(folder, "link.jsonl");
    writeFileSync(file, "");
    symlinkSync(file, link);
    succeeded(await run([...asked, "--limit", "1", "--record", link, "--force"]));
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(jsonLines<EpisodeLog>(readFileSync(file, "utf8"))).toHaveLength(1);
    const refused = await run([...asked, "--record", folder]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("a folder stands where a file is needed");
    expect(existsSync(`${folder}.${process.pid}.tmp`)).toBe(false);
  });
});

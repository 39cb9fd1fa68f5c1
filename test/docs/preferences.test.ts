import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseSettings } from "../../runtime/learner/index.js";
import { jsonLines, root, run, succeeded } from "../cli/support.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { blocksOf, commandsOf } from "./markdown.js";

/** Milliseconds for a few episodes on a machine with other work. */
const PATIENCE = 180_000;

const page = readFileSync(join(root, "docs/preferences.md"), "utf8");
const commands = blocksOf(page, "sh").flatMap(commandsOf);
const folder = "flows/examples/preferences";

interface Line {
  readonly type: string;
  readonly pairs: number;
  readonly monitoring?: boolean;
  readonly preferences?: { readonly asked: number; readonly disagreed?: number };
}

it.each(commands.map((words) => [words.at(-1)!.replace("runs/", ""), words] as const))(
  "the command for preferences by %s runs",
  async (kind, words) => {
    const out = join(temporaryFolder(), "run");
    const changed: Readonly<Record<string, string>> = { "160": "8", [words.at(-1)!]: out };
    succeeded(await run([...words.slice(1).map((word) => changed[word] ?? word)]));
    const [round] = jsonLines<Line>(readFileSync(join(out, "metrics.jsonl"), "utf8"));
    expect(round!.pairs).toBeGreaterThan(0);
    expect(round!.monitoring).toBe(kind === "reward" ? undefined : true);
    expect(round!.preferences?.asked).toEqual(kind === "reward" ? undefined : expect.any(Number));
    const { evaluator } = JSON.parse(readFileSync(join(out, "run.json"), "utf8"));
    if (kind === "reward") expect(evaluator).toBeUndefined();
    else expect(Object.keys(evaluator.modules ?? {})).toEqual(kind === "self-feedback" ? [] : ["oracle.ts"]);
  },
  PATIENCE,
);

it("shows settings that are those of the file, which is joint.yaml's but for who gives preferences", () => {
  const settingsOf = (text: string) => {
    const parsed = parseSettings(text);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const { reward: _, preferences, allow_extern, ...settings } = parsed.settings;
    return { preferences, allow_extern, settings };
  };
  const read = (path: string) => settingsOf(readFileSync(join(root, path), "utf8"));
  const shown = settingsOf(blocksOf(page, "yaml")[0]!);
  const comparator = read(`${folder}/comparator.yaml`);
  expect(comparator.preferences).toEqual(shown.preferences);
  expect(comparator.allow_extern).toEqual(shown.allow_extern);
  const joint = read("flows/joint.yaml");
  for (const file of ["comparator", "feedback", "self-feedback"])
    expect(read(`${folder}/${file}.yaml`).settings).toEqual(joint.settings);
});

it("the flows of the page and beside it have no mistakes, and pass their tests", async () => {
  const files = ["compare", "feedback", "self-feedback", "oracle-compare", "oracle-feedback"].map(
    (name) => `${folder}/${name}.flow`,
  );
  succeeded(await run(["check", ...files]));
  succeeded(await run(["test", ...files.slice(0, 3)]));
});

it(
  "an evaluator that cannot be one is refused before a model is loaded, and code that is not allowed",
  async () => {
    const train = commands[1]!.slice(1);
    const config = train.indexOf("--config") + 1;
    const at = join(temporaryFolder(), "settings");
    mkdirSync(at);
    for (const file of ["oracle-compare.flow", "oracle.ts"])
      copyFileSync(join(root, folder, file), join(at, file));
    const refused = async (settings: string) => {
      writeFileSync(join(at, "settings.yaml"), settings);
      const words = train.map((word, i) =>
        i === config ? join(at, "settings.yaml") : word === "runs/comparator" ? join(at, "run") : word,
      );
      const { code, stderr } = await run(words);
      expect(code).toBe(1);
      return stderr;
    };
    const flow = "flow: ./oracle-compare.flow";
    expect(await refused(`preferences: { kind: comparator, ${flow} }`)).toContain(
      "list it under allow_extern",
    );
    expect(await refused("preferences: { kind: comparator }")).toContain("preferences.flow names its file");
    expect(
      await refused(`preferences: { kind: feedback, ${flow} }\nallow_extern: ["./oracle.ts"]`),
    ).toContain(
      "the evaluator compare takes first_result; what it may take is result, steps, truth, question, paragraphs",
    );
  },
  PATIENCE,
);

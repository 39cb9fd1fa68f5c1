import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readLines } from "../../runtime/simulator/lines.js";
import { packageFile, packageSpecifier } from "./package-files.js";

/** What `flowc init` can make. Its own files stand in `cli/templates/NAME/`. */
export interface Template {
  readonly about: string;
  /** Whether the tiny base model and some of its questions come with it. */
  readonly trains: boolean;
  /** What to type next, in the project's folder. */
  readonly next: readonly string[];
}

export const templates = new Map<string, Template>([
  [
    "question-answering",
    {
      about: "questions over paragraphs: a loop, a pick, data and a tiny model to train",
      trains: true,
      next: [
        "flowc check question-answering.flow",
        "flowc test question-answering.flow",
        "flowc run question-answering.flow --input input.json --mocks mocks.yaml",
        "flowc eval question-answering.flow --data data/monitor.jsonl --model model --out runs/before",
        "flowc train question-answering.flow --data data/train.jsonl --model model --config train.yaml --out runs/first",
      ],
    },
  ],
  [
    "router",
    {
      about: "requests that go where they belong: a branch on what an agent said",
      trains: false,
      next: [
        "flowc check router.flow",
        "flowc test router.flow",
        "flowc run router.flow --input input.json --mocks mocks.yaml",
      ],
    },
  ],
  [
    "blank",
    {
      about: "one agent, to begin with",
      trains: false,
      next: [
        "flowc check main.flow",
        "flowc test main.flow",
        "flowc run main.flow --input input.json --mocks mocks.yaml",
      ],
    },
  ],
]);

/** A file of a project, by its path from the project's folder. */
export interface ProjectFile {
  readonly name: string;
  readonly text: string | Uint8Array;
}

/**
 * All files of a project.
 * @param template one of `templates`
 * @param project what package.json calls it
 */
export async function filesOf(template: string, project: string): Promise<readonly ProjectFile[]> {
  // It stands between quotes in package.json, and a path may hold anything.
  const dependency = JSON.stringify(packageSpecifier()).slice(1, -1);
  const own = readFolder(`cli/templates/${template}`).map(({ name, text }) => ({
    // npm leaves a real one out of packages, or goes by it.
    name: name === "gitignore" ? ".gitignore" : name,
    text: text
      .toString("utf8")
      .replaceAll("%NAME%", project)
      .replaceAll("%FLOWC%", () => dependency),
  }));
  return templates.get(template)!.trains ? [...own, ...(await modelAndData())] : own;
}

/** Questions of two hops are what two passes can answer. */
async function modelAndData(): Promise<readonly ProjectFile[]> {
  const model = readFolder("flows/base/weak").map(({ name, text }) => ({ name: `model/${name}`, text }));
  return [
    ...model,
    { name: "data/README.md", text: readFileSync(there("flows/data/README.md")) },
    { name: "data/train.jsonl", text: await questions("flows/data/train.jsonl.gz", 60) },
    { name: "data/monitor.jsonl", text: await questions("flows/data/monitor.jsonl.gz", 30) },
  ];
}

/** The first rows of a data file whose questions have two hops. */
async function questions(path: string, count: number): Promise<string> {
  const rows: string[] = [];
  for await (const { text } of readLines(fileURLToPath(there(path)))) {
    if (!/^\{"id":"2hop/.test(text)) continue;
    rows.push(`${text}\n`);
    if (rows.length === count) break;
  }
  return rows.join("");
}

function readFolder(path: string): readonly { readonly name: string; readonly text: Buffer }[] {
  const folder = fileURLToPath(there(path));
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => ({ name, text: readFileSync(join(folder, name)) }));
}

function there(path: string): URL {
  const found = packageFile(path);
  if (found === undefined) throw new Error(`flowc's own ${path} is missing`);
  return found;
}

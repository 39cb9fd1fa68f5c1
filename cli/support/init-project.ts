import { existsSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { suggest } from "../../compiler/index.js";
import { CommandFailure, ExitCode } from "./exit.js";
import { filesOf, templates } from "./templates.js";
import { printable, printableLines } from "./terminal.js";
import { writeFiles } from "./write-files.js";

/** What `flowc init` was asked, as commander gives it. */
export interface InitOptions {
  readonly template?: string;
  readonly name?: string;
  readonly force?: boolean;
  readonly list?: boolean;
}

/** What npm takes for the name of a package. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/;

/**
 * Makes a project, or says which there are; all of its files are written, or none.
 * @throws CommandFailure if there is no such template, or a file is in the way or cannot be written
 */
export async function initProject(given: string | undefined, options: InitOptions): Promise<void> {
  if (options.list === true) {
    process.stdout.write(listed());
    return;
  }
  const folder = given ?? ".";
  if (given === undefined && options.force !== true && readdirSync(folder).length > 0) {
    throw new CommandFailure(
      "this folder is not empty; name one, or say . if the project is to be in this one",
    );
  }
  const template = options.template ?? (await chosen());
  if (!templates.has(template)) throw unknownTemplate(template);
  const files = await filesOf(template, projectName(folder, options.name));
  const inTheWay = files.map(({ name }) => name).filter((name) => existsSync(join(folder, name)));
  if (inTheWay.length > 0 && options.force !== true) {
    const more = inTheWay.length > 3 ? ` and ${inTheWay.length - 3} more` : "";
    throw new CommandFailure(
      `${folder} has ${inTheWay.slice(0, 3).join(", ")}${more} already: nothing is written; say --force to overwrite, or choose another folder`,
      ExitCode.diagnostics,
    );
  }
  writeFiles(folder, files);
  const { next } = templates.get(template)!;
  const enter = resolve(folder) === process.cwd() ? [] : [`cd ${quoted(folder)}`];
  const commands = [...enter, ...next].map((command) => `  ${command}\n`).join("");
  process.stdout.write(
    `${template}: ${files.length} files in ${printable(folder)}\n\nNext (README.md there says more):\n${printableLines(commands)}`,
  );
}

function listed(): string {
  const width = Math.max(...[...templates.keys()].map((name) => name.length));
  return [...templates].map(([name, { about }]) => `${name.padEnd(width)}  ${about}\n`).join("");
}

function unknownTemplate(name: string): CommandFailure {
  const [meant] = suggest(name, templates.keys());
  const hint =
    meant === undefined ? `there are ${[...templates.keys()].join(", ")}` : `did you mean ${meant}?`;
  return new CommandFailure(`there is no template ${JSON.stringify(name)}; ${hint}`);
}

/** Asks on a terminal; elsewhere the first is taken. */
async function chosen(): Promise<string> {
  const names = [...templates.keys()];
  const [first] = names as [string, ...string[]];
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return first;
  process.stderr.write(listed());
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  terminal.on("SIGINT", () => process.exit(ExitCode.interrupted));
  try {
    const answer = (await terminal.question(`Template [${first}]: `)).trim();
    return answer === "" ? first : answer;
  } finally {
    terminal.close();
  }
}

/** The name that was given, or the folder's with everything else than a name may hold made a dash. */
function projectName(folder: string, given: string | undefined): string {
  if (given !== undefined) {
    if (NAME.test(given)) return given;
    throw new CommandFailure(
      `${JSON.stringify(given)} is no name of a package: small letters, digits, ".", "_" and "-", a letter or digit first`,
    );
  }
  const made = basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, 100);
  return NAME.test(made) ? made : "flow-project";
}

/** As a shell takes it for one word. */
function quoted(folder: string): string {
  return /^[\w./@:+,~-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", `'\\''`)}'`;
}

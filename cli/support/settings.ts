import { readFileSync } from "node:fs";
import { defaultSettings, parseSettings, type Settings } from "../../runtime/learner/index.js";
import { CommandFailure, ExitCode } from "./exit.js";

/**
 * The settings of a file, or the default ones.
 * @throws CommandFailure if it cannot be read, or has mistakes
 */
export function readSettings(path: string | undefined): Settings {
  if (path === undefined) return defaultSettings();
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new CommandFailure(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  const parsed = parseSettings(text);
  if (parsed.ok) return parsed.settings;
  const lines = parsed.problems.map(
    ({ message, line, column }) => `${path}:${line}:${column} error ${message}`,
  );
  throw new CommandFailure(`the settings have mistakes\n${lines.join("\n")}`, ExitCode.diagnostics);
}

/** Which modules' code may be run: with the flag all that a flow names, else those that the settings list. */
export function allowedModules(
  flag: boolean | undefined,
  { allow_extern }: Settings,
): boolean | readonly string[] {
  return flag === true ? true : allow_extern;
}

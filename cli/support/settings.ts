import { suggest } from "../../compiler/index.js";
import {
  defaultSettings,
  parseSettings,
  type Settings,
  type SettingsProblem,
} from "../../runtime/learner/index.js";
import { CommandFailure, ExitCode } from "./exit.js";
import { readTextFile } from "./read-text.js";

/**
 * The settings of a file, or the default ones.
 * @throws CommandFailure if it cannot be read, or has mistakes
 */
export function readSettings(path: string | undefined): Settings {
  if (path === undefined) return defaultSettings();
  const parsed = parseSettings(readTextFile(path));
  if (parsed.ok) return parsed.settings;
  const lines = parsed.problems.map(
    ({ message, line, column, unknown }) => `${path}:${line}:${column} error ${message}${meant(unknown)}`,
  );
  throw new CommandFailure(`the settings have mistakes\n${lines.join("\n")}`, ExitCode.diagnostics);
}

function meant(unknown: SettingsProblem["unknown"]): string {
  const names = unknown === undefined ? [] : suggest(unknown.key, unknown.known);
  return names.length === 0 ? "" : `; did you mean ${names.join(" or ")}?`;
}

/** Which modules' code may be run: with the flag all that a flow names, else those that the settings list. */
export function allowedModules(
  flag: boolean | undefined,
  { allow_extern }: Settings,
): boolean | readonly string[] {
  return flag === true ? true : allow_extern;
}

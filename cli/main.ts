#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { CommandFailure, ExitCode, leftover, reader } from "./support/exit.js";
import { reportExitCode, runInOwnProcess, wantsOwnProcess } from "./support/own-process.js";
import { printableLines, tell } from "./support/terminal.js";
import { isUserError } from "./support/user-errors.js";
import { packageVersion } from "./support/version.js";
import { notWritten } from "./support/write-files.js";

/**
 * Every verb, in the order of the help. Only the verb that is asked for is loaded, and its file imports nothing heavy
 * at its top: what it needs is imported in its action, so that `flowc check` does not pay for the language model.
 *
 * Adding one: a file `cli/<verb>.ts` that exports `<verb>Command(): Command`, whose action sets `process.exitCode`
 * to one of `ExitCode` and throws `CommandFailure` for a user's mistake; and a line here.
 */
const verbs: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ["init", async () => (await import("./init.js")).initCommand()],
  ["check", async () => (await import("./check.js")).checkCommand()],
  ["fmt", async () => (await import("./fmt.js")).fmtCommand()],
  ["compile", async () => (await import("./compile.js")).compileCommand()],
  ["graph", async () => (await import("./graph.js")).graphCommand()],
  ["run", async () => (await import("./run.js")).runCommand()],
  ["test", async () => (await import("./test.js")).testCommand()],
  ["train", async () => (await import("./train.js")).trainCommand()],
  ["report", async () => (await import("./report.js")).reportCommand()],
  ["eval", async () => (await import("./eval.js")).evalCommand()],
  ["replay", async () => (await import("./replay.js")).replayCommand()],
  ["credit", async () => (await import("./credit.js")).creditCommand()],
  ["score", async () => (await import("./score.js")).scoreCommand()],
  ["generate", async () => (await import("./generate.js")).generateCommand()],
  ["merge", async () => (await import("./merge.js")).mergeCommand()],
  ["export", async () => (await import("./export.js")).exportCommand()],
  ["doctor", async () => (await import("./doctor.js")).doctorCommand()],
  ["lsp", async () => (await import("./lsp.js")).lspCommand()],
  ["explain", async () => (await import("./explain.js")).explainCommand()],
]);

/** The command line with the verb that is asked for, or with all where it is none (help, a misspelling). */
async function program(wanted: string | undefined): Promise<Command> {
  const root = new Command("flowc")
    .description("A language and runtime that make multi-agent flows trainable.")
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(printableLines(text)) })
    .showSuggestionAfterError()
    .showHelpAfterError("(add --help for the options and examples)")
    .addHelpText(
      "after",
      "\nExamples:\n  flowc check flows/*.flow\n  flowc compile flows/musique-answerable.flow --out build\n  flowc explain F301",
    );
  const only = verbs.get(wanted ?? "");
  for (const load of only === undefined ? verbs.values() : [only]) {
    root.addCommand((await load()).copyInheritedSettings(root));
  }
  return root;
}

/** Runs one command line and says how the process should end. */
async function main(argv: readonly string[]): Promise<ExitCode> {
  try {
    await (await program(argv[2])).parseAsync(argv);
    return (process.exitCode as ExitCode | undefined) ?? ExitCode.ok;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    }
    if (error instanceof CommandFailure) {
      tell(`flowc: ${error.message}`);
      return error.code;
    }
    if (isUserError(error)) {
      tell(`flowc: ${error.message}`);
      return ExitCode.diagnostics;
    }
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    tell(`flowc: this is a bug in flowc, please report it\n${detail}`);
    return ExitCode.bug;
  }
}

if (wantsOwnProcess(process.argv[2])) {
  process.exitCode = await runInOwnProcess();
} else {
  reportExitCode();
  process.once("SIGINT", () => process.exit(ExitCode.interrupted));
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // A reader that closes early (`flowc ... | head`) is no failure.
    if (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED") {
      if (reader.isNeeded) process.exit(ExitCode.ok);
      return;
    }
    tell(`flowc: ${notWritten("standard output", error).message}`);
    process.exit(ExitCode.diagnostics);
  });
  process.exitCode = await main(process.argv);
  if (leftover.isHung) process.exit();
}

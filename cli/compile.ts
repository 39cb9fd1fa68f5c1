import { Command } from "commander";
import { CommandFailure } from "./support/exit.js";

/** What `flowc compile` was asked, as commander gives it. */
interface Options {
  readonly out?: string;
  readonly flow?: string;
  readonly check?: boolean;
  readonly watch?: boolean;
  readonly stats?: boolean;
  readonly force?: boolean;
}

/** `flowc compile FLOW`: the flow as a TypeScript state machine, with its JavaScript, types and source maps. */
export function compileCommand(): Command {
  return new Command("compile")
    .description("compile a flow to a typed TypeScript state machine (.ts, .js, .d.ts and source maps)")
    .argument("<flow>", "the .flow file")
    .option("--out <dir>", "where to write (default: beside the .flow file)")
    .option("--flow <name>", "the flow to compile, where the file has several (default: the last one)")
    .option("--check", "write nothing, and fail if what stands there is not what would be written")
    .option(
      "--watch",
      "compile again whenever the file, an import or an extern module of it changes, until Ctrl-C",
    )
    .option("--force", "overwrite files that flowc did not write, or that were changed since it did")
    .option("--stats", "say how large the machine is and how long each phase took")
    .addHelpText(
      "after",
      `
flowc-manifest.json in the folder keeps the names and hashes of what was written: only files that it lists, and that
nobody has changed since, are ever deleted, or overwritten without --force.

Examples:
  flowc compile flows/musique-answerable.flow
  flowc compile flows/musique-answerable.flow --out build --stats
  flowc compile flows/musique-answerable.flow --out build --check

Exit code: 0 if the files were written (or are current), 1 if the flow has errors (nothing is written), --check finds
something stale, or a file cannot be written or is somebody's own, 2 if the flow cannot be read.`,
    )
    .action(async (flow: string, options: Options) => {
      if (options.check === true && options.watch === true) {
        throw new CommandFailure("--check and --watch do not go together");
      }
      if (flow === "-") {
        throw new CommandFailure(
          "compile takes a file and no standard input: what it writes is named after it",
        );
      }
      const { compileFile } = await import("./support/compile-file.js");
      if (options.watch !== true) {
        process.exitCode = await compileFile(flow, options);
        return;
      }
      const { WatchedHost, watchFile } = await import("./support/watch-file.js");
      const host = new WatchedHost();
      await compileFile(flow, options, host);
      await watchFile(flow, host.paths, () => compileFile(flow, options, host));
    });
}

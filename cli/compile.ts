import { Command } from "commander";

/** `flowc compile FLOW`: the flow as a TypeScript state machine, with its JavaScript, types and source maps. */
export function compileCommand(): Command {
  return new Command("compile")
    .description("compile a flow to a typed TypeScript state machine (.ts, .js, .d.ts and source maps)")
    .argument("<flow>", "the .flow file")
    .option("--out <dir>", "where to write (default: beside the .flow file)")
    .option("--flow <name>", "the flow to compile, where the file has several (default: the last one)")
    .addHelpText(
      "after",
      `
Examples:
  flowc compile flows/musique-answerable.flow
  flowc compile flows/musique-answerable.flow --out build

Exit code: 0 if the files were written, 1 if the flow has errors (nothing is written), 2 if it cannot be read.`,
    )
    .action(async (flow: string, options: { out?: string; flow?: string }) => {
      const { compileFile } = await import("./support/compile-file.js");
      process.exitCode = await compileFile(flow, options);
    });
}

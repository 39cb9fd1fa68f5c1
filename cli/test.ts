import { Command } from "commander";
import type { TestOptions } from "./testing/run-tests.js";

/** `flowc test FILES...`: the tests that stand in .flow files, with mocked agents. */
export function testCommand(): Command {
  return new Command("test")
    .description("run the tests that .flow files hold, with mocked agents")
    .argument("<files...>", "the .flow files")
    .option("--filter <text>", "only tests with this text in their name")
    .option("--list", "print the tests with their places and run nothing")
    .option("--json", "print one JSON object on standard output")
    .option("--allow-extern", "run the code of the TypeScript modules that the flows name")
    .addHelpText(
      "after",
      `
A test says what goes in, what agents answer, and what is to come of it:
  test "a lost parcel is traced" for router {
    input { request: "Where is my parcel?" }
    mock route -> shipping
    mock shipping -> trace
    expect { topic: shipping, action: "trace" }
    path "router/route#0@", "router/shipping#0@"
  }
It fails if the flow gives or asks something else, if an answer is missing, and if one is never asked for. Effects are
mocked like agents; with --allow-extern their modules do those of which nothing is said.

Examples:
  flowc test flows/examples/*.flow
  flowc test flows/examples/router.flow --filter parcel
  flowc test --list flows/examples/*.flow

Exit code: 0 if all tests pass, 1 if one fails or a file has errors, 2 if a file cannot be read, or there is no test to
run: none in the files, or none whose name has the text of --filter.`,
    )
    .action(async (files: string[], options: TestOptions) => {
      const { runTests } = await import("./testing/run-tests.js");
      process.exitCode = await runTests(files, options);
    });
}

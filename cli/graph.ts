import { Command, Option } from "commander";
import type { GraphFlowOptions } from "./support/graph-flow.js";

/** `flowc graph FLOW`: the state graph as a picture. */
export function graphCommand(): Command {
  return new Command("graph")
    .description("draw a flow's state graph: what it asks, in which order, and why")
    .argument("<flow>", "the .flow file")
    .option("--flow <name>", "the flow to draw, where the file has several (default: the last one)")
    .addOption(
      new Option(
        "--format <format>",
        "what to print (default: what the ending of --out says: .svg, .json, .mmd; else mermaid)",
      ).choices(["mermaid", "svg", "json"]),
    )
    .option("--out <file>", "write there instead of to standard output")
    .addHelpText(
      "after",
      `
A node for each call of an agent, told apart by what is chosen there: generate (a text or a record), choose (one of its
labels), pick (the best of a list); judges, which are not trained, have dashed outlines; effects are nodes too. Edges say when they are taken.
Loops, parallel passes and calls of other flows are frames around what happens in them.

Mermaid is what GitHub, GitLab and others draw in a Markdown file between \`\`\`mermaid and \`\`\`. An SVG follows the
reader's light or dark scheme. The same flow gives the same bytes.

Examples:
  flowc graph flows/musique-answerable.flow
  flowc graph flows/musique-answerable.flow --out musique.svg
  flowc graph flows/examples/router.flow --format json

Exit code: 0 if it was drawn, 1 if the flow has errors or the file cannot be written, 2 if the flow cannot be read.`,
    )
    .action(async (flow: string, options: GraphFlowOptions) => {
      const { graphFlow } = await import("./support/graph-flow.js");
      process.exitCode = await graphFlow(flow, options);
    });
}

import { Command } from "commander";
import type { ReportOptions } from "./report/report-run.js";

/** `flowc report RUN`: what a training did, as one page. */
export function reportCommand(): Command {
  return new Command("report")
    .description("write what a run of training did as one HTML page that needs nothing else")
    .argument("<run>", "folder of the run, as flowc train --out named it")
    .option("--out <file>", "where the page is written (default: report.html in the run's folder)")
    .option("--json", "print the figures as one JSON object; with --out the page is written too")
    .addHelpText(
      "after",
      `
The page shows reward and metrics with 95 % intervals; pairs, loss and advantage of each agent; what agents said before
and after; calls saved; alarms, what was lost, moves of the references; and the settings. It is one file without script,
which loads nothing, so it can be sent and kept. A run may be reported on while it goes on, or after it was killed.

Examples:
  flowc report runs/first
  flowc report runs/first --out first.html
  flowc report runs/first --json

Exit code: 0 if it was written, 1 if there is no run in the folder, it is damaged, or the page cannot be written,
2 if --out names a file of the run itself.`,
    )
    .action(async (run: string, options: ReportOptions) => {
      const { reportRun } = await import("./report/report-run.js");
      process.exitCode = await reportRun(run, options);
    });
}

import { join } from "node:path";
import { parseArgs } from "node:util";
import { RecordError } from "../../runtime/record/index.js";
import { arms, CORE_TOKENS, tuning } from "./arms.js";
import { told } from "./choose-questions.js";
import { comparisons } from "./comparisons.js";
import { root } from "./flowc.js";
import { type Job, jobsOf, nameOf, obstacleOf } from "./jobs.js";
import { reportOf } from "./report.js";
import { type Finished, retell } from "./retell.js";
import { Failed, runJob } from "./run-job.js";
import { finished, writeSummary } from "./summary.js";
import { tunedRates } from "./tuned-rates.js";
import { writeReport } from "./write-report.js";

/*
 * The experiments of docs/results.md as one queue, which goes on where it was stopped.
 */

const usage = `Usage: npm run experiments -- [options]

Runs arms of flows/experiments/arms.ts, each with every seed, and writes a summary for each run. What is finished is not
run again, and what was interrupted or killed goes on where it was, so the same command may be given until it has nothing left
to do. What another queue is running is left to it.

Options:
  --only <names>    these arms alone, e.g. deviations,episode-credit
  --tuning          those that a setting was chosen among, with one seed, on the monitoring part
  --seeds <list>    seeds (default: 0,1,2); of an arm that has seeds of its own, those of them (default: all of them)
  --tokens <n>      model tokens of a core arm instead of ${CORE_TOKENS}; the others' shrink with it
  --limit <n>       questions to evaluate with (default: all)
  --quick           a trial of the whole path: --tokens 20000 --limit 8
  --runs <dir>      where runs stand (default: runs/experiments)
  --results <dir>   where summaries go (default: flows/experiments/results; with --tokens, --limit or --quick RUNS/results)
  --report          write tables, plots and results.json of what is finished, and run nothing
  --docs <dir>      where these go (default: docs; with --tokens, --limit or --quick RUNS/docs)
  --list            say what there is to do, and do nothing
  --help            say this

Exit code: 0 if all runs are finished, 1 if some cannot be made or failed, 2 for other options, 130 if it was interrupted.
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const asked = optionsOf(args);
  if (typeof asked === "string") {
    process.stderr.write(`experiments: ${asked}\n\n${usage}`);
    return 2;
  }
  if (asked.help) {
    process.stdout.write(usage);
    return 0;
  }
  const { jobs, runs, results, list } = asked;
  if (list) {
    for (const job of jobs)
      console.log(`${nameOf(job).padEnd(24)} ${stateOf(job, results).padEnd(9)} ${about(job)}`);
    return 0;
  }
  if (asked.report) {
    const summaries = jobs.flatMap((job) => finished(job, results) ?? []);
    const chosen = arms.filter(({ name }) => jobs.some(({ arm }) => arm.name === name));
    const all = comparisons.filter(({ terms }) =>
      Object.keys(terms).every((name) => chosen.some((arm) => arm.name === name)),
    );
    const report = reportOf(chosen, all, summaries, [tunedRates(results)]);
    for (const path of writeReport(report, asked.docs)) console.log(path);
    return 0;
  }
  let failed = 0;
  for (const [i, job] of jobs.entries()) {
    if (finished(job, results) !== undefined) continue;
    const where = `${nameOf(job)} (${i + 1} of ${jobs.length})`;
    const obstacle = obstacleOf(job, root);
    if (obstacle !== undefined) {
      failed += 1;
      console.error(`experiments: ${where} cannot be run: ${obstacle}`);
      continue;
    }
    try {
      const summary = await runJob(job, runs, (text) => console.error(`\n${where}\n${text}`));
      console.log(`${where}: ${writeSummary(summary, results)}`);
    } catch (error) {
      if (!(error instanceof Failed || error instanceof RecordError)) throw error;
      console.error(`experiments: ${where}: ${error.message}`);
      if (error instanceof Failed && error.isInterrupted) return 130;
      failed += 1;
    }
  }
  const said = await tellEpisodes(jobs, runs, results);
  return said > 0 ? said : failed === 0 ? 0 : 1;
}

/** Adds to summaries the episodes that are told, where they are still to be told. @returns the exit code */
async function tellEpisodes(jobs: readonly Job[], runs: string, results: string): Promise<number> {
  let code = 0;
  for (const pair of told) {
    const [before, after] = [pair.before, pair.after].map((name) => firstFinished(name, jobs, results));
    if (before === undefined || after === undefined || after.summary.told !== undefined) continue;
    const where = nameOf(after.job);
    try {
      const found = await retell(before, after, runs, (text) => console.error(`\n${where}, told\n${text}`));
      if (typeof found === "string") {
        console.error(`experiments: ${where} cannot be told: ${found}`);
        continue;
      }
      console.log(`${where}, told: ${writeSummary({ ...after.summary, told: found }, results)}`);
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      console.error(`experiments: ${where}: ${error.message}`);
      if (error.isInterrupted) return 130;
      code = 1;
    }
  }
  return code;
}

/** The first run of an arm that is finished. */
function firstFinished(name: string, jobs: readonly Job[], results: string): Finished | undefined {
  for (const job of jobs) {
    const summary = job.arm.name === name ? finished(job, results) : undefined;
    if (summary !== undefined) return { job, summary };
  }
  return undefined;
}

function stateOf(job: Job, results: string): string {
  if (finished(job, results) !== undefined) return "finished";
  return obstacleOf(job, root) === undefined ? "to do" : "cannot";
}

function about({ arm }: Job): string {
  const cost = arm.settings === null ? "" : `, ${(arm.tokens / 1e6).toFixed(2)} M tokens`;
  return `${arm.part}, ${arm.base}: ${arm.what}${cost}`;
}

interface Asked {
  readonly help: boolean;
  readonly list: boolean;
  readonly jobs: readonly Job[];
  readonly runs: string;
  readonly results: string;
  readonly report: boolean;
  readonly docs: string;
}

/** What was asked for, or what is wrong with it. */
function optionsOf(args: string[]): Asked | string {
  let values: ReturnType<typeof parsed>;
  try {
    values = parsed(args);
  } catch (error) {
    return (error as Error).message;
  }
  const {
    quick = false,
    help = false,
    list = false,
    report = false,
    runs = join(root, "runs/experiments"),
  } = values;
  const tokens = count(values.tokens ?? (quick ? "20000" : undefined));
  const limit = count(values.limit ?? (quick ? "8" : undefined));
  const seeds = values.tuning === true ? [0] : values.seeds?.split(",").map(Number);
  if (Number.isNaN(tokens) || Number.isNaN(limit)) return "--tokens and --limit take a whole number above 0";
  if (seeds?.some((seed) => !Number.isSafeInteger(seed) || seed < 0))
    return "--seeds takes numbers, e.g. 0,1,2";
  const only = values.only?.split(",");
  const among = values.tuning === true ? tuning : arms;
  const jobs = jobsOf(among, {
    ...(only === undefined ? {} : { only }),
    ...(seeds === undefined ? {} : { seeds }),
    ...(tokens === undefined ? {} : { tokens: { core: tokens, of: CORE_TOKENS } }),
    ...(limit === undefined ? {} : { limit }),
  });
  if (typeof jobs === "string")
    return `there is no arm ${jobs}; there are ${among.map(({ name }) => name).join(", ")}`;
  const isTrial = tokens !== undefined || limit !== undefined;
  const results =
    values.results ?? (isTrial ? join(runs, "results") : join(root, "flows/experiments/results"));
  const docs = values.docs ?? (isTrial ? join(runs, "docs") : join(root, "docs"));
  return { help, list, report, jobs, runs, results, docs };
}

function parsed(args: string[]) {
  return parseArgs({
    args,
    options: {
      only: { type: "string" },
      seeds: { type: "string" },
      tokens: { type: "string" },
      limit: { type: "string" },
      quick: { type: "boolean" },
      tuning: { type: "boolean" },
      runs: { type: "string" },
      results: { type: "string" },
      docs: { type: "string" },
      report: { type: "boolean" },
      list: { type: "boolean" },
      help: { type: "boolean" },
    },
  }).values;
}

function count(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return /^[1-9]\d*$/u.test(text) ? Number(text) : Number.NaN;
}

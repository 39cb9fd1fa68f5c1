import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { EpisodeLog } from "../../runtime/search/index.js";
import { MusiqueSimulator, questionOf, readMusique } from "../../runtime/simulator/index.js";
import { files } from "./arms.js";
import { questionsToTell } from "./choose-questions.js";
import { rightOf, type ToldEpisode, type ToldQuestion, toldEpisode } from "./episodes.js";
import { flowc, root, shown } from "./flowc.js";
import type { Job } from "./jobs.js";
import { adaptersOf, Failed, folderOf } from "./run-job.js";
import type { Summary } from "./summary.js";

/** A finished run. */
export interface Finished {
  readonly job: Job;
  readonly summary: Summary;
}

/** Figures of summaries have four places. */
const NEAR = 1e-4;

/**
 * Plays the questions that are told of a run once more, recorded, as the run left its flow and as another run did before it.
 *
 * @param runs where runs stand
 * @param say is told of each command before it runs
 * @returns what the run's summary is to hold, or why it cannot be told
 * @throws Failed
 */
export async function retell(
  before: Finished,
  after: Finished,
  runs: string,
  say: (text: string) => void,
): Promise<readonly ToldQuestion[] | string> {
  const gone = [before, after]
    .flatMap(({ job }) => adaptersOf(job, runs) ?? [])
    .find((adapters) => !existsSync(adapters));
  if (gone !== undefined) return `${gone} is missing, with which it would be played again`;
  const chosen = questionsToTell(before.summary, after.summary);
  if (chosen.length === 0) return [];
  const folder = join(folderOf(after.job, runs), "episodes");
  mkdirSync(folder, { recursive: true });
  const data = join(folder, "questions.jsonl");
  writeFileSync(
    data,
    linesOf(join(root, after.summary.evaluation.data), new Set(chosen.map(({ id }) => id))),
  );
  const musique = new MusiqueSimulator(await readMusique(data), undefined, data);

  const played = async (
    name: string,
    { job, summary }: Finished,
  ): Promise<ReadonlyMap<string, ToldEpisode>> => {
    const record = join(folder, `${name}.jsonl`);
    const adapters = adaptersOf(job, runs);
    const args = [
      ...["eval", join(root, files[job.arm.part].flow), "--data", data],
      ...["--model", join(root, "flows/base", job.arm.base), "--record", record, "--force"],
      ...(adapters === undefined ? [] : ["--adapters", adapters]),
    ];
    say(`$ ${shown(args)}`);
    const code = await flowc(args);
    if (code !== 0) throw new Failed(shown(args), code);
    const lines = readFileSync(record, "utf8")
      .split("\n")
      .filter((line) => line !== "");
    return new Map(
      lines.map((line) => {
        const log = JSON.parse(line) as EpisodeLog;
        const { metrics } = musique.judge(log.task, log.result);
        check(summary, log.task.id, metrics);
        return [log.task.id, toldEpisode(log, musique.row(log.task)!, metrics)] as const;
      }),
    );
  };
  const [old, now] = [await played("before", before), await played("after", after)];
  return chosen.map(({ id, kind }) => {
    const rows = musique.tasks.filter((task) => questionOf(task.id) === id);
    return {
      ...{ id, kind, question: musique.row(rows[0]!)!.question },
      rows: rows.map((task) => ({
        ...rightOf(musique.row(task)!),
        ...{ before: old.get(task.id)!, after: now.get(task.id)! },
      })),
    };
  });
}

/** @throws Error if an episode is not the one that a summary counts: another engine, or other code, has other rounding */
function check({ evaluation }: Summary, task: string, metrics: ToldEpisode["metrics"]): void {
  const at = evaluation.ids.indexOf(questionOf(task));
  for (const name of ["answer_f1", "support_f1"]) {
    const figure = metrics[name];
    if (figure === undefined || Math.abs(figure - evaluation.columns[name]![at]!) <= NEAR) continue;
    throw new Error(`${task} has ${name} ${figure} when it is played again; its summary has another`);
  }
}

/** The lines of a data file that are of these questions, as they stand there. */
function linesOf(path: string, ids: ReadonlySet<string>): string {
  const lines = gunzipSync(readFileSync(path)).toString("utf8").split("\n");
  const isChosen = (line: string) => line !== "" && ids.has((JSON.parse(line) as { readonly id: string }).id);
  return lines
    .filter(isChosen)
    .map((line) => `${line}\n`)
    .join("");
}

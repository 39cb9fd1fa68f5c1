import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { RunLock } from "../../runtime/record/index.js";
import { type Arm, files } from "./arms.js";
import { codeOf, commitOf, flowc, machineOf, root, shown } from "./flowc.js";
import { identityOf, type Job, nameOf, settingsText } from "./jobs.js";
import { readScores, readTrainings } from "./read-run.js";
import type { Columns, Summary } from "./summary.js";

/** Agents whose adapters are there to be switched on. */
const AGENTS = ["query", "relevant", "enough", "draft", "final"];

/** A command that did not end well. */
export class Failed extends Error {
  constructor(
    command: string,
    readonly code: number,
  ) {
    super(`${command} ended with exit code ${code}`);
  }

  /** Whether somebody stopped it, by Ctrl-C or a kill that can be caught. */
  get isInterrupted(): boolean {
    return this.code === 130 || this.code === 143;
  }
}

/** Milliseconds between two looks at whether a process has ended. */
const LOOK = 500;

/**
 * Trains and evaluates, or goes on with what an earlier call had to leave: a run that is complete is not made again, nor
 * an evaluation that was written. A training that outlived its queue, which was killed, is waited for.
 *
 * @param runs where runs stand, each in a folder that names all that it depends on
 * @param say is told of each command before it runs, and of what is waited for
 * @throws Failed
 * @throws RecordError `busy` if another queue is at it
 */
export async function runJob(job: Job, runs: string, say: (text: string) => void): Promise<Summary> {
  const folder = folderOf(job, runs);
  const lock = RunLock.take(folder);
  try {
    return await runIn(folder, job, say);
  } finally {
    lock.release();
  }
}

/** Where a run stands: its name says all that it depends on. */
export function folderOf(job: Job, runs: string): string {
  return join(runs, `${nameOf(job)}-${identityOf(job)}`);
}

/** Where the adapters stand that a run ends with; undefined of one that trains none. */
export function adaptersOf(job: Job, runs: string): string | undefined {
  const last = trainingsOf(job.arm).at(-1);
  return last === undefined ? undefined : join(folderOf(job, runs), last.name, "adapters");
}

/** The trainings of an arm, one after another: the folder of each in that of its run, and the agent that it is of, if of one. */
function trainingsOf({
  settings,
  stages,
}: Arm): readonly { readonly name: string; readonly agent?: string }[] {
  if (settings === null) return [];
  return stages?.map((agent) => ({ name: `train-${agent}`, agent })) ?? [{ name: "train" }];
}

async function runIn(folder: string, job: Job, say: (text: string) => void): Promise<Summary> {
  const { arm, seed, limit } = job;
  const model = join(root, "flows/base", arm.base);
  const of = files[arm.part];
  const data = of[arm.evaluated ?? "report"];
  const flow = join(root, of.flow);
  const commands: string[] = [];
  const run = async (args: readonly string[], ...last: readonly string[]): Promise<void> => {
    say(`$ ${shown([...args, ...last])}`);
    const code = await flowc([...args, ...last]);
    if (code !== 0) throw new Failed(shown(args), code);
  };

  const train = async (out: string, args: readonly string[]): Promise<void> => {
    for (;;) {
      await ended(out, say);
      try {
        return await run(args, ...(existsSync(out) ? ["--resume"] : []));
      } catch (error) {
        // One that had only been started when its queue was killed takes the run when it has read its files.
        if (!(error instanceof Failed) || error.isInterrupted || RunLock.holder(out) === undefined)
          throw error;
      }
    }
  };

  const trainings: string[] = [];
  const adapters = () => (trainings.length === 0 ? [] : ["--adapters", join(trainings.at(-1)!, "adapters")]);
  const config = join(folder, "settings.yaml");
  if (arm.settings !== null) writeFileSync(config, settingsText(job, root));
  for (const { name, agent } of trainingsOf(arm)) {
    const out = join(folder, name);
    const args = [
      ...["train", flow, "--data", join(root, of.train), "--held-out", join(root, of.monitor)],
      ...["--model", model, "--config", config, "--out", out, ...adapters()],
      ...(agent === undefined ? [] : ["--agents", agent]),
    ];
    commands.push(shown(args));
    await train(out, args);
    trainings.push(out);
  }

  const evaluate = async (out: string, agents?: string): Promise<ReturnType<typeof readScores>> => {
    const args = [
      ...["eval", flow, "--data", join(root, data), "--model", model, "--out", out],
      ...adapters(),
      ...(agents === undefined ? [] : ["--agents", agents]),
      ...(limit === undefined ? [] : ["--limit", String(limit)]),
    ];
    commands.push(shown(args));
    // It is written last of all.
    if (!existsSync(join(out, "eval.json"))) await run(args, "--force");
    return readScores(out);
  };
  const { ids, columns } = await evaluate(join(folder, "eval"));
  const alone: Record<string, Columns> = {};
  for (const agent of arm.alone === true ? AGENTS : [])
    alone[agent] = (await evaluate(join(folder, "alone", agent), agent)).columns;

  return {
    arm,
    seed,
    ...(limit === undefined ? {} : { limit }),
    identity: identityOf(job),
    commands,
    commit: commitOf(),
    code: codeOf(),
    machine: machineOf(),
    ...readTrainings(trainings),
    evaluation: { data, ids, columns },
    ...(arm.alone === true ? { alone } : {}),
  };
}

/** Waits until nobody writes to a run any more. */
async function ended(out: string, say: (text: string) => void): Promise<void> {
  let told: number | undefined;
  for (let holder = RunLock.holder(out); holder !== undefined; holder = RunLock.holder(out)) {
    if (holder !== told) {
      const advice = `kill -INT ${holder} ends it at its next round`;
      say(
        `waiting for process ${holder}, which still trains in ${out} since its queue was killed; ${advice}`,
      );
    }
    told = holder;
    await sleep(LOOK);
  }
}

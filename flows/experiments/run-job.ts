import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { files } from "./arms.js";
import { commitOf, flowc, machineOf, root, shown } from "./flowc.js";
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
}

/**
 * Trains and evaluates, or goes on with what an earlier call had to leave: a run that is complete is not made again, nor
 * an evaluation that was written.
 *
 * @param runs where runs stand, each in a folder that names all that it depends on
 * @param say is told of each command before it runs
 * @throws Failed
 */
export async function runJob(job: Job, runs: string, say: (text: string) => void): Promise<Summary> {
  const { arm, seed, limit } = job;
  const identity = identityOf(job);
  const folder = join(runs, `${nameOf(job)}-${identity}`);
  const model = join(root, "flows/base", arm.base);
  const of = files[arm.part];
  const flow = join(root, of.flow);
  const commands: string[] = [];
  const run = async (args: readonly string[], ...last: readonly string[]): Promise<void> => {
    say(shown([...args, ...last]));
    const code = await flowc([...args, ...last]);
    if (code !== 0) throw new Failed(shown(args), code);
  };

  mkdirSync(folder, { recursive: true });
  const trainings: string[] = [];
  const adapters = () => (trainings.length === 0 ? [] : ["--adapters", join(trainings.at(-1)!, "adapters")]);
  const config = join(folder, "settings.yaml");
  if (arm.settings !== null) writeFileSync(config, settingsText(job, root));
  for (const agent of arm.settings === null ? [] : (arm.stages ?? [undefined])) {
    const out = join(folder, agent === undefined ? "train" : `train-${agent}`);
    const args = [
      ...["train", flow, "--data", join(root, of.train), "--held-out", join(root, of.monitor)],
      ...["--model", model, "--config", config, "--out", out, ...adapters()],
      ...(agent === undefined ? [] : ["--agents", agent]),
    ];
    commands.push(shown(args));
    await run(args, ...(existsSync(out) ? ["--resume"] : []));
    trainings.push(out);
  }

  const evaluate = async (out: string, agents?: string): Promise<ReturnType<typeof readScores>> => {
    const args = [
      ...["eval", flow, "--data", join(root, of.report), "--model", model, "--out", out],
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
    identity,
    commands,
    commit: commitOf(),
    machine: machineOf(),
    ...readTrainings(trainings),
    evaluation: { data: of.report, ids, columns },
    ...(arm.alone === true ? { alone } : {}),
  };
}

import { spawn } from "node:child_process";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/*
 * The project's main job from end to end, by the commands that a user would type: compile the flow, evaluate the weak
 * base model, train it, report on that, evaluate it again, and say what it gained.
 */

const usage = `Usage: npm run quickstart -- [options]

Options:
  --episodes <n>  episodes to train for (default: 240)
  --limit <n>     questions to evaluate with (default: 500)
  --out <dir>     where everything is written (default: runs/quickstart)
  --seed <s>      keys every random number of the training (default: 0)
  --help          say this
`;

const values = optionsOf(process.argv.slice(2));
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const flow = join(root, "flows/musique-answerable.flow");
const model = join(root, "flows/base/weak");
const out = values.out;
const began = performance.now();

const asked = [
  "--data",
  join(root, "flows/data/monitor.jsonl.gz"),
  "--model",
  model,
  "--limit",
  values.limit,
];
// What an earlier quickstart left there, and nothing else that --out may hold.
for (const own of ["flow", "before", "train", "after", "summary.json"]) {
  rmSync(join(out, own), { recursive: true, force: true });
}
await flowc("compile", flow, "--out", join(out, "flow"));
await flowc("eval", flow, ...asked, "--out", join(out, "before"));
await flowc(
  "train",
  flow,
  ...["--data", join(root, "flows/data/train.jsonl.gz"), "--model", model, "--out", join(out, "train")],
  ...["--config", join(root, "flows/quickstart.yaml"), "--episodes", values.episodes, "--seed", values.seed],
);
await flowc("report", join(out, "train"));
await flowc(
  "eval",
  flow,
  ...asked,
  ...[
    "--adapters",
    join(out, "train/adapters"),
    "--out",
    join(out, "after"),
    "--against",
    join(out, "before"),
  ],
);

interface Evaluation {
  readonly questions: number;
  readonly answer_f1: number;
  readonly answer_em: number;
  readonly support_f1: number;
  readonly gains?: Readonly<
    Record<string, { readonly mean: number; readonly interval: readonly [number, number] }>
  >;
}

const before = read("before");
const after = read("after");
const gain = after.gains?.answer_f1;
if (gain === undefined) throw new Error("the second evaluation was not compared with the first");
const summary = {
  before: before.answer_f1,
  after: after.answer_f1,
  gain: gain.mean,
  gain_ci: gain.interval,
  support_f1: { before: before.support_f1, after: after.support_f1, ...after.gains?.support_f1 },
  questions: after.questions,
  episodes: Number(values.episodes),
  seconds: (performance.now() - began) / 1000,
};
const path = join(out, "summary.json");
writeFileSync(`${path}.tmp`, `${JSON.stringify(summary, null, 2)}\n`);
renameSync(`${path}.tmp`, path);

const shown = (value: number): string => value.toFixed(3);
console.log(`
answer F1 before ${shown(summary.before)}, after ${shown(summary.after)}: gain ${shown(summary.gain)}, \
95 % interval [${gain.interval.map(shown).join(", ")}] over ${summary.questions} questions
${summary.episodes} episodes, ${summary.seconds.toFixed(0)} s in all; written to ${path}`);

/** What was asked for; ends the program with the usage where that is nothing that there is. */
function optionsOf(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        episodes: { type: "string", default: "240" },
        limit: { type: "string", default: "500" },
        out: { type: "string", default: "runs/quickstart" },
        seed: { type: "string", default: "0" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`quickstart: ${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}

/** Runs a command of the checkout, showing what it is and what it says. */
function flowc(...args: readonly string[]): Promise<void> {
  const shownArgs = args.map((arg) => (arg.startsWith(root) ? arg.slice(root.length) : arg));
  console.log(`\n$ flowc ${shownArgs.join(" ")}`);
  const child = spawn(process.execPath, [join(root, "dist/cli/main.js"), ...args], { stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if (code === 0) return resolve();
      console.error(`flowc ${args[0]} ended with ${signal ?? `exit code ${code}`}`);
      process.exit(code ?? 130);
    });
  });
}

function read(name: string): Evaluation {
  return JSON.parse(readFileSync(join(out, name, "eval.json"), "utf8")) as Evaluation;
}

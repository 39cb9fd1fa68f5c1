import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { board, lasting } from "./run-folder.js";
import { contentsOf, jsonLines, musique, type Outcome, root, run, succeeded, weak } from "./support.js";

/** Milliseconds that several processes may take on a machine with other work. */
const PATIENCE = 120_000;

const folder = temporaryFolder();
const data = join(folder, "train.jsonl");
const settings = join(folder, "settings.yaml");
const whole = join(folder, "whole");

writeFileSync(
  data,
  gunzipSync(readFileSync(join(root, "flows/data/train.jsonl.gz")))
    .toString("utf8")
    .split("\n")
    .slice(0, 6)
    .join("\n"),
);
writeFileSync(
  settings,
  `episodes: 6
episodes_per_round: 2
steps_per_round: 1
checkpoint_every: 1
alternatives: { generate: 1, draws: 1, choose: 1, pick: 1 }
adapter: { rank: 2 }
`,
);

/** The arguments of the one training that all of these tests do, whole or in parts. */
function training(out: string, ...more: readonly string[]): readonly string[] {
  const asked = ["--data", data, "--model", weak, "--config", settings, "--seed", "1"];
  return ["train", musique, ...asked, "--out", out, ...more];
}

interface Event {
  readonly type: string;
  readonly round: number;
}

/** Sends a signal as soon as the training has told of an event for which `when` holds. */
function signalAt(signal: NodeJS.Signals, when: (event: Event) => boolean) {
  let sent = false;
  return (stdout: string, kill: (signal: NodeJS.Signals) => void): void => {
    const whole = stdout.slice(0, stdout.lastIndexOf("\n") + 1);
    if (sent || !jsonLines<Event>(whole).some(when)) return;
    sent = true;
    kill(signal);
  };
}

let undisturbed: ReadonlyMap<string, string>;
let told: Outcome;

beforeAll(async () => {
  told = succeeded(await run(training(whole, "--workers", "1", "--json")));
  undisturbed = lasting(whole);
}, PATIENCE);

describe("flowc train", () => {
  it("writes settings, events, metrics, checkpoints and one adapter per agent", () => {
    const agents = ["draft", "enough", "final", "query", "relevant"];
    expect([...contentsOf(whole).keys()]).toEqual([
      ...agents.flatMap((agent) => [
        `adapters/${agent}/adapter_config.json`,
        `adapters/${agent}/adapter_model.safetensors`,
      ]),
      "checkpoints/000002.ckpt",
      "checkpoints/000003.ckpt",
      "events.jsonl",
      "metrics.jsonl",
      "run.json",
      "tensorboard/events.out.tfevents.0000000001.flowc",
      "timings.jsonl",
    ]);
    expect(jsonLines(undisturbed.get("metrics.jsonl")!)).toHaveLength(3);
    const events = jsonLines<Event>(undisturbed.get("events.jsonl")!);
    expect(events.filter(({ type }) => type === "episode")).toHaveLength(6);
    expect(events.filter(({ type }) => type === "update").length).toBeGreaterThan(0);
  });

  it("writes for TensorBoard what stands in the metrics, by episodes", () => {
    const rounds = jsonLines<{ episodes: number; reward: number; agents: Record<string, { loss: number }> }>(
      undisturbed.get("metrics.jsonl")!,
    );
    const steps = board(whole);
    expect(steps.map(([step]) => step)).toEqual([2, 4, 6]);
    for (const [at, [, scalars]] of steps.entries()) {
      const { reward, agents } = rounds[at]!;
      const named = new Map(scalars);
      expect(named.get("reward")).toBe(Math.fround(reward));
      expect(named.has("answer_f1")).toBe(true);
      expect(named.has("totals/savedByPrefix")).toBe(true);
      for (const [agent, { loss }] of Object.entries(agents)) {
        expect(named.get(`agents/${agent}/loss`)).toBe(Math.fround(loss));
      }
    }
  });

  it("tells every event on standard output with --json", () => {
    const events = jsonLines<Event>(told.stdout);
    expect(events.at(0)).toMatchObject({ type: "begin", round: 0, rounds: 3, episodes: 6 });
    expect(events.at(-1)).toMatchObject({ type: "end", rounds: 3, episodes: 6, interrupted: false });
  });

  it("says at its end where the adapters are, and what to run next", () => {
    const adapters = join(whole, "adapters");
    expect(told.stderr).toContain(`the run is complete: 6 episodes; adapters in ${adapters},`);
    expect(told.stderr).toMatch(
      /^Next: flowc eval .*musique-answerable\.flow --data FILE --model .* --adapters /m,
    );
  });

  it("gives the same bytes twice, whatever the number of workers, and with activations computed again", async () => {
    const again = join(folder, "again");
    succeeded(await run(training(again, "--workers", "2", "--activations", "recompute")));
    expect(lasting(again)).toEqual(undisturbed);
  });

  it("gives other bytes with another seed", async () => {
    const other = join(folder, "other");
    succeeded(await run([...training(other, "--workers", "0"), "--seed", "2", "--episodes", "2"]));
    const first = (events: string) => jsonLines<Event>(events).filter(({ round }) => round === 0);
    expect(first(lasting(other).get("events.jsonl")!)).not.toEqual(first(undisturbed.get("events.jsonl")!));
  });

  it("refuses a folder that holds a run already, and leaves it as it was", async () => {
    const { code, stderr } = await run(training(whole));
    expect(stderr).toContain(`${whole}: there is a run in this directory already`);
    expect(code).toBe(1);
    expect(lasting(whole)).toEqual(undisturbed);
  });
});

describe("flowc train --adapters", () => {
  const frozen = join(folder, "frozen.yaml");
  writeFileSync(
    frozen,
    `${readFileSync(settings, "utf8").replace("rank: 2", "rank: 3")}reference: { kind: frozen }\n`,
  );
  const further = (out: string, ...more: readonly string[]) =>
    training(out, "--workers", "0", "--config", frozen, "--adapters", join(whole, "adapters"), ...more);

  it(
    "begins with them and compares with them, and is resumed to the same bytes",
    async () => {
      const [out, killed] = [join(folder, "further"), join(folder, "further-killed")];
      succeeded(await run(further(out)));
      const events = jsonLines<Event & { agent: string; advantage: number }>(
        lasting(out).get("events.jsonl")!,
      ).filter(({ type }) => type === "update");
      const firstOf = (agent: string) => events.find((event) => event.agent === agent);
      for (const agent of new Set(events.map((event) => event.agent))) {
        expect(firstOf(agent)!.advantage).toBe(0);
      }
      const { adapters } = JSON.parse(lasting(out).get("run.json")!);
      expect(Object.keys(adapters)).toEqual(["draft", "enough", "final", "query", "relevant"]);
      // They keep their rank, whatever the settings say of adapters that begin anew.
      expect(JSON.parse(lasting(out).get("adapters/query/adapter_config.json")!).r).toBe(2);
      const watch = signalAt("SIGKILL", ({ type, round }) => type === "update" && round === 1);
      await run(further(killed, "--json"), { watch });
      succeeded(await run(further(killed, "--resume")));
      expect(lasting(killed)).toEqual(lasting(out));
      const others = training(killed, "--workers", "0", "--config", frozen, "--resume");
      const { code, stderr } = await run([...others, "--adapters", join(out, "adapters")]);
      expect(stderr).toContain("the run was made with another adapters.");
      expect(code).toBe(1);
    },
    PATIENCE,
  );

  it("keeps those of agents that are not trained as they are", async () => {
    const out = join(folder, "further-query");
    succeeded(await run(further(out, "--agents", "query")));
    const [before, after] = [undisturbed, lasting(out)];
    for (const name of ["draft", "enough", "final", "relevant"]) {
      const file = `adapters/${name}/adapter_model.safetensors`;
      expect(after.get(file)).toBe(before.get(file));
    }
    const agents = jsonLines<Event & { agent?: string }>(after.get("events.jsonl")!).flatMap(
      ({ type, agent }) => (type === "pair" ? [agent] : []),
    );
    expect(new Set(agents)).toEqual(new Set(["query"]));
  });

  it("must be there of every agent that is trained if the reference is frozen", async () => {
    const { code, stderr } = await run(training(join(folder, "nowhere"), "--config", frozen));
    expect(stderr).toContain(
      "reference.kind is frozen, so --adapters must have an adapter of every agent that is trained; there is none of query",
    );
    expect(code).toBe(1);
    expect(existsSync(join(folder, "nowhere"))).toBe(false);
  });
});

describe("flowc train --held-out", () => {
  const held = join(folder, "held-out.jsonl");
  const evaluating = join(folder, "evaluating.yaml");
  writeFileSync(
    held,
    gunzipSync(readFileSync(join(root, "flows/data/monitor.jsonl.gz")))
      .toString("utf8")
      .split("\n")
      .slice(0, 3)
      .join("\n"),
  );
  writeFileSync(
    evaluating,
    `${readFileSync(settings, "utf8")}evaluation: { every: 1 }\nstrata: even\noptimizer: { kind: adamw, lr: 0.05 }\n`,
  );
  const evaluated = (out: string, ...more: readonly string[]) =>
    training(out, "--workers", "0", "--config", evaluating, "--held-out", held, ...more);

  interface Report {
    readonly type: string;
    readonly rounds: number;
    readonly reward: number;
    readonly best: boolean;
  }

  it(
    "evaluates, keeps the adapters of the best evaluation alone, and is resumed to the same bytes",
    async () => {
      const [out, killed] = [join(folder, "evaluated"), join(folder, "evaluated-killed")];
      const { stderr } = succeeded(await run(evaluated(out)));
      const reports = jsonLines<Report>(lasting(out).get("metrics.jsonl")!).filter(
        ({ type }) => type === "evaluation",
      );
      expect(reports.map(({ rounds }) => rounds)).toEqual([0, 1, 2, 3]);
      const best = reports.findLast((report) => report.best)!;
      const name = `round-00000${best.rounds}`;
      expect(readdirSync(join(out, "best"))).toEqual([name]);
      const { type: _, ...kept } = best;
      expect(JSON.parse(lasting(out).get(`best/${name}/evaluation.json`)!)).toEqual(kept);
      expect(stderr).toContain(
        `best evaluation: reward ${best.reward.toFixed(3)} after round ${best.rounds}; adapters in ${join(out, "best", name)}`,
      );
      expect(stderr).toMatch(
        /^flowc: after round 0: reward 0\.\d{3} ± 0\.\d{3} on 3 held-out tasks, the best so far$/m,
      );
      // What was kept earns what was told.
      const asked = ["eval", musique, "--data", held, "--model", weak, "--workers", "0", "--json"];
      const evaluation = JSON.parse(
        succeeded(await run([...asked, "--adapters", join(out, "best", name)])).stdout,
      );
      expect(0.8 * evaluation.answer_f1 + 0.2 * evaluation.support_f1).toBeCloseTo(best.reward, 9);
      const watch = signalAt("SIGKILL", ({ type, round }) => type === "update" && round === 2);
      await run(evaluated(killed, "--json"), { watch });
      succeeded(await run(evaluated(killed, "--resume")));
      expect(lasting(killed)).toEqual(lasting(out));
      expect(board(killed)).toEqual(board(out));
      const shown = board(out).flatMap(([step, scalars]) => {
        const reward = new Map(scalars).get("held_out/reward");
        return reward === undefined ? [] : [[step, reward]];
      });
      expect(shown).toEqual(reports.map(({ rounds, reward }) => [2 * rounds, Math.fround(reward)]));
    },
    PATIENCE,
  );

  it("says which questions are learned from as well", async () => {
    const out = join(folder, "contaminated");
    const { stderr } = succeeded(
      await run(training(out, "--workers", "0", "--episodes", "2", "--held-out", data)),
    );
    expect(stderr).toMatch(/^flowc: 6 of the questions in .* are learned from as well, e\.g\. 2hop__/m);
  });

  it.each([
    [
      "evaluation: { patience: 2 }",
      "evaluation.patience needs held-out questions to evaluate on; give them with --held-out",
    ],
    ["strata: held-out", "strata: there are no held-out tasks to match"],
    ["strata: { 9hop: 1 }", 'strata: there are no tasks of the stratum "9hop"; there are 2hop'],
  ])("refuses settings that it cannot meet: %s", async (text, message) => {
    const asking = join(folder, "asking.yaml");
    writeFileSync(asking, `${text}\n`);
    const { code, stderr } = await run(training(join(folder, "nowhere"), "--config", asking));
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });
});

describe("an alarm of flowc train", () => {
  it("is told with the agent's name, once it happens and when it has happened twice as often", async () => {
    const out = join(folder, "alarmed");
    const alarming = join(folder, "alarming.yaml");
    writeFileSync(
      alarming,
      `${readFileSync(settings, "utf8")}optimizer: { kind: adamw, lr: 0.5 }\nalarms: { largest_move: 0.01 }\n`,
    );
    const { stderr } = succeeded(await run(training(out, "--workers", "0", "--config", alarming)));
    const events = jsonLines<Event & { agent: string; alarm: { kind: string; move: number } }>(
      lasting(out).get("events.jsonl")!,
    ).filter(({ type, alarm }) => type === "alarm" && alarm.kind === "large-move");
    expect(events.length).toBeGreaterThan(1);
    for (const agent of new Set(events.map((event) => event.agent))) {
      const own = events.filter((event) => event.agent === agent);
      const told = stderr.split("\n").filter((line) => line.startsWith(`flowc: ${agent}, round`));
      expect(told).toHaveLength(1 + Math.floor(Math.log2(own.length)));
      expect(told[0]).toBe(
        `flowc: ${agent}, round ${own[0]!.round}: one step moved a parameter by 0.5, more than alarms.largest_move (0.01); a larger optimizer.alpha or a smaller optimizer.lr moves less`,
      );
      if (own.length > 1) expect(told[1]).toContain("(2 times so far)");
    }
  });
});

describe("flowc train --resume", () => {
  it.each([
    ["while it began", (event: Event) => event.type === "begin"],
    ["in its first round", (event: Event) => event.type === "episode"],
    ["after a checkpoint", (event: Event) => event.type === "checkpoint"],
    ["in its second round", (event: Event) => event.type === "update" && event.round === 1],
  ])("ends where an undisturbed run ends, after kill -9 %s", async (when, at) => {
    const out = join(folder, when.replaceAll(" ", "-"));
    const watch = signalAt("SIGKILL", at);
    const killed = await run(training(out, "--workers", "0", "--json"), { watch });
    expect(killed.code).toBeUndefined();
    succeeded(await run(training(out, "--workers", "0", "--resume")));
    expect(lasting(out)).toEqual(undisturbed);
    expect(board(out)).toEqual(board(whole));
  });

  it("ends where an undisturbed run ends, after Ctrl-C with its exit code and checkpoint", async () => {
    const out = join(folder, "interrupted");
    const watch = signalAt("SIGINT", (event) => event.type === "episode" && event.round === 1);
    const { code, stdout, stderr } = await run(training(out, "--workers", "0", "--json"), { watch });
    expect(code).toBe(130);
    expect(stderr).toContain("stopping after this round");
    expect(jsonLines<Event>(stdout).at(-1)).toMatchObject({ type: "end", rounds: 2, interrupted: true });
    expect(readdirSync(join(out, "checkpoints"))).toEqual(["000001.ckpt", "000002.ckpt"]);
    succeeded(await run(training(out, "--workers", "0", "--resume")));
    expect(lasting(out)).toEqual(undisturbed);
  });

  it("does nothing to a run that is complete", async () => {
    const { stderr } = succeeded(await run(training(whole, "--workers", "0", "--resume")));
    expect(stderr).toContain("the run was complete already: 6 episodes");
    expect(lasting(whole)).toEqual(undisturbed);
  });

  it.each([
    ["another seed", ["--seed", "2"], /another settings\.seed \(1, now 2\)/],
    ["more episodes", ["--episodes", "8"], /another settings\.episodes \(6, now 8\)/],
    ["other agents", ["--agents", "query"], /another agents/],
  ])("refuses %s", async (_, more, message) => {
    const copy = join(folder, `refused-${more[0]}`);
    cpSync(whole, copy, { recursive: true });
    const { code, stderr } = await run([...training(copy, "--workers", "0", "--resume"), ...more]);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(code).toBe(1);
    expect(lasting(copy)).toEqual(undisturbed);
  });

  it("refuses a run that another process is writing to", async () => {
    const copy = join(folder, "busy");
    cpSync(whole, copy, { recursive: true });
    writeFileSync(join(copy, "lock"), `${process.pid}\n`);
    const before = lasting(copy);
    const { code, stderr } = await run(training(copy, "--workers", "0", "--resume"));
    expect(stderr).toContain(`process ${process.pid} is writing to this run`);
    expect(code).toBe(1);
    expect(lasting(copy)).toEqual(before);
  });

  it(
    "goes on from the beginning where it was killed before it had begun",
    async () => {
      const out = join(folder, "lock-alone");
      mkdirSync(out);
      writeFileSync(join(out, "lock"), "");
      succeeded(await run(training(out, "--workers", "1", "--resume")));
      expect(lasting(out)).toEqual(undisturbed);
    },
    PATIENCE,
  );

  it("refuses a folder without a run", async () => {
    const out = join(folder, "nothing");
    const { code, stderr } = await run(training(out, "--workers", "0", "--resume"));
    expect(stderr).toContain("there is no run to resume");
    expect(code).toBe(1);
    expect(existsSync(out)).toBe(false);
  });

  it("refuses a damaged checkpoint", async () => {
    const copy = join(folder, "damaged");
    cpSync(whole, copy, { recursive: true });
    const file = join(copy, "checkpoints/000003.ckpt");
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, bytes.length / 2));
    const { code, stderr } = await run(training(copy, "--workers", "0", "--resume"));
    expect(stderr).toContain(file);
    expect(stderr).toContain("remove it to go on from 000002.ckpt");
    expect(code).toBe(1);
  });
});

describe("flowc train of a flow with records and a judge", () => {
  const flow = join(folder, "judged.flow");
  // Arbitrary, but so that different records name different paragraphs, some of which earn something.
  writeFileSync(
    flow,
    `type Paragraph = { idx: int, title: text, body: text }
type Answer = { answer: text, support: list<int> }
type Note = { sure: bool, why: text }
agent note(question: text, of: text) -> Note(max_tokens: 30) {
  example { question: "Who?", of: "A" } -> { sure: true, why: "a" }
  user """{{ question }} {{ of }}"""
}
judge better(a: text, b: text) -> first | second { user """{{ a }} or {{ b }}""" }
flow judged(question: text, paragraphs: list<Paragraph>) -> Answer {
  let a = note(question, paragraphs[0].title)
  let b = note(question, paragraphs[1].title)
  var taken = a.why
  branch better(a.why, b.why) {
    first -> pass
    second -> set taken = b.why
  }
  return { answer: "", support: [p.idx for p in paragraphs if p.idx % 3 == len(taken) % 3] }
}
`,
  );
  const settings = join(folder, "judged.yaml");
  writeFileSync(
    settings,
    `episodes: 6
episodes_per_round: 3
alternatives: { generate: 3, draws: 8 }
adapter: { rank: 2 }
`,
  );
  const asked = (out: string) => [
    ...["train", flow, "--data", data, "--model", weak, "--config", settings, "--seed", "1"],
    ...["--workers", "1", "--out", out],
  ];

  it(
    "trains the agent, and leaves the judge alone",
    async () => {
      const out = join(folder, "judged");
      succeeded(await run(asked(out)));
      expect(readdirSync(join(out, "adapters"))).toEqual(["note"]);
      const events = jsonLines<{ type: string; agent?: string }>(
        readFileSync(join(out, "events.jsonl"), "utf8"),
      );
      const pairs = events.filter(({ type }) => type === "pair").map(({ agent }) => agent);
      expect(new Set(pairs)).toEqual(new Set(["note"]));
      expect(events.some(({ type, agent }) => type === "update" && agent === "note")).toBe(true);
    },
    PATIENCE,
  );

  it("refuses to train a judge", async () => {
    const { code, stderr } = await run([...asked(join(folder, "no-run")), "--agents", "better"]);
    expect(code).toBe(1);
    expect(stderr).toContain("better is a judge, which is not trained");
  });
});

describe("a flow with effects", () => {
  const beside = temporaryFolder();
  const flow = join(beside, "search.flow");
  writeFileSync(
    flow,
    `type Paragraph = { idx: int, title: text, body: text }
extern effect search(query: text) -> list<int> pure from "./library.ts"
agent query(question: text) -> text(max_tokens: 4) { user """{{ question }}""" }
flow answer(question: text, paragraphs: list<Paragraph>) -> { answer: text, support: list<int> } {
  let said = query(question)
  return { answer: said, support: search(said) + slice([p.idx for p in paragraphs], 0, 0) }
}
`,
  );
  writeFileSync(
    join(beside, "library.ts"),
    `interface Library { readonly ids: readonly number[] }
export const start = ({ paragraphs }: { paragraphs: readonly { idx: number }[] }): Library => ({ ids: paragraphs.map(({ idx }) => idx) });
export const search = (library: Library, { query }: { query: string }) => ({ state: library, result: library.ids.slice(0, query.length % 3) });
`,
  );
  const common = ["--data", data, "--model", weak];

  it(
    "is trained and evaluated only if its module is allowed, by the flag or by the settings",
    async () => {
      const out = join(beside, "run");
      const train = ["train", flow, ...common, "--episodes", "2", "--out", out];
      const refused = await run(train);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain(
        "runs the code of ./library.ts: say --allow-extern if you trust it, or list it under allow_extern in the settings",
      );
      expect(existsSync(join(out, "run.json"))).toBe(false);
      const listing = join(beside, "allowed.yaml");
      writeFileSync(listing, `${readFileSync(settings, "utf8")}allow_extern: ["./library.ts"]\n`);
      succeeded(await run([...train, "--config", listing]));
      const [round] = jsonLines<{ totals: { effects: number } }>(
        readFileSync(join(out, "metrics.jsonl"), "utf8"),
      );
      expect(round!.totals.effects).toBeGreaterThan(0);
      expect(readFileSync(join(out, "run.json"), "utf8")).not.toContain("allow_extern");
      const resume = [...train, "--config", listing, "--resume"];
      succeeded(await run(resume));
      const library = join(beside, "library.ts");
      const code = readFileSync(library, "utf8");
      writeFileSync(library, code.replace("% 3", "% 2"));
      const changed = await run(resume);
      expect(changed.code).toBe(1);
      expect(changed.stderr).toContain("the code of the flow's modules has changed since the run was made");
      writeFileSync(library, code);
      const evaluate = ["eval", flow, ...common, "--limit", "2", "--json"];
      expect((await run(evaluate)).code).toBe(1);
      const listed = succeeded(await run([...evaluate, "--config", listing])).stdout;
      const flagged = succeeded(await run([...evaluate, "--allow-extern"])).stdout;
      const figures = (text: string) => ({ ...JSON.parse(text), seconds: 0 });
      expect(figures(listed)).toEqual(figures(flagged));
    },
    PATIENCE,
  );
});

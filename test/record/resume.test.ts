import { describe, expect, it } from "vitest";
import {
  defaultSettings,
  manifestOf,
  type Settings,
  TabularPolicy,
  type TrainEvent,
  train,
} from "../../runtime/learner/index.js";
import { type Disk, Run } from "../../runtime/record/index.js";
import { retrieveUntilDone } from "../fixtures/machines/flows.js";
import { opinionated } from "../search/support.js";
import { contents, failingDisk, freshDirectory, Killed } from "./support.js";

const world = retrieveUntilDone();
const settings: Settings = {
  ...defaultSettings(),
  episodes: 22,
  episodes_per_round: 4,
  checkpoint_every: 2,
  alternatives: {
    generate: 2,
    choose: "all",
    pick: 2,
    draws: 4,
    share: 0.7,
    adaptive: true,
    tokens_per_episode: 400,
  },
  reference: { kind: "soft", every: 5, mix: 0.5, confidence: 0, gate: true },
  evaluation: { every: 3, tasks: 2 },
};

const manifest = (of: Settings = settings) =>
  manifestOf(world.flow, of, { version: "0", base: "table", data: "three" });

async function begin(directory: string, of: Settings = settings, disk?: Disk): Promise<void> {
  const run = Run.create(directory, manifest(of), disk);
  await train({
    flow: world.flow,
    simulator: world.simulator,
    policy: opinionated(world, 3),
    heldOut: world.simulator,
    settings: of,
    run,
  });
}

async function resume(directory: string, disk?: Disk): Promise<void> {
  const { run, checkpoint } = Run.resume(directory, manifest(), disk);
  await train({
    flow: world.flow,
    simulator: world.simulator,
    policy: opinionated(world, 3),
    heldOut: world.simulator,
    settings,
    run,
    ...(checkpoint === undefined ? {} : { checkpoint }),
  });
}

async function undisturbed(): Promise<ReadonlyMap<string, string>> {
  const directory = freshDirectory();
  await begin(directory);
  return contents(directory);
}

it("ends with the same bytes twice", async () => {
  const files = await undisturbed();
  expect(await undisturbed()).toEqual(files);
  expect([...files.keys()]).toEqual([
    "checkpoints/000004.ckpt",
    "checkpoints/000006.ckpt",
    "events.jsonl",
    "metrics.jsonl",
    "run.json",
  ]);
  expect(files.get("events.jsonl")).toContain('"type":"reference"');
  expect(files.get("metrics.jsonl")).toContain('"type":"evaluation"');
});

it("ends with the same bytes when it is killed at any write and resumed, again and again", async () => {
  const files = await undisturbed();
  const killed = (): never => {
    throw new Killed();
  };
  const counting = failingDisk(Number.POSITIVE_INFINITY, killed);
  await begin(freshDirectory(), settings, counting);
  const operations = counting.operations();
  expect(operations).toBeGreaterThan(30);
  for (let at = 2; at <= operations; at += 1) {
    const directory = freshDirectory();
    await expect(begin(directory, settings, failingDisk(at, killed))).rejects.toThrow(Killed);
    // A second death on the way, at another distance.
    await resume(directory, failingDisk(3 + (at % 11), killed)).catch((error: unknown) => {
      if (!(error instanceof Killed)) throw error;
    });
    await resume(directory);
    expect(contents(directory), `killed at operation ${at}`).toEqual(files);
  }
});

it.each([1, 2, 3, 4, 5])(
  "ends with the same bytes when it is interrupted after round %i and resumed",
  async (rounds) => {
    const directory = freshDirectory();
    const run = Run.create(directory, manifest());
    const controller = new AbortController();
    const summary = await train({
      flow: world.flow,
      simulator: world.simulator,
      policy: opinionated(world, 3),
      heldOut: world.simulator,
      settings,
      run,
      signal: controller.signal,
      onEvent: (event: TrainEvent) => {
        if (event.type === "round" && event.round === rounds - 1) controller.abort();
      },
    });
    expect(summary).toMatchObject({ rounds, episodes: 4 * rounds, interrupted: true });
    expect(Run.resume(directory, manifest()).checkpoint?.round).toBe(rounds);
    await resume(directory);
    expect(contents(directory)).toEqual(await undisturbed());
  },
);

it("ends early where an undisturbed run does when it is killed at any write, and stays at that", async () => {
  const of: Settings = { ...settings, episodes: 60, evaluation: { every: 1, tasks: "all", patience: 4 } };
  const go = async (directory: string, resumed: boolean, disk?: Disk) => {
    const { run, checkpoint } = resumed
      ? Run.resume(directory, manifest(of), disk)
      : { run: Run.create(directory, manifest(of), disk), checkpoint: undefined };
    const rest = checkpoint === undefined ? {} : { checkpoint };
    const policy = opinionated(world, 3);
    return train({ ...world, heldOut: world.simulator, policy, settings: of, run, ...rest });
  };
  const whole = freshDirectory();
  const killed = (): never => {
    throw new Killed();
  };
  const counting = failingDisk(Number.POSITIVE_INFINITY, killed);
  const summary = await go(whole, false, counting);
  expect(summary).toMatchObject({ early: true, interrupted: false });
  expect(summary.rounds).toBeLessThan(15);
  const files = contents(whole);
  expect(await go(whole, true)).toMatchObject({ ...summary, lost: 0 });
  expect(contents(whole)).toEqual(files);
  for (let at = 2; at <= counting.operations(); at += 4) {
    const directory = freshDirectory();
    await expect(go(directory, false, failingDisk(at, killed))).rejects.toThrow(Killed);
    expect(await go(directory, true)).toMatchObject({ early: true, best: summary.best });
    expect(contents(directory), `killed at operation ${at}`).toEqual(files);
  }
});

describe("a run with updates that go wrong", () => {
  /** A gradient is broken, or missing, for some numbers of pairs: the same in a run that is resumed. */
  class Flawed extends TabularPolicy {
    override async gradient(...args: Parameters<TabularPolicy["gradient"]>) {
      const whole = await super.gradient(...args);
      const [, terms] = args;
      if (terms.length % 3 === 0) return { ...whole, gradient: new Map() };
      if (terms.length % 3 === 1) [...whole.gradient.values()][0]![0] = Number.NaN;
      return whole;
    }
  }
  const initial = (_: string, __: unknown, output: string) => output.length;
  const alarmed = (not_finite: "skip" | "stop"): Settings => ({
    ...settings,
    episodes: 32,
    alarms: { largest_move: 0.0005, wealth: 1e-6, no_gradient: 2, not_finite },
  });
  const go = async (directory: string, of: Settings, resumed: boolean, disk?: Disk) => {
    const { run, checkpoint } = resumed
      ? Run.resume(directory, manifest(of), disk)
      : { run: Run.create(directory, manifest(of), disk), checkpoint: undefined };
    const policy = new Flawed({ agents: world.flow.agents, texts: world.texts, initial });
    const rest = checkpoint === undefined ? {} : { checkpoint };
    return train({ ...world, policy, settings: of, run, ...rest });
  };

  it("keeps the same batches and raises the same alarms when it is killed at any write", async () => {
    const of = alarmed("skip");
    const whole = freshDirectory();
    const killed = (): never => {
      throw new Killed();
    };
    const counting = failingDisk(Number.POSITIVE_INFINITY, killed);
    await go(whole, of, false, counting);
    const files = contents(whole);
    for (const kind of ["not-finite", "no-gradient", "wealth", "large-move"]) {
      expect(files.get("events.jsonl"), kind).toContain(`"kind":"${kind}"`);
    }
    expect([...files.keys()].filter((file) => file.startsWith("inspect/")).length).toBeGreaterThan(1);
    for (let at = 2; at <= counting.operations(); at += 3) {
      const directory = freshDirectory();
      await expect(go(directory, of, false, failingDisk(at, killed))).rejects.toThrow(Killed);
      await go(directory, of, true);
      expect(contents(directory), `killed at operation ${at}`).toEqual(files);
    }
  });

  it("goes on where it stopped, to what one has that never stops", async () => {
    const [stopping, whole] = [freshDirectory(), freshDirectory()];
    await go(whole, alarmed("skip"), false);
    let stops = 0;
    let { stopped } = await go(stopping, alarmed("stop"), false);
    while (stopped) {
      stops += 1;
      ({ stopped } = await go(stopping, alarmed("stop"), true));
    }
    expect(stops).toBeGreaterThan(1);
    const files = contents(whole);
    const lasting = [...files.keys()].filter((file) => file.endsWith(".jsonl"));
    expect(lasting.length).toBeGreaterThan(3);
    for (const file of lasting) expect(contents(stopping).get(file)).toBe(files.get(file));
  });
});

it("does not look at the number of workers", async () => {
  const directory = freshDirectory();
  await begin(directory, { ...settings, workers: 7 });
  expect(contents(directory)).toEqual(await undisturbed());
});

it("refuses a checkpoint of other agents or shapes", async () => {
  const directory = freshDirectory();
  await begin(directory);
  const { run, checkpoint } = Run.resume(directory, manifest());
  const smaller = { ...world, texts: new Map([["query", ["a", "b"]]]) };
  const options = { flow: world.flow, simulator: world.simulator, settings, run, checkpoint: checkpoint! };
  await expect(train({ ...options, policy: opinionated(smaller, 3) })).rejects.toThrow(
    /agent query: the row of/,
  );
});

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { unmovedTexts } from "../../cli/support/unmoved.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { board, lasting } from "./run-folder.js";
import {
  contentsOf,
  type Event,
  jsonLines,
  type Outcome,
  run,
  signalAt,
  succeeded,
  weak,
} from "./support.js";
import { data, folder, PATIENCE, settings, training } from "./training.js";

const whole = join(folder, "whole");
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
        `flowc: ${agent}, round ${own[0]!.round}: one step moved a parameter by 0.5, more than alarms.largest_move (0.01); a smaller optimizer.lr moves less`,
      );
      if (own.length > 1) expect(told[1]).toContain("(2 times so far)");
    }
  });
});

describe("agents that learned nothing", () => {
  it("are told apart where their steps were skipped, with where the batches are", () => {
    const out = join(folder, "skipped");
    mkdirSync(join(out, "inspect"), { recursive: true });
    writeFileSync(join(out, "inspect", "round-000000-query.jsonl"), "");
    const told = unmovedTexts({ unmoved: ["query", "answer"] }, {}, { out });
    expect(told).toEqual([
      `nothing was learned by query: all steps were skipped, since their loss was not finite; ${join(out, "inspect")} has the batches`,
      expect.stringMatching(/^nothing was learned by answer: no other output of theirs made a difference/),
    ]);
    expect(unmovedTexts({ unmoved: [] }, {}, { out })).toEqual([]);
  });
});

describe("preferences.flow", () => {
  it("is named where its file is missing", async () => {
    const nowhere = join(folder, "nowhere.yaml");
    const preferences = "preferences: { kind: comparator, flow: no.flow }\n";
    writeFileSync(nowhere, `${readFileSync(settings, "utf8")}${preferences}`);
    const { code, stderr } = await run(training(join(folder, "unheard"), "--config", nowhere));
    expect(stderr).toContain(`preferences.flow is no.flow, but there is no file ${join(folder, "no.flow")}`);
    expect(code).toBe(1);
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

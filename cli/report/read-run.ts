import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RecordError, RunLock } from "../../runtime/record/index.js";
import { EventReader } from "./event-reader.js";
import { fieldsOf, listOf, nameOf, numberOf, numbersOf, textOf } from "./fields.js";
import { asRecordError, type Fields, isFields, readJsonLines } from "./json-lines.js";
import type { AgentRound, Evaluation, RunSummary } from "./run-summary.js";

/**
 * Reads a run's folder, whether the run is over, goes on, or was killed. Nothing is written there.
 *
 * @throws RecordError naming the file that is missing or damaged
 */
export async function readRun(folder: string): Promise<RunSummary> {
  const manifest = readManifest(folder);
  const settings = fieldsOf(manifest, "settings");
  const wanted = numberOf(settings, "episodes");
  if (wanted === undefined) {
    throw new RecordError(
      "damaged",
      join(folder, "run.json"),
      "does not say how many episodes were asked for",
    );
  }
  // Before the logs, so that a run that ends meanwhile is not taken for one that was killed.
  const isWritten = RunLock.holder(folder) !== undefined;
  const rounds = new Rounds(listOf(manifest, "agents"));
  for await (const line of readJsonLines(join(folder, "metrics.jsonl"))) rounds.add(line);
  const events = new EventReader((round) => rounds.episodesAt(round));
  for await (const line of readJsonLines(join(folder, "events.jsonl"))) events.add(line);
  for (const other of rounds.others) events.add(other);
  const timings = new Timings();
  for await (const line of readJsonLines(join(folder, "timings.jsonl"))) timings.add(line);
  const { played } = rounds;
  const endedBy = played >= wanted ? undefined : endOf(rounds, settings);
  const isComplete = played >= wanted || endedBy !== undefined;
  return {
    endedBy,
    monitoring: rounds.monitoring,
    preferences: rounds.preferences,
    evaluations: rounds.evaluations,
    state: isComplete ? "complete" : isWritten ? "running" : "interrupted",
    outOfTime: !isComplete && timings.outOfTime,
    flow: nameOf(textOf(fieldsOf(manifest, "flow"), "name") ?? "a flow without a name"),
    manifest,
    settings,
    isLogged: textOf(manifest, "logged") !== undefined,
    rounds: rounds.count,
    played,
    episodes: wanted,
    episodesPerRound: Math.max(1, numberOf(settings, "episodes_per_round") ?? 1),
    agents: rounds.agents,
    pairs: rounds.sums.get("pairs") ?? 0,
    ties: rounds.sums.get("ties") ?? 0,
    deviations: rounds.sums.get("deviations") ?? 0,
    totals: rounds.totals,
    times: timings.sums,
    memory: timings.memory,
    ...events.found(),
  };
}

/** Which of the settings' other ends a run has come to. */
function endOf({ totals, evaluations }: Rounds, settings: Fields): RunSummary["endedBy"] {
  const tokens = numberOf(settings, "tokens") ?? Number.POSITIVE_INFINITY;
  if ((totals.get("processed") ?? 0) + (totals.get("learned") ?? 0) >= tokens) return "tokens";
  return isOver(evaluations, settings) ? "evaluations" : undefined;
}

/** Whether there have been so many evaluations since the best one that the settings end the run. */
function isOver(evaluations: readonly Evaluation[], settings: Fields): boolean {
  const patience = numberOf(fieldsOf(settings, "evaluation"), "patience") ?? Number.POSITIVE_INFINITY;
  const best = evaluations.findLastIndex((each) => each.best);
  return best >= 0 && evaluations.length - 1 - best >= patience;
}

function readManifest(folder: string): Fields {
  const file = join(folder, "run.json");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTDIR") throw asRecordError(error, file);
    throw new RecordError(
      "missing",
      folder,
      "there is no run in this folder, since it has no run.json",
      error,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RecordError("damaged", file, "is not JSON");
  }
  if (!isFields(value)) throw new RecordError("damaged", file, "is not a JSON object");
  return value;
}

function add(sums: Map<string, number>, name: string, value: number): void {
  sums.set(name, (sums.get(name) ?? 0) + value);
}

/** No flow has as many agents, and no page is read that has more. */
const MOST_AGENTS = 100;

/** The lines of metrics.jsonl, summed up. */
class Rounds {
  readonly agents = new Map<string, AgentRound[]>();
  readonly totals = new Map<string, number>();
  readonly sums = new Map<string, number>();
  readonly preferences = new Map<string, number>();
  monitoring = false;
  readonly evaluations: Evaluation[] = [];
  /** Lines that are of no round. */
  readonly others: Fields[] = [];
  readonly #episodes = new Map<number, number>();
  count = 0;
  played = 0;

  constructor(agents: readonly unknown[]) {
    for (const agent of agents.slice(0, MOST_AGENTS)) {
      if (typeof agent === "string") this.agents.set(nameOf(agent), []);
    }
  }

  add(line: Fields): void {
    const episodes = numberOf(line, "episodes");
    if (textOf(line, "type") === "evaluation") {
      this.evaluations.push(evaluationOf(line));
      return;
    }
    if (textOf(line, "type") !== "round" || episodes === undefined) {
      this.others.push(line);
      return;
    }
    this.count += 1;
    this.played = episodes;
    this.#episodes.set(numberOf(line, "round") ?? this.count - 1, episodes);
    for (const name of ["pairs", "ties", "deviations"]) add(this.sums, name, numberOf(line, name) ?? 0);
    for (const [name, value] of numbersOf(line, "totals")) add(this.totals, name, value);
    for (const [name, value] of numbersOf(line, "preferences")) add(this.preferences, name, value);
    if (line.monitoring === true) this.monitoring = true;
    const agents = fieldsOf(line, "agents");
    for (const agent of Object.keys(agents)) {
      const name = nameOf(agent);
      if (!this.agents.has(name) && this.agents.size >= MOST_AGENTS) continue;
      const rounds = this.agents.get(name) ?? [];
      this.agents.set(name, rounds);
      rounds.push(agentRound(episodes, fieldsOf(agents, agent)));
    }
  }

  /** Episodes played when a round was over; those known last for one that is not. */
  episodesAt(round: number): number {
    return this.#episodes.get(round) ?? this.played;
  }
}

function evaluationOf(fields: Fields): Evaluation {
  return {
    rounds: numberOf(fields, "rounds") ?? 0,
    episodes: numberOf(fields, "episodes") ?? 0,
    tasks: numberOf(fields, "tasks") ?? 0,
    reward: numberOf(fields, "reward"),
    error: numberOf(fields, "error"),
    metrics: numbersOf(fields, "metrics"),
    best: fields.best === true,
    lost: numberOf(fields, "lost") ?? 0,
  };
}

function agentRound(episodes: number, fields: Fields): AgentRound {
  const of = (name: string) => numberOf(fields, name);
  return {
    episodes,
    pairs: of("pairs") ?? 0,
    greedyWon: of("greedyWon"),
    gap: of("gap") ?? 0,
    loss: of("loss"),
    advantage: of("advantage"),
    accuracy: of("accuracy"),
    largestMove: of("largestMove") ?? 0,
  };
}

/** The lines of timings.jsonl, summed up. */
class Timings {
  readonly sums = new Map<string, number>();
  memory: number | undefined;
  outOfTime = false;

  add(line: Fields): void {
    const type = textOf(line, "type");
    if (type === "limit") this.outOfTime = true;
    if (type !== "timing") return;
    for (const name of ["playSeconds", "deviateSeconds", "learnSeconds", "prefilled", "reused"]) {
      add(this.sums, name, numberOf(line, name) ?? 0);
    }
    const memory = numberOf(line, "memory");
    if (memory !== undefined) this.memory = Math.max(memory, this.memory ?? 0);
  }
}

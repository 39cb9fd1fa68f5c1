import { listOf, nameOf, numberOf, numbersOf, textOf, textsOf } from "./fields.js";
import { shortened } from "./html.js";
import { type Fields, isFields } from "./json-lines.js";
import type { Happening, Happenings, Reference, RunSummary, Said, Sample, Series } from "./run-summary.js";

/** So many episodes are shown of the start, and so many of the end. */
const SAMPLES = 4;
/** So many episodes that were played again are kept. */
const MOST_REVISITS = 8;
/** So many happenings of a kind are kept, so many kinds that are not known here, and so many metrics. */
const MOST = 500;
const MOST_KINDS = 50;
const MOST_METRICS = 100;
/** Characters of what is kept of a happening. */
const LONGEST = 300;

type Found = Pick<
  RunSummary,
  | "reward"
  | "metrics"
  | "firstSamples"
  | "lastSamples"
  | "revisits"
  | "alarms"
  | "lost"
  | "references"
  | "others"
>;

/** Takes events.jsonl line by line and keeps what the report shows, so that a long run's log need not be held. */
export class EventReader {
  readonly #episodesAt: (round: number) => number;
  readonly #reward: { at: number[]; values: number[] } = { at: [], values: [] };
  readonly #metrics = new Map<string, { at: number[]; values: number[] }>();
  /** The least number that the next episode can have. */
  #next = 0;
  readonly #first: Sample[] = [];
  #last: Fields[] = [];
  readonly #revisits: Sample[] = [];
  readonly #alarms = new Kind();
  readonly #lost = new Kind();
  readonly #references = new Kind<Reference>();
  readonly #others = new Map<string, Kind>();

  /** @param episodesAt episodes played when a round was over */
  constructor(episodesAt: (round: number) => number) {
    this.#episodesAt = episodesAt;
  }

  add(event: Fields): void {
    const type = textOf(event, "type") ?? "(no type)";
    switch (type) {
      case "episode":
        this.#episode(event);
        break;
      case "revisit":
        if (this.#revisits.length < MOST_REVISITS) this.#revisits.push(sampleOf(event));
        break;
      case "pair":
      case "credit":
      case "update":
        // metrics.jsonl has what they come to.
        break;
      case "alarm":
        this.#alarms.add(happening(event, alarmText(event)));
        break;
      case "lost":
        this.#lost.add(happening(event, lossText(event)));
        break;
      case "reference": {
        const of = happening(event, moveText(event));
        this.#references.add({ ...of, episodes: this.#episodesAt(of.round) });
        break;
      }
      default: {
        const isKnown = this.#others.has(type) || this.#others.size < MOST_KINDS;
        const name = isKnown ? type : "(more types)";
        const kind = this.#others.get(name) ?? new Kind();
        this.#others.set(name, kind);
        const { type: _, round: __, agent: ___, ...rest } = event;
        kind.add(happening(event, JSON.stringify(rest)));
      }
    }
  }

  found(): Found {
    return {
      reward: this.#reward,
      metrics: this.#metrics,
      firstSamples: this.#first,
      lastSamples: this.#last.map(sampleOf),
      revisits: this.#revisits,
      alarms: this.#alarms,
      lost: this.#lost,
      references: this.#references,
      others: this.#others,
    };
  }

  #episode(event: Fields): void {
    const number = numberOf(event, "episode") ?? this.#next;
    // Numbers only grow: windows and axes rely on it.
    const at = Number.isSafeInteger(number) && number >= this.#next ? number : this.#next;
    this.#next = at + 1;
    const reward = numberOf(event, "reward");
    if (reward !== undefined) push(this.#reward, at, reward);
    for (const [name, value] of numbersOf(event, "metrics")) {
      if (!this.#metrics.has(name) && this.#metrics.size === MOST_METRICS) continue;
      const series = this.#metrics.get(name) ?? { at: [], values: [] };
      this.#metrics.set(name, series);
      push(series, at, value);
    }
    if (this.#first.length < SAMPLES) this.#first.push(sampleOf(event));
    else this.#last = [...this.#last, event].slice(-SAMPLES);
  }
}

/** Counts happenings, and keeps the first ones. */
class Kind<One extends Happening = Happening> implements Happenings<One> {
  count = 0;
  readonly first: One[] = [];

  add(one: One): void {
    this.count += 1;
    if (this.first.length < MOST) this.first.push(one);
  }
}

function push(series: { at: number[]; values: number[] } & Series, at: number, value: number): void {
  series.at.push(at);
  series.values.push(value);
}

function happening(event: Fields, what: string): Happening {
  const agent = textOf(event, "agent");
  return {
    round: numberOf(event, "round") ?? 0,
    agent: agent === undefined ? undefined : nameOf(agent),
    what: shortened(what, LONGEST),
  };
}

/** An alarm's kind and its figures. JSON has no number that is not finite: it is null there. */
function alarmText({ alarm }: Fields): string {
  if (!isFields(alarm)) return "an alarm without a kind";
  const { kind, ...figures } = alarm;
  const shown = Object.entries(figures).map(([name, value]) => {
    if (value === null) return `${name} not finite`;
    return `${name} ${typeof value === "number" ? Number(value.toPrecision(3)) : String(value)}`;
  });
  return [String(kind), ...shown].join(", ");
}

function lossText(event: Fields): string {
  const point = textOf(event, "point");
  const where = point === undefined ? "" : ` at ${point}`;
  return `${textOf(event, "task") ?? "an episode"}${where}: ${textOf(event, "problem") ?? "why was not kept"}`;
}

function moveText(event: Fields): string {
  const error = numberOf(event, "relativeError");
  return error === undefined ? "moved" : `moved; relative error of the truncation ${error.toPrecision(2)}`;
}

function sampleOf(event: Fields): Sample {
  return {
    episode: numberOf(event, "episode") ?? 0,
    task: textOf(event, "task") ?? "",
    reward: numberOf(event, "reward") ?? Number.NaN,
    metrics: numbersOf(event, "metrics"),
    asked: textsOf(event, "asked"),
    said: listOf(event, "said").flatMap(saidOf),
    result: event.result === undefined ? undefined : JSON.stringify(event.result),
  };
}

function saidOf(entry: unknown): readonly Said[] {
  if (!Array.isArray(entry)) return [];
  const [point, agent, what]: unknown[] = entry;
  if (typeof point !== "string" || typeof agent !== "string") return [];
  if (typeof what !== "string" && typeof what !== "number") return [];
  return [{ agent: nameOf(agent), path: nameOf(point.slice(point.lastIndexOf("@") + 1)), what }];
}

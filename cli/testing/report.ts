import { renderRemark, type Sources, type TestCase } from "../../compiler/index.js";
import type { Json } from "../../runtime/machine/index.js";
import { shownReply } from "../support/play.js";
import { printable, wantsColor } from "../support/terminal.js";
import type { Difference } from "./differences.js";
import type { Failure, Played } from "./play-test.js";

/** What is shown of a value, a path or a trace. */
const limits = { value: 200, differences: 20, points: 40 } as const;

/** How tests went, for people: a line a test, then what is wrong with those that failed, and a summary. */
export class Report {
  readonly #color = wantsColor(process.stdout);
  readonly #failed: string[] = [];
  #files = 0;
  #passed = 0;

  /** @param speaks false to count only */
  constructor(readonly speaks: boolean) {}

  file(path: string): void {
    this.#files += 1;
    this.#say(printable(path));
  }

  test(test: TestCase, played: Played, sources: Sources): void {
    const passes = played.failures.length === 0;
    const word = passes ? this.#paint("32", "ok    ") : this.#paint("31", "failed");
    this.#say(`  ${word}  ${printable(test.name)}`);
    if (passes) this.#passed += 1;
    else this.#failed.push(this.#account(test, played, sources));
  }

  /**
   * @param broken how many files have errors, so that their tests were not run
   * @returns how many tests there were
   */
  end(milliseconds: number, broken: number): { readonly passed: number; readonly failed: number } {
    for (const each of this.#failed) this.#say(`\n${each}`);
    const passed = this.#passed;
    const failed = this.#failed.length;
    const summary =
      failed === 0
        ? `${count(passed, "test")} passed`
        : `${failed} of ${count(passed + failed, "test")} failed`;
    const errors = broken === 0 ? "" : `, ${count(broken, "file")} not run for errors`;
    const line = `${summary} in ${count(this.#files, "file")}${errors}`;
    const time = `(${(milliseconds / 1000).toFixed(2)} s)`;
    this.#say(`\n${this.#paint(failed + broken === 0 ? "32" : "31", line)} ${time}`);
    return { passed, failed };
  }

  #account({ name }: TestCase, { failures, answers }: Played, sources: Sources): string {
    const parts = failures.map((failure) => {
      const { span, message } = failure;
      const remark = { span, verdict: "failed", tone: "error", message: `${name}: ${message}` } as const;
      return [renderRemark(remark, sources, { color: this.#color }), ...details(failure)].join("\n");
    });
    const shown = answers.slice(-limits.points);
    const trace = shown.map(({ id, reply }) => `    ${id} ${short(shownReply(reply))}`);
    const heading = shown.length < answers.length ? `the last ${shown.length} answers` : "answers";
    const told = answers.length === 0 ? [] : [this.#paint("2", [`  ${heading}`, ...trace].join("\n"))];
    return [...parts, ...told].join("\n");
  }

  #paint(code: string, text: string): string {
    return this.#color ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  #say(line: string): void {
    if (this.speaks) process.stdout.write(`${line}\n`);
  }
}

/** Lines that show what was expected, and what was found. */
function details({ differences = [], points }: Failure): readonly string[] {
  if (points !== undefined) return pathLines(points.expected, points.found);
  const shown = differences.slice(0, limits.differences).flatMap(differenceLines);
  const left = differences.length - limits.differences;
  return left > 0 ? [...shown, `  and ${count(left, "difference")} more`] : shown;
}

function differenceLines({ path, expected, found }: Difference): readonly string[] {
  const where = path === "" ? [] : [`  at ${printable(path)}`];
  return [...where, `    expected ${shown(expected)}`, `    found    ${shown(found)}`];
}

function shown(value: Json | undefined): string {
  return value === undefined ? "nothing" : short(JSON.stringify(value));
}

function short(text: string): string {
  const whole = printable(text);
  return whole.length > limits.value ? `${whole.slice(0, limits.value)}...` : whole;
}

/** What both have at their ends is left out, but for the lines around. */
function pathLines(expected: readonly string[], found: readonly string[]): readonly string[] {
  let same = 0;
  while (same < expected.length && expected[same] === found[same]) same++;
  const rest = (points: readonly string[]) => {
    const left = points.slice(same, same + limits.points);
    return left.length === 0 ? ["the end"] : left;
  };
  return [
    ...(same === 0 ? [] : [`  after ${expected[same - 1]}`]),
    ...rest(expected).map((each) => `    expected ${each}`),
    ...rest(found).map((each) => `    found    ${each}`),
  ];
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** One test for programs. Lines and columns count from 1, the end is exclusive. */
export function testJson({ name, flow, span }: TestCase, played: Played, sources: Sources): object {
  return {
    file: sources.main.file,
    name,
    flow,
    ...sources.positionAt(span.start),
    ok: played.failures.length === 0,
    failures: played.failures.map(({ span, ...failure }) => ({
      ...failure,
      file: sources.at(span.start).file,
      start: sources.positionAt(span.start),
      end: sources.positionAt(span.end),
    })),
    answers: played.answers,
    milliseconds: Math.round(played.milliseconds * 1000) / 1000,
  };
}

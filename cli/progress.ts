import type { WriteStream } from "node:tty";
import { printable } from "./support/terminal.js";

/** How far a long piece of work is, with its rate and the time left, on standard error. */
export interface Progress {
  /** @param done items finished so far; @param note a short figure to show, e.g. the mean reward. */
  update(done: number, note?: string): void;
  /** Ends the line; call it on every way out. */
  finish(): void;
}

/** A live line is redrawn this often (ms); a plain log line is written this often where nobody watches. */
const LIVE_EVERY = 200;
const PLAIN_EVERY = 10_000;
/** Shorter work than this (ms) shows nothing. */
const QUIET_FOR = 1_000;

/**
 * @param label what is being done, e.g. `eval`
 * @param total items in all
 * @param unit plural name of an item, e.g. `questions`
 * @param from items that were done before, by a run that is taken up again: they count for no rate
 */
export function startProgress(
  label: string,
  total: number,
  unit: string,
  stream: WriteStream | NodeJS.WritableStream = process.stderr,
  from = 0,
  now: () => number = () => performance.now(),
): Progress {
  const live = "isTTY" in stream && stream.isTTY === true && !process.env.CI;
  const began = now();
  let shown = began;
  let drawn = false;
  return {
    update(done, note) {
      const time = now();
      if (time - began < QUIET_FOR || (time - shown < (live ? LIVE_EVERY : PLAIN_EVERY) && done < total))
        return;
      shown = time;
      const rate = (done - from) / ((time - began) / 1000);
      const left = rate > 0 ? ` ${duration((total - done) / rate)} left` : "";
      const line = printable(
        `${label} ${done}/${total} ${unit} ${rate.toFixed(1)}/s${left}${note ? `  ${note}` : ""}`,
      );
      // A line that is broken by the terminal could not be drawn over.
      const width = "columns" in stream && stream.columns > 0 ? stream.columns - 1 : line.length;
      stream.write(live ? `\r\x1b[2K${line.slice(0, width)}` : `${line}\n`);
      drawn = live;
    },
    finish() {
      if (drawn) stream.write("\n");
      drawn = false;
    },
  };
}

/** Seconds as `42s`, `3m05s` or `1h07m`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m${String(whole % 60).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, "0")}m`;
}

import { Writable } from "node:stream";
import { afterEach, expect, it, vi } from "vitest";
import { startProgress } from "../../cli/progress.js";

/** A stream that remembers what is written to it, as a terminal of some width or as a pipe. */
function screen(columns?: number) {
  let written = "";
  const pipe = new Writable({
    write(chunk: Buffer, _, done) {
      written += chunk.toString("utf8");
      done();
    },
  });
  const stream = Object.assign(pipe, columns === undefined ? {} : { isTTY: true, columns });
  return { stream, written: () => written };
}

afterEach(() => vi.unstubAllEnvs());

it("redraws one line on a terminal: how far, how fast, how long yet, and what the work says", () => {
  vi.stubEnv("CI", "");
  const { stream, written } = screen(80);
  let now = 0;
  const progress = startProgress("train", 240, "episodes", stream, 0, () => now);
  progress.update(8, "too early");
  now = 10_000;
  progress.update(80, "reward 0.512, 301 pairs");
  progress.finish();
  expect(written()).toBe("\r\x1b[2Ktrain 80/240 episodes 8.0/s 20s left  reward 0.512, 301 pairs\n");
});

it("keeps within the terminal's width, since a broken line could not be drawn over", () => {
  vi.stubEnv("CI", "");
  const { stream, written } = screen(30);
  let now = 0;
  const progress = startProgress("train", 240, "episodes", stream, 0, () => now);
  now = 10_000;
  progress.update(80, "reward 0.512, 301 pairs");
  expect(written()).toBe("\r\x1b[2Ktrain 80/240 episodes 8.0/s 2");
});

it("counts for the rate only what was done since it was taken up again", () => {
  const { stream, written } = screen();
  let now = 0;
  const progress = startProgress("train", 240, "episodes", stream, 160, () => now);
  now = 20_000;
  progress.update(200);
  expect(written()).toBe("train 200/240 episodes 2.0/s 20s left\n");
});

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reportPage } from "../../cli/report/page.js";
import { readRun } from "../../cli/report/read-run.js";
import { Browser, chromium, type Look, type Page } from "../support/browser.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { episode, recordRun, round, writeRun } from "./support.js";

const why =
  chromium === undefined
    ? " (skipped: there is no Chromium on this machine; the variable CHROMIUM may name one)"
    : "";

const folder = temporaryFolder();

async function written(run: string): Promise<string> {
  const file = join(run, "report.html");
  writeFileSync(file, reportPage(await readRun(run), "first"));
  return file;
}

const LOOKS: readonly Look[] = [360, 1280].flatMap((width) =>
  (["light", "dark"] as const).map((scheme) => ({ width, scheme })),
);

/** What must hold of every page: it fits, is readable, asks for nothing and complains about nothing. */
async function expectSound(page: Page, { width, scheme }: Look): Promise<void> {
  expect(page.messages).toEqual([]);
  expect(page.requests).toHaveLength(1);
  expect(page.requests[0]).toMatch(/^file:.*report\.html$/);
  // Whatever sticks out to the right, named, so that a failure tells where to look.
  const outside = await page.evaluate<readonly string[]>(`[...document.querySelectorAll("body *")]
    .filter((each) => each.getBoundingClientRect().right > ${width} + 0.5 && each.getClientRects().length > 0)
    .map((each) => each.outerHTML.slice(0, 200))`);
  expect(outside).toEqual([]);
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
  const [paper, ink] = await page.evaluate<readonly [string, string]>(
    "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]",
  );
  expect(contrast(paper, ink)).toBeGreaterThan(10);
  expect(luminance(paper) > 0.5).toBe(scheme === "light");
  const faint = await page.evaluate<string>(
    'getComputedStyle(document.querySelector(".about, .notice")).color',
  );
  expect(contrast(paper, faint)).toBeGreaterThan(4.5);
  const small = await page.evaluate<readonly string[]>(`[...document.querySelectorAll("svg text")]
    .filter((each) => each.getClientRects().length > 0 && each.getBoundingClientRect().height < 10)
    .map((each) => each.outerHTML)`);
  expect(small).toEqual([]);
}

/** Relative luminance and contrast as WCAG 2 has them. */
function luminance(color: string): number {
  const [r, g, b] = color.match(/[\d.]+/g)!.map((part) => {
    const value = Number(part) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}

describe.skipIf(chromium === undefined)(`the page of a run, in a browser${why}`, () => {
  let browser: Browser;
  beforeAll(() => {
    browser = Browser.start(chromium!);
  });
  afterAll(() => browser.close());

  describe("that is complete", () => {
    const whole = join(folder, "whole");
    let file: string;
    beforeAll(async () => {
      await recordRun(whole);
      file = await written(whole);
    });

    it.each(LOOKS)("fits, is readable and asks for nothing at $width pixels, $scheme", async (look) => {
      await expectSound(await browser.open(file, look), look);
    });

    it.each(LOOKS)("shows curves with their bands and axes at $width pixels, $scheme", async (look) => {
      const page = await browser.open(file, look);
      const shown = await page.evaluate<{ charts: number; bands: number; heroes: number; hero: number }>(`({
        charts: [...document.querySelectorAll(".charts svg")].filter((svg) => svg.clientWidth > 200).length,
        bands: [...document.querySelectorAll("#curves .band")].length,
        heroes: [...document.querySelectorAll(".hero svg")].filter((svg) => svg.clientWidth > 0).length,
        hero: Math.max(...[...document.querySelectorAll(".hero svg")].map((svg) => svg.clientWidth)),
      })`);
      expect(shown.charts).toBeGreaterThan(6);
      expect(shown.bands).toBeGreaterThan(0);
      // Drawn for wide and for narrow screens, of which one is seen.
      expect(shown.heroes).toBe(1);
      expect(shown.hero).toBeGreaterThan(look.width === 360 ? 300 : 900);
      const line = await page.evaluate<string>('getComputedStyle(document.querySelector(".line")).stroke');
      const paper = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
      expect(contrast(line, paper)).toBeGreaterThan(3);
    });

    it("says what the run's files say", async () => {
      const page = await browser.open(file, { width: 1280, scheme: "light" });
      const run = await readRun(whole);
      const text = await page.evaluate<string>("document.body.innerText");
      expect(text).toContain("96 episodes in 24 rounds");
      for (const [agent, rounds] of run.agents) {
        const pairs = rounds.reduce((sum, each) => sum + each.pairs, 0);
        expect(text).toContain(`${agent}\n`);
        expect(text).toContain(`Pairs ${pairs} in all`);
      }
      const made = run.totals.get("calls")!;
      expect(text.replaceAll(",", "")).toContain(`${made} (`);
      expect(text).toContain("optimizer.alpha");
      expect(text).toMatch(/\b10 default 1000/);
      const sides = await page.evaluate<number>('document.querySelectorAll(".sides").length');
      expect(sides).toBe(4);
      const changed = await page.evaluate<number>('document.querySelectorAll(".changed").length');
      expect(changed).toBeGreaterThan(0);
    });
  });

  describe("whose agents said what they should not", () => {
    const MARKUP = `</script></style></svg></title><img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
    const WILD = `${MARKUP}\u202egnp.exe\u0000\u001b[2J\u2028\ud800`;
    const HUGE = "W".repeat(1_000_000);
    const ATTRIBUTE = `" onload="document.title='owned'" style="position:fixed" x='`;
    const file = async () => {
      const run = join(folder, "hostile");
      const figures = { pairs: 3, greedyWon: 1, gap: 1e300, loss: -1e300, advantage: 1e-300, accuracy: 1e9 };
      writeRun(run, {
        manifest: {
          version: WILD,
          flow: { name: WILD, source: HUGE },
          base: MARKUP,
          settings: { episodes: 8, [MARKUP]: HUGE, nested: { [ATTRIBUTE]: [WILD] } },
          agents: [WILD],
        },
        events: [
          episode(0, {
            task: HUGE,
            asked: { question: WILD + HUGE, [MARKUP]: HUGE },
            said: [
              [`${MARKUP}@${WILD}`, WILD, WILD],
              ["p@", ATTRIBUTE, HUGE],
              ["p@1", "query", ""],
            ],
            result: { [MARKUP]: HUGE },
            metrics: { [MARKUP]: 1, [HUGE.slice(0, 2000)]: 2, __proto__: 3 },
          }),
          ...Array.from({ length: 300 }, () => ({
            type: "lost",
            round: 1,
            task: HUGE.slice(0, 5000),
            problem: WILD,
          })),
          { type: "alarm", agent: ATTRIBUTE, alarm: { kind: WILD, [MARKUP]: HUGE } },
          { type: MARKUP, what: HUGE },
          { ...episode(0, { said: [["p@", "query", WILD]] }), type: "revisit" },
        ],
        metrics: [
          round(0, { agents: { [WILD]: figures, [HUGE.slice(0, 3000)]: figures }, totals: { calls: 1e300 } }),
          round(1, { agents: { [WILD]: { ...figures, loss: 1e300 } } }),
        ],
        timings: [{ type: "timing", round: 0, playSeconds: 1e300, memory: 1e300 }],
      });
      return written(run);
    };

    it.each(LOOKS)("is as sound as any other at $width pixels, $scheme", async (look) => {
      await expectSound(await browser.open(await file(), look), look);
    });

    it("shows it as text, runs none of it, and stays small", async () => {
      const page = await browser.open(await file(), { width: 1280, scheme: "dark" });
      expect(await page.evaluate("document.title")).not.toBe("owned");
      const made = await page.evaluate<readonly number[]>(
        '["script", "img", "[onload]", "[onerror]", "[style]"].map((what) => document.querySelectorAll(what).length)',
      );
      expect(made).toEqual([0, 0, 0, 0, 0]);
      const text = await page.evaluate<string>("document.body.innerText");
      expect(text).toContain("<img src=x onerror=");
      expect(text).toContain("\\u202egnp.exe\\u0000\\u001b[2J\\u2028\\ud800");
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
      expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2066-\u2069]/);
      expect(text).toMatch(/more characters\)/);
      expect(await page.evaluate("document.documentElement.outerHTML.length")).toBeLessThan(1_000_000);
    });
  });

  it.each(LOOKS)("that has hardly begun is sound at $width pixels, $scheme", async (look) => {
    const young = join(folder, `young-${look.width}-${look.scheme}`);
    writeRun(young, {});
    await expectSound(await browser.open(await written(young), look), look);
  });
});

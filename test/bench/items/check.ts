import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check as checkText } from "../../../compiler/index.js";
import type { Item } from "../item.js";
import { often, repeat, seconds } from "../measure.js";
import { flowFile, program } from "../places.js";

const LINES = 1000;

/** `check` of 1,000 lines: within a process that has checked before, and as a process of its own. */
export const check: Item = {
  name: "check",
  async measure(context) {
    const text = manyLines(readFileSync(flowFile, "utf8"), LINES);
    const warm = await repeat(often(context, 25, 50), async (index) => {
      // Another text each time, so that nothing can be remembered.
      const spent = await seconds(() =>
        mustBeFine(checkText(`${text}/// ${index}\n`, "many.flow").diagnostics.length),
      );
      return 1000 * spent;
    });
    const folder = mkdtempSync(join(tmpdir(), "flowc-bench-"));
    try {
      const file = join(folder, "many.flow");
      writeFileSync(file, text);
      const cold = await repeat(often(context, 9), async () => {
        const spent = await seconds(() => mustBeFine(node(program, "check", file)));
        return 1000 * spent;
      });
      const bare = await repeat(
        often(context, 9),
        async () => 1000 * (await seconds(() => node("--eval", "0"))),
      );
      return [
        { name: "check/1000-lines/warm", unit: "ms", values: warm, target: { value: 10, better: "lower" } },
        {
          name: "check/1000-lines/process",
          unit: "ms",
          values: cold,
          target: { value: 250, better: "lower" },
        },
        { name: "check/bare-node-process", unit: "ms", values: bare },
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

/** A flow's file over and over, without its tests and with other names each time, until it has more than so many lines. */
export function manyLines(whole: string, lines: number): string {
  const text = whole.replace(/^test "[\s\S]*?^}\n*/gm, "");
  const defined = (kinds: string) =>
    [...text.matchAll(new RegExp(`^(?:${kinds})\\s+(\\w+)`, "gm"))].map((m) => m[1]!);
  const types = defined("type").map((name) => `\\b${name}\\b`);
  // A call or a definition; a parameter may have an agent's name.
  const callees = defined("agent|flow").map((name) => `\\b${name}(?=\\()`);
  const own = new RegExp([...types, ...callees].join("|"), "g");
  let all = "";
  for (let copy = 0; all.split("\n").length <= lines; copy += 1)
    all += text.replace(own, (name) => `${name}${copy}`);
  return all;
}

function mustBeFine(problems: number): void {
  if (problems !== 0) throw new Error("the text that is checked has mistakes");
}

function node(...args: readonly string[]): number {
  return spawnSync(process.execPath, args, { stdio: "ignore" }).status ?? 1;
}

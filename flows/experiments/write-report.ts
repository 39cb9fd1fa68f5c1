import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "./report.js";

const BEGIN = "<!-- What follows is written by `npm run experiments -- --report`. -->";
const END = "<!-- What was written ends here. -->";

/**
 * Writes a report into a folder of documents: its tables between the marks of `results.md`, whose other text stays,
 * its plots and its figures beside it.
 *
 * @returns the paths of what was written
 */
export function writeReport({ text, plots, results }: Report, folder: string): readonly string[] {
  const images = join(folder, "images");
  mkdirSync(images, { recursive: true });
  const page = join(folder, "results.md");
  const before = existsSync(page) ? readFileSync(page, "utf8") : `# Experiments\n\n${BEGIN}\n${END}\n`;
  const [begin, end] = [before.indexOf(BEGIN), before.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${page} lacks the lines between which tables are written`);
  const written: (readonly [string, string])[] = [
    [page, `${before.slice(0, begin)}${BEGIN}\n\n${text}\n\n${before.slice(end)}`],
    [join(folder, "results.json"), `${JSON.stringify(results, null, 2)}\n`],
    ...[...plots].map(([name, svg]) => [join(images, name), svg] as const),
  ];
  for (const [path, content] of written) writeFileSync(path, content);
  return written.map(([path]) => path);
}

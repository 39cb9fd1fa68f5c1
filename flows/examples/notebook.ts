import { createHash } from "node:crypto";
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/*
 * The notes of `notebook.flow`, in a file: a state outside of the program. What makes it forkable is that a copy of the
 * file can be kept, and be put back.
 */

const folder = mkdtempSync(join(tmpdir(), "notebook-"));
const notes = join(folder, "notes.txt");
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

export const live = {
  reset(): void {
    writeFileSync(notes, "");
  },
  /** The name of a copy: equal notes have the same one. */
  snapshot(): string {
    const name = `${createHash("sha256").update(readFileSync(notes)).digest("hex")}.txt`;
    copyFileSync(notes, join(folder, name));
    return name;
  },
  restore(copy: string): void {
    copyFileSync(join(folder, copy), notes);
  },
};

export function pages(_: object): readonly string[] {
  return readFileSync(notes, "utf8").split("\n").slice(0, -1);
}

/** How many there are now. */
export function note({ fact }: { readonly fact: string }): number {
  appendFileSync(notes, `${fact.replaceAll("\n", " ")}\n`);
  return pages({}).length;
}

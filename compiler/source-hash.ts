import { createHash } from "node:crypto";
import type { Sources } from "../grammar/index.js";

/**
 * SHA-256 of a program's text, lower-case hex: of its one file, or over the paths and hashes of all of its files, in the
 * order of their offsets.
 */
export function sourceHash({ all, main }: Sources): string {
  if (all.length === 1) return sha256(main.text);
  return sha256(all.map(({ path, text }) => `${sha256(text)} ${JSON.stringify(path)}\n`).join(""));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

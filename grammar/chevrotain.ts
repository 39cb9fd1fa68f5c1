import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * The parser toolkit, from the one-file bundle that its package ships beside its modules: loading that takes 30 ms,
 * the several hundred modules (its own and lodash's) take 300 to 500 ms, twice what a whole `flowc check` may take.
 * The bundle is not among the package's exports, so where a version lacks it the modules are loaded instead.
 */
async function load(): Promise<typeof import("chevrotain")> {
  const entry = createRequire(import.meta.url).resolve("chevrotain");
  const bundle = join(entry, "..", "..", "chevrotain.min.mjs");
  if (!existsSync(bundle)) return await import("chevrotain");
  return (await import(/* @vite-ignore */ pathToFileURL(bundle).href)) as typeof import("chevrotain");
}

const chevrotain = await load();

export const { CstParser, EOF, Lexer, createToken, tokenMatcher } = chevrotain;

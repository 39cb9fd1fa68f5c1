import { existsSync, readFileSync } from "node:fs";
import { type Code, catalogue, suggest } from "../../compiler/index.js";
import { CommandFailure } from "./exit.js";

/**
 * The page of docs/diagnostics about a code, whatever its case.
 * @throws CommandFailure if there is no such code
 */
export function explain(code: string): string {
  const wanted = code.toUpperCase();
  if (!Object.hasOwn(catalogue, wanted)) {
    const meant = suggest(wanted, Object.keys(catalogue) as Code[]);
    throw new CommandFailure(
      `there is no diagnostic ${code}${meant.length > 0 ? `; is it ${meant.join(", ")}?` : ""}`,
    );
  }
  // docs/ stands two folders above in the sources and three above in dist/.
  for (const up of ["../../docs", "../../../docs"]) {
    const page = new URL(`${up}/diagnostics/${wanted}.md`, import.meta.url);
    if (existsSync(page)) return readFileSync(page, "utf8");
  }
  throw new Error(`the page of ${wanted} is missing`);
}

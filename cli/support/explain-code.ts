import { readFileSync } from "node:fs";
import { type Code, catalogue, suggest } from "../../compiler/index.js";
import { CommandFailure } from "./exit.js";
import { packageFile } from "./package-files.js";

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
  const page = packageFile(`docs/diagnostics/${wanted}.md`);
  if (page === undefined) throw new Error(`the page of ${wanted} is missing`);
  return readFileSync(page, "utf8");
}

import { readFileSync } from "node:fs";
import { type Code, catalogue, type Severity, suggest } from "../../compiler/index.js";
import { CommandFailure } from "./exit.js";
import { packageFile } from "./package-files.js";
import { jsonText } from "./terminal.js";

interface Options {
  readonly json?: boolean;
}

/** A page of docs/diagnostics. */
interface Page {
  readonly code: Code;
  readonly severity: Severity;
  readonly title: string;
  readonly page: string;
}

/**
 * The page of docs/diagnostics about a code, whatever its case.
 * @throws CommandFailure if there is no such code
 */
export function explain(code: string, { json = false }: Options = {}): string {
  const wanted = code.toUpperCase();
  if (!Object.hasOwn(catalogue, wanted)) {
    const meant = suggest(wanted, Object.keys(catalogue) as Code[]);
    throw new CommandFailure(
      `there is no diagnostic ${code}${meant.length > 0 ? `; is it ${meant.join(", ")}?` : ""}`,
    );
  }
  const found = pageOf(wanted as Code);
  return json ? `${jsonText(found, 2)}\n` : found.page;
}

/** All codes with their titles. */
export function listCodes({ json = false }: Options = {}): string {
  const pages = (Object.keys(catalogue) as Code[]).map(pageOf);
  if (json)
    return `${jsonText(
      pages.map(({ page: _, ...each }) => each),
      2,
    )}\n`;
  return pages.map(({ code, severity, title }) => `${code}  ${severity.padEnd(7)}  ${title}\n`).join("");
}

function pageOf(code: Code): Page {
  const file = packageFile(`docs/diagnostics/${code}.md`);
  if (file === undefined) throw new Error(`the page of ${code} is missing`);
  const page = readFileSync(file, "utf8");
  const title = page.slice(`# ${code}: `.length, page.indexOf("\n"));
  return { code, severity: catalogue[code].severity, title, page };
}

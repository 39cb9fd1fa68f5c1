import { type Code, catalogue } from "../../compiler/index.js";

const place = "\u0000";

/** What each message of the catalogue may look like: its own words, with anything where its parameters go. */
const patterns: ReadonlyMap<string, RegExp> = new Map(
  (Object.keys(catalogue) as Code[]).map((code) => {
    const message = catalogue[code].message as (params: object) => string;
    const shape = message(new Proxy({}, { get: () => place }));
    const escaped = shape
      .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
      .replace(new RegExp(`${place} (\\w+)s\\b`, "g"), `${place} $1s?`)
      .replaceAll(place, "[\\s\\S]*");
    return [code, new RegExp(`^${escaped}$`)];
  }),
);

/** The phrases that F004 may be made of: pieces of code in quotes, and these. */
const phrases =
  /^(?:a (?:type|name|text|label|statement|block|prompt block|label with its arm|text in quotes)|an (?:expression|operator)|the end of (?:the (?:file|line|prompt)|the prompt, `"""`)|text|or|,|`[^`]+`| )+$/;

/** Whether a message is one of its code's, and not something that the parser toolkit says. */
export function isOfCatalogue(code: string, message: string): boolean {
  if (patterns.get(code)?.test(message) !== true) return false;
  if (code !== "F004") return true;
  const [, expected = "", found = ""] = /^expected ([\s\S]*?), found ([\s\S]*)$/.exec(message) ?? [];
  return phrases.test(expected) && (phrases.test(found) || /^`[\s\S]*`$/.test(found));
}

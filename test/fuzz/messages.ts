import { type Code, catalogue } from "../../compiler/index.js";

const place = "\u0000";

/** What each message of the catalogue may look like: its own words, with anything where its parameters go. */
const patterns: ReadonlyMap<string, readonly RegExp[]> = new Map(
  (Object.keys(catalogue) as Code[]).map((code) => [code, shapesOf(code).map(patternOf)]),
);

/** With all parameters, and without each of them: some are left out where there is nothing to say. */
function shapesOf(code: Code): string[] {
  const message = catalogue[code].message as (params: object) => string;
  const names = new Set<string>();
  const shape = (fixed: Readonly<Record<string, unknown>>) =>
    message(
      new Proxy(fixed, {
        get(_, name) {
          names.add(String(name));
          return name in fixed ? fixed[String(name)] : place;
        },
      }),
    );
  // A backtick cannot be shown between backticks, so it has a phrase of its own.
  const whole = [shape({}), shape({ character: "`" }), shape({ character: "`", help: undefined })];
  return [...whole, ...[...names].flatMap((name) => attempt(() => shape({ [name]: undefined })))];
}

/** Nothing where a parameter cannot be left out. */
function attempt(make: () => string): string[] {
  try {
    return [make()];
  } catch {
    return [];
  }
}

function patternOf(shape: string): RegExp {
  const escaped = shape
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replace(new RegExp(`${place} (\\w+)s\\b`, "g"), `${place} $1s?`)
    .replaceAll(place, "[\\s\\S]*");
  return new RegExp(`^${escaped}$`);
}

/** The phrases that F004 may be made of: pieces of code in quotes, and these. */
const phrases =
  /^(?:a (?:type|name|text|label|statement|block|prompt block|label with its arm|text in quotes)|an (?:expression|operator)|the end of (?:the (?:file|line|prompt)|the prompt, `"""`)|text|or|,|`[^`]+`| )+$/;

/** Whether a message is one of its code's, and not something that the parser toolkit says. */
export function isOfCatalogue(code: string, message: string): boolean {
  if (!patterns.get(code)!.some((pattern) => pattern.test(message))) return false;
  if (code !== "F004") return true;
  const [, expected = "", found = ""] = /^expected ([\s\S]*?), found ([\s\S]*)$/.exec(message) ?? [];
  // What was found may be followed by a colon and help.
  const ends = [...found.matchAll(/: /g)].map(({ index }) => index);
  return phrases.test(expected) && [...ends, found.length].some((end) => isFound(found.slice(0, end)));
}

function isFound(text: string): boolean {
  return phrases.test(text) || /^`[\s\S]*`$/.test(text);
}

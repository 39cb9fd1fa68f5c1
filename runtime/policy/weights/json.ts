import { messageOf } from "./error.js";

/** A JSON object as parsed, before anything about it has been checked. */
export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Parses the JSON object in an untrusted file. JSON.parse keeps the last of two equal keys, so two tensors of one
 * name would silently become one; here that is an error.
 *
 * @throws SyntaxError with a plain message if the text is no JSON object, repeats a key, or nests too deeply.
 */
export function parseObject(text: string, maxDepth = 64): JsonObject {
  checkKeysAndDepth(text, maxDepth);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw new SyntaxError(`not valid JSON (${messageOf(thrown)})`);
  }
  if (!isObject(value)) throw new SyntaxError("not a JSON object");
  return value;
}

/**
 * Walks over the tokens of a JSON text; malformed text is left for JSON.parse to report. By hand: strings may be of any
 * length, and JavaScript's regular expressions overflow on very long ones.
 */
function checkKeysAndDepth(text: string, maxDepth: number): void {
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const first = text[at]!;
    if (first === "{" || first === "[") {
      open.push(first === "{" ? new Set() : undefined);
      if (open.length > maxDepth) throw new SyntaxError(`nested deeper than ${maxDepth} levels`);
    } else if (first === "}" || first === "]") {
      open.pop();
    } else if (first === '"') {
      const end = endOfString(text, at);
      const keys = isKey(text, end) ? open.at(-1) : undefined;
      const key = keys === undefined ? undefined : unquote(text.slice(at, end));
      if (key !== undefined) {
        if (keys?.has(key))
          throw new SyntaxError(`the key ${JSON.stringify(key.slice(0, 200))} occurs twice`);
        keys?.add(key);
      }
      at = end - 1;
    }
  }
}

/** The index after the closing quote of the string that begins at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

/** Whether a colon follows, after whatever blanks. */
function isKey(text: string, end: number): boolean {
  let at = end;
  while (at < text.length && " \t\r\n".includes(text[at]!)) at++;
  return text[at] === ":";
}

function unquote(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return undefined;
  }
}

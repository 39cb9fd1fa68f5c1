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

/** Walks over the tokens of a JSON text; malformed text is left for JSON.parse to report. */
function checkKeysAndDepth(text: string, maxDepth: number): void {
  const open: (Set<string> | undefined)[] = [];
  const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/gs;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const first = match[0][0];
    if (first === "{" || first === "[") {
      open.push(first === "{" ? new Set() : undefined);
      if (open.length > maxDepth) throw new SyntaxError(`nested deeper than ${maxDepth} levels`);
    } else if (first === "}" || first === "]") {
      open.pop();
    } else if (match[1] !== undefined) {
      const keys = open.at(-1);
      const key = unquote(match[0].slice(0, match[0].length - match[1].length));
      if (keys === undefined || key === undefined) continue;
      if (keys.has(key)) throw new SyntaxError(`the key ${JSON.stringify(key)} occurs twice`);
      keys.add(key);
    }
  }
}

function unquote(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return undefined;
  }
}

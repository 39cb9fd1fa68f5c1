import type { IToken } from "chevrotain";
import type { Expression } from "../ast.js";
import { shortened } from "../errors.js";
import { type Building, tokenSpan } from "./tree.js";

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ['"', '"'],
  ["\\", "\\"],
]);

/** The value of a `"..."` token; an escape that means nothing is reported and kept as written. */
export function textValue(found: IToken, building: Building): string {
  const closed = found.tokenType.name !== "UnterminatedText";
  const inner = found.image.slice(1, closed ? -1 : undefined);
  return inner.replace(/\\(?:u\{([0-9A-Fa-f]{1,6})\}|(.?))/g, (whole, hex, letter, at: number) => {
    const value = hex === undefined ? simpleEscapes.get(letter as string) : codePoint(hex as string);
    if (value !== undefined) return value;
    const start = found.startOffset + 1 + at;
    building.problems.push({ kind: "bad-escape", escape: whole, span: { start, end: start + whole.length } });
    return whole;
  });
}

/** A lone surrogate is no character, so it has no escape either. */
function codePoint(hex: string): string | undefined {
  const code = Number.parseInt(hex, 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  return String.fromCodePoint(code);
}

export function numberLiteral(found: IToken, whole: boolean, building: Building): Expression {
  const span = tokenSpan(found);
  const value = Number(found.image);
  if (whole ? !Number.isSafeInteger(value) : !Number.isFinite(value)) {
    building.problems.push({ kind: "number-too-large", digits: shortened(found.image), span });
    return { kind: "error", span };
  }
  return { kind: "number", value, whole, span };
}

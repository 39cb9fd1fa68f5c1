import { printable } from "../../compiler/diagnostics/render.js";

export { printable };

/** Tells people something on standard error. Names, paths and what a model said must not steer their terminal. */
export function tell(text: string): void {
  process.stderr.write(`${printableLines(text)}\n`);
}

/** Like `printable`, of a text that has lines. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/**
 * A value as JSON. It may come to stand on a terminal, so what could steer that is written as escapes, which every
 * reader of JSON takes for the same.
 */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Whether to colour what goes to `stream`: a terminal, and neither NO_COLOR nor a dumb terminal (no-color.org). */
export function wantsColor(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0") return true;
  return stream.isTTY === true && TERM !== "dumb";
}

import type { Sources, Span } from "../../grammar/index.js";
import type { Diagnostic } from "./diagnostic.js";

export interface RenderOptions {
  /** ANSI colours; off by default. */
  readonly color?: boolean;
}

/** A frame shows at most this much of a line, around the place it is about. */
const frameWidth = 100;

/** Something to say about a place of a program's text. */
export interface Remark {
  readonly span: Span;
  /** What kind of remark it is, in a word or two: `error F101`. */
  readonly verdict: string;
  readonly tone: "error" | "warning";
  readonly message: string;
}

const colors = { error: "31", warning: "33" } as const;

/**
 * One diagnostic for people: `file:line:col error CODE message`, the line with the place underlined, and what may
 * have been meant.
 */
export function renderDiagnostic(
  { span, severity, code, message, suggestions }: Diagnostic,
  sources: Sources,
  options: RenderOptions = {},
): string {
  const remark: Remark = { span, verdict: `${severity} ${code}`, tone: severity, message };
  const shown = renderRemark(remark, sources, options);
  if (suggestions.length === 0) return shown;
  const names = suggestions.map((name) => `\`${printable(name)}\``).join(", ");
  const gutter = String(sources.positionAt(span.start).line);
  return `${shown}\n${" ".repeat(gutter.length)} = did you mean ${names}?`;
}

/** `file:line:col VERDICT message` and the line with the place underlined. */
export function renderRemark(
  { span, verdict, tone, message }: Remark,
  sources: Sources,
  { color = false }: RenderOptions = {},
): string {
  const paint = (code: string, text: string) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const source = sources.at(span.start);
  const { line, column } = source.positionAt(span.start);
  const place = paint("1", printable(`${source.file}:${line}:${column}`));
  const head = `${place} ${paint(colors[tone], verdict)} ${printable(message)}`;

  const gutter = String(line);
  const { shown, at } = frame(source.line(line), column);
  const room = Math.max(1, shown.length - at);
  const marks = "^".repeat(Math.min(room, Math.max(1, span.end - span.start)));
  const indent = shown.slice(0, at).replace(/[^\t]/g, " ");
  return [
    head,
    `${paint("2", `${gutter} |`)} ${shown}`,
    `${paint("2", `${" ".repeat(gutter.length)} |`)} ${indent}${paint(colors[tone], marks)}`,
  ].join("\n");
}

/** The part of a line that is shown, and where in it the place begins. */
function frame(text: string, column: number): { shown: string; at: number } {
  const line = printable(text);
  const from = column - 1 <= frameWidth * 0.8 ? 0 : column - 1 - Math.floor(frameWidth / 2);
  return { shown: line.slice(from, from + frameWidth), at: Math.min(column - 1, line.length) - from };
}

/** Source text must not steer the terminal: control characters (and bidirectional ones) show as a dot. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "·");
}

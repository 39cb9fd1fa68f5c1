import type { Sources, SourceText, Span } from "../../grammar/index.js";
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

/** Of more places than these it is only said how many there are. */
const mostPlaces = 5;

/**
 * One diagnostic for people: `file:line:col error CODE message`, the line with the place underlined, what may have been
 * meant, and where else the same is wrong.
 */
export function renderDiagnostic(
  { span, severity, code, message, suggestions, repeats }: Diagnostic,
  sources: Sources,
  options: RenderOptions = {},
): string {
  const remark: Remark = { span, verdict: `${severity} ${code}`, tone: severity, message };
  const notes: string[] = [];
  if (suggestions.length > 0) {
    notes.push(`did you mean ${suggestions.map((name) => `\`${printable(name)}\``).join(", ")}?`);
  }
  if (repeats.length > 0) notes.push(`also ${placesOf(repeats, sources, sources.at(span.start))}`);
  const gutter = " ".repeat(String(sources.positionAt(span.start).line).length);
  return [renderRemark(remark, sources, options), ...notes.map((note) => `${gutter} = ${note}`)].join("\n");
}

/** `on lines 3, 7 and 9`, those of other files with their names. */
function placesOf(spans: readonly Span[], sources: Sources, own: SourceText): string {
  const lines = spans.map(({ start }) => {
    const source = sources.at(start);
    const { line } = source.positionAt(start);
    return source === own ? String(line) : printable(`${source.file}:${line}`);
  });
  const distinct = [...new Set(lines)];
  if (distinct.length === 1) return `on line ${distinct[0]}`;
  const shown = distinct.slice(0, mostPlaces);
  const more = distinct.length - shown.length;
  const last = more > 0 ? `${more} more` : shown.pop();
  return `on lines ${shown.join(", ")} and ${last}`;
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

/** The part of a line that is shown, with an ellipsis where more of it stands, and where in it the place begins. */
function frame(text: string, column: number): { shown: string; at: number } {
  const line = printable(text);
  const from = column - 1 <= frameWidth * 0.8 ? 0 : column - 1 - Math.floor(frameWidth / 2);
  const before = from > 0 ? "…" : "";
  const after = from + frameWidth < line.length ? "…" : "";
  const shown = `${before}${line.slice(from, from + frameWidth)}${after}`;
  return { shown, at: before.length + Math.min(column - 1, line.length) - from };
}

/** Source text must not steer the terminal: control characters (and bidirectional ones) show as a dot. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "·");
}

import ts from "typescript";
import {
  check,
  compile,
  completionsAt,
  type Diagnostic,
  definitionAt,
  type FlowDocument,
  fixesIn,
  foldsOf,
  formatText,
  graph,
  graphFormats,
  hasErrors,
  hoverAt,
  outlineOf,
  printGraph,
  readDocument,
  referencesAt,
  renameAt,
  renderDiagnostic,
  type Sources,
  type Span,
  semanticTokens,
  signatureAt,
} from "../../compiler/index.js";
import { parse } from "../../grammar/index.js";
import { comments, withoutPlaces } from "../grammar/meaning.js";
import { isOfCatalogue } from "./messages.js";

/** Something that no input may bring about. */
export interface Finding {
  /** What is broken, the same for the same fault where that can be told. */
  readonly what: string;
  readonly detail: string;
}

/** How long a text took at each door, in milliseconds. */
export type Times = Map<string, number>;

/** What a text was good for. */
export interface Verdict {
  readonly findings: readonly Finding[];
  readonly times: Times;
  readonly compiled: boolean;
}

/** What the texts are called in messages. */
const FILE = "fuzz.flow";

/**
 * Takes a text through every door of the compiler: check, format, the editor, and where nothing is wrong compile and
 * the picture.
 * @param at where in the text, from 0 to 1, the editor is asked
 * @param timer begins to measure; what it gives says how many milliseconds have passed
 */
export async function judge(text: string, at: number, timer: () => () => number): Promise<Verdict> {
  const findings: Finding[] = [];
  const times: Times = new Map();
  const door = async <T>(name: string, work: () => T | Promise<T>): Promise<T | undefined> => {
    const passed = timer();
    try {
      return await work();
    } catch (error) {
      findings.push(thrown(name, error));
      return undefined;
    } finally {
      times.set(name, passed());
    }
  };
  const say = (what: string, detail = "") => findings.push({ what, detail });

  const checked = await door("check", () => check(text, FILE));
  if (checked !== undefined) judgeDiagnostics(checked.diagnostics, checked.sources, say);

  const document = await door("read", () => readDocument(text, FILE));
  if (document !== undefined) {
    if (checked !== undefined && told(document.diagnostics) !== told(checked.diagnostics))
      say("the editor tells of other mistakes than check does");
    judgeLexemes(document, say);
    await door("query", () => ask(document, Math.floor(at * text.length)));
  }

  const formatted = await door("format", () => formatText(text, FILE));
  if (formatted !== undefined) judgeDiagnostics(formatted.diagnostics, formatted.sources, say);
  const once = formatted?.formatted;
  if (once !== undefined) await door("format again", () => judgeFormat(text, once, say));

  const isWhole = checked !== undefined && !hasErrors(checked.diagnostics) && checked.program !== undefined;
  const compiled = isWhole ? await door("compile", () => compile(text, FILE)) : undefined;
  for (const { name, text: emitted } of compiled?.files ?? []) {
    if (/\.[jt]s$/.test(name)) judgeSyntax(name, emitted, say);
  }
  const found = isWhole ? await door("graph", () => graph(text, FILE)) : undefined;
  const drawn = found?.graph;
  if (drawn !== undefined) {
    await door("draw", () => Promise.all(graphFormats.map((format) => printGraph(drawn, format))));
  }
  return { findings, times, compiled: compiled?.files !== undefined };
}

function thrown(door: string, error: unknown): Finding {
  if (!(error instanceof Error)) return { what: `${door} throws`, detail: String(error) };
  const [place = ""] = /\b(?:grammar|compiler)\/\S+?\.[jt]s/.exec(error.stack ?? "") ?? [];
  const message = error.message.slice(0, 80);
  return { what: `${door} throws ${error.name}: ${message} (${place})`, detail: error.stack ?? "" };
}

type Say = (what: string, detail?: string) => void;

function judgeDiagnostics(diagnostics: readonly Diagnostic[], sources: Sources, say: Say): void {
  let before = 0;
  for (const diagnostic of diagnostics) {
    const { code, message, span, suggestions, repeats } = diagnostic;
    const shown = `${code} ${message} [${span.start}, ${span.end})`;
    if (!isWithin(span, sources.main.text.length)) say(`${code} stands outside of the text`, shown);
    if (span.start < before) say(`${code} stands out of order`, shown);
    before = span.start;
    if (!isOfCatalogue(code, message)) say(`${code} says what the catalogue does not`, shown);
    if (!repeats.every((each) => isWithin(each, sources.main.text.length)))
      say(`${code} stands outside of the text`, shown);
    if (suggestions.length > 3) say(`${code} has ${suggestions.length} suggestions`, shown);
    renderDiagnostic(diagnostic, sources, { color: true });
  }
}

function isWithin({ start, end }: Span, length: number): boolean {
  return Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end && end <= length;
}

function told(diagnostics: readonly Diagnostic[]): string {
  return JSON.stringify(diagnostics);
}

/** Lexemes stand one behind the other and are what the text has there. */
function judgeLexemes({ lexemes, text }: FlowDocument, say: Say): void {
  let end = 0;
  for (const { kind, text: image, span } of lexemes) {
    if (span.start < end || text.slice(span.start, span.end) !== image)
      say(`a ${kind} is not where it is said to be`, `${image} [${span.start}, ${span.end})`);
    end = span.end;
  }
}

/** Every question that an editor asks about a place. */
function ask(document: FlowDocument, offset: number): void {
  hoverAt(document, offset);
  definitionAt(document, offset);
  referencesAt(document, offset);
  renameAt(document, offset, "renamed");
  signatureAt(document, offset);
  completionsAt(document, offset);
  fixesIn(document, { start: offset, end: offset + 40 });
  foldsOf(document);
  outlineOf(document.tree.declarations);
  semanticTokens(document);
}

function judgeFormat(text: string, once: string, say: Say): void {
  if (formatText(once, FILE).formatted !== once) say("formatting twice is not formatting once", once);
  if (meaningOf(text) !== meaningOf(once)) say("formatting changes what a text means", once);
  if (comments(text).join("\n") !== comments(once).join("\n")) say("formatting loses comments", once);
}

/** Mistakes that do not keep a text from being laid out, such as an unknown escape, are part of it. */
function meaningOf(text: string): string {
  const { file, problems } = parse(text);
  return withoutPlaces([file, problems]);
}

function judgeSyntax(name: string, text: string, say: Say): void {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022) as ts.SourceFile & {
    readonly parseDiagnostics: readonly ts.Diagnostic[];
  };
  const [first] = file.parseDiagnostics;
  if (first !== undefined)
    say(
      "the emitted code cannot be parsed",
      `${name}: ${ts.flattenDiagnosticMessageText(first.messageText, " ")}`,
    );
}

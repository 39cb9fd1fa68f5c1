import type { Template, TemplatePart } from "../ast.js";
import { printExpression } from "./code.js";
import { quoted } from "./text.js";

const INDENT = "  ";

/**
 * A template of an agent's section: in quotes, or as a prompt block. What cannot stand in a block as it is, is inserted
 * as a text in quotes.
 */
export function printTemplate({ parts, plain }: Template): string {
  if (plain) return quoted(parts.map((part) => (part.kind === "text" ? part.text : "")).join(""));
  if (parts.length === 0) return '""""""';
  const lines = written(linesOf(parts));
  return `"""\n${lines.map((line) => (line === "" ? "" : INDENT + line)).join("\n")}\n"""`;
}

/** What stands on a line: text as it renders, and tags and holes as they are written. */
interface Piece {
  readonly kind: "text" | "hole" | "tag";
  readonly text: string;
}

type Line = readonly Piece[];

/** The lines that the parts render to; a tag before which nothing stands has a line of its own, which renders to none. */
function linesOf(parts: readonly TemplatePart[]): readonly Line[] {
  const lines: Piece[][] = [[]];
  for (const piece of piecesOf(parts)) {
    if (piece.kind === "tag" && lines.at(-1)!.length === 0) lines.splice(-1, 0, [piece]);
    else if (piece.kind !== "text") lines.at(-1)!.push(piece);
    else
      for (const [index, text] of piece.text.split("\n").entries()) {
        if (index > 0) lines.push([]);
        if (text !== "") addText(lines.at(-1)!, text);
      }
  }
  const endsWithTag = lines.at(-1)!.length === 0 && lines.length > 1 && isTagLine(lines.at(-2)!);
  return endsWithTag ? lines.slice(0, -1) : lines;
}

function addText(line: Piece[], text: string): void {
  const last = line.at(-1);
  if (last?.kind === "text") line[line.length - 1] = { kind: "text", text: last.text + text };
  else line.push({ kind: "text", text });
}

function isTagLine(line: Line): boolean {
  return line[0]?.kind === "tag";
}

function piecesOf(parts: readonly TemplatePart[]): Piece[] {
  return parts.flatMap(pieces);
}

function pieces(part: TemplatePart): Piece[] {
  switch (part.kind) {
    case "text":
      return [part];
    case "hole":
      return [{ kind: "hole", text: `{{ ${printExpression(part.value)} }}` }];
    case "for": {
      const list = printExpression(part.list);
      return [tag(`for ${part.name.name} in ${list}`), ...piecesOf(part.body), tag("end")];
    }
    case "if": {
      const otherwise = part.otherwise.length === 0 ? [] : [tag("else"), ...piecesOf(part.otherwise)];
      return [tag(`if ${printExpression(part.condition)}`), ...piecesOf(part.body), ...otherwise, tag("end")];
    }
  }
}

function tag(text: string): Piece {
  return { kind: "tag", text: `{% ${text} %}` };
}

/** Lines such that the rules about blanks (see template-lines.ts) leave what they render to. */
function written(lines: readonly Line[]): string[] {
  const kept = lines.map(keptLine);
  const isCommon = kept.every((line) => line.length === 0 || startsBlank(line));
  // An indent that all lines share would be taken away: one line says its own.
  const saying = isCommon ? kept.findIndex(startsBlank) : -1;
  return kept.map((line, index) => {
    const safe = index === saying ? [...sayIndent(line[0]!), ...line.slice(1)] : line;
    return safe.map((piece, at) => source(piece, safe[at + 1])).join("");
  });
}

/** A line of blanks would become empty, and one of blanks and tags disappear with its break. */
function keptLine(line: Line): Line {
  const isEmpty = line.length === 0 || isTagLine(line);
  return isEmpty || !line.every((piece) => piece.kind === "tag" || isBlank(piece))
    ? line
    : [inserted(""), ...line];
}

function sayIndent({ text }: Piece): Line {
  const [blanks] = /^[ \t]*/.exec(text)!;
  return [inserted(blanks), { kind: "text", text: text.slice(blanks.length) }];
}

function isBlank({ kind, text }: Piece): boolean {
  return kind === "text" && /^[ \t]*$/.test(text);
}

function startsBlank([first]: Line): boolean {
  return first?.kind === "text" && /^[ \t]/.test(first.text);
}

function inserted(text: string): Piece {
  return { kind: "hole", text: `{{ ${quoted(text)} }}` };
}

/** Text with what would be read as something else inserted: the beginnings of tags, quotes, and returns. */
function source({ kind, text }: Piece, next: Piece | undefined): string {
  if (kind !== "text") return text;
  const safe = text.replace(/\{(?=[{%\r]|""")|"""|\r/g, (found) => inserted(found).text);
  return next !== undefined && safe.endsWith("{") ? safe.slice(0, -1) + inserted("{").text : safe;
}

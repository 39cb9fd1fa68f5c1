import type { Branch, Span } from "../../grammar/index.js";
import { wantedLabels } from "../check/arms.js";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import type { FlowDocument } from "./document.js";
import { referencesAt } from "./references.js";
import { nodesAt } from "./walk.js";

/** A change that mends what a diagnostic is about. */
export interface Fix {
  /** What it does, for a menu. */
  readonly title: string;
  readonly diagnostic: Diagnostic;
  readonly span: Span;
  readonly replacement: string;
  /** Whether it is surely what was meant. */
  readonly isPreferred: boolean;
}

/** The changes that mend what is wrong within a stretch of the text. */
export function fixesIn(document: FlowDocument, within: Span): readonly Fix[] {
  const isWithin = (span: Span) => span.start <= within.end && within.start <= span.end;
  return document.diagnostics.flatMap((each) => {
    const places = [each.span, ...each.repeats].filter(isWithin);
    const fixes = places.flatMap((place) => suggested(each, place));
    return isWithin(each.span) ? [...fixes, ...own(document, each)] : fixes;
  });
}

function suggested(diagnostic: Diagnostic, span: Span): Fix[] {
  return diagnostic.suggestions.map((replacement, index) => ({
    title: `Change to \`${replacement}\``,
    diagnostic,
    span,
    replacement,
    isPreferred: index === 0 && diagnostic.suggestions.length === 1,
  }));
}

/** What is right for one code alone. */
function own(document: FlowDocument, diagnostic: Diagnostic): Fix[] {
  const { text } = document;
  const { span, code } = diagnostic;
  const name = text.slice(span.start, span.end);
  switch (code) {
    case "F112": {
      const removal = importRemoval(document, span);
      if (removal !== undefined) {
        return [
          {
            title: `Do not import \`${name}\``,
            diagnostic,
            span: removal,
            replacement: "",
            isPreferred: true,
          },
        ];
      }
      // One that is set stands in more places.
      if (referencesAt(document, span.start).length > 1) return [];
      return [
        {
          title: `Rename to \`_${name}\`: it is meant to be unused`,
          diagnostic,
          span,
          replacement: `_${name}`,
          isPreferred: false,
        },
      ];
    }
    case "F115": {
      const start = text.lastIndexOf("var", span.start);
      return start === -1
        ? []
        : [
            {
              title: "Make it a `let`",
              diagnostic,
              span: { start, end: start + 3 },
              replacement: "let",
              isPreferred: true,
            },
          ];
    }
    case "F301":
      return missingArms(document, diagnostic);
    default:
      return [];
  }
}

/** What to take out so that a name is imported no more: it and a comma, or the whole import with its line. */
function importRemoval({ tree, text }: FlowDocument, name: Span): Span | undefined {
  for (const { names, span } of tree.imports) {
    const at = names.findIndex((each) => each.span.start === name.start);
    if (at === -1) continue;
    if (names.length === 1)
      return { start: span.start, end: text[span.end] === "\n" ? span.end + 1 : span.end };
    const next = names[at + 1];
    return next === undefined
      ? { start: names[at - 1]!.span.end, end: name.end }
      : { start: name.start, end: next.span.start };
  }
  return undefined;
}

/** Arms that do nothing, before the closing brace, on lines of their own if the branch has several. */
function missingArms({ tree, known, text }: FlowDocument, diagnostic: Diagnostic): Fix[] {
  const branch = nodesAt(tree, diagnostic.span.start).findLast(
    (node) => node.kind === "branch" && node.span.start === diagnostic.span.start,
  ) as unknown as Branch | undefined;
  const subject = branch && known.facts.types.get(branch.subject);
  if (branch === undefined || subject === undefined) return [];
  const written = new Set(branch.arms.flatMap(({ labels }) => labels.map(({ name }) => name)));
  const missing = (wantedLabels(subject) ?? []).filter((label) => !written.has(label));
  const at = branch.span.end - 1;
  if (missing.length === 0 || text[at] !== "}") return [];
  const indent = /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", at) + 1))![0];
  const isOnOwnLine = text.slice(text.lastIndexOf("\n", at) + 1, at).trim() === "";
  const arms = missing.map((label) => (label === "some" ? "some found -> pass" : `${label} -> pass`));
  const replacement = isOnOwnLine
    ? `${arms.map((arm) => `  ${arm}\n${indent}`).join("")}`
    : `${text[at - 1] === " " ? "" : " "}${arms.join(" ")} `;
  return [
    {
      title: `Add ${missing.length === 1 ? "the missing arm" : "the missing arms"}`,
      diagnostic,
      span: { start: at, end: at },
      replacement,
      isPreferred: true,
    },
  ];
}

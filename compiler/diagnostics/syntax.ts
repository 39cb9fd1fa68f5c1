import type { SyntaxProblem } from "../../grammar/index.js";
import { type Diagnostic, diagnostic } from "./diagnostic.js";
import { suggest } from "./suggest.js";

/** What the grammar found wrong, as the catalogue says it. */
export function syntaxDiagnostic(problem: SyntaxProblem): Diagnostic {
  const { span } = problem;
  switch (problem.kind) {
    case "unexpected-character":
      return diagnostic("F001", span, problem, problem.instead);
    case "unterminated-text":
      return diagnostic("F002", span, problem);
    case "unterminated-prompt":
      return diagnostic("F003", span, problem);
    case "unexpected-token": {
      const { word, candidates, instead } = problem;
      if (instead !== undefined || word === undefined) return diagnostic("F004", span, problem, instead);
      const meant = suggest(word, candidates);
      // A misspelt keyword is no habit of another language.
      return diagnostic("F004", span, meant.length === 0 ? problem : { ...problem, help: undefined }, meant);
    }
    case "bad-escape":
      return diagnostic("F005", span, problem);
    case "number-too-large":
      return diagnostic("F006", span, problem);
    case "unclosed-tag":
      return diagnostic("F007", span, problem);
    case "stray-tag":
      return diagnostic("F008", span, problem);
    case "too-many":
      return diagnostic("F009", span, problem);
    case "too-large":
      return diagnostic("F010", span, problem);
  }
}

import type { PromptPart } from "../lower/prompts.js";
import { quote } from "./text.js";
import type { ValuePrinter, WriteLocal } from "./values.js";

/** A prompt as an expression that makes its text. */
export function printPrompt(parts: readonly PromptPart[], values: ValuePrinter, write: WriteLocal): string {
  const text = printParts(parts, values, write);
  return mayEndWithBreak(parts) ? values.call("withoutLastBreak", text) : text;
}

/** Whether the last thing that is written may be a line break of the prompt's own, not one that was inserted. */
function mayEndWithBreak(parts: readonly PromptPart[]): boolean {
  const last = parts.at(-1);
  if (last === undefined || last.kind === "insert") return false;
  if (last.kind === "text") return last.text.endsWith("\n");
  const inside = mayEndWithBreak(last.body) || (last.kind === "if" && mayEndWithBreak(last.otherwise));
  return inside || mayEndWithBreak(parts.slice(0, -1));
}

function printParts(parts: readonly PromptPart[], values: ValuePrinter, write: WriteLocal): string {
  if (parts.length === 0) return '""';
  return parts.map((part) => printPart(part, parts.length > 1, values, write)).join(" + ");
}

function printPart(
  part: PromptPart,
  hasNeighbours: boolean,
  values: ValuePrinter,
  write: WriteLocal,
): string {
  switch (part.kind) {
    case "text":
      return quote(part.text);
    case "insert": {
      if (!part.isText) return `String(${values.print(part.value)})`;
      return hasNeighbours ? values.operand(part.value) : values.print(part.value);
    }
    case "for": {
      const inside = values.narrowing.bound(part.element, part.list);
      const body = values.where(inside, () => printParts(part.body, values, write));
      return `${values.operand(part.list)}.map((${write(part.element)}) => ${body}).join("")`;
    }
    case "if": {
      const [yes, no] = [true, false].map((holds) =>
        values.where(values.narrowing.after(part.condition, holds), () =>
          printParts(holds ? part.body : part.otherwise, values, write),
        ),
      );
      return `(${values.print(part.condition)} ? ${yes} : ${no})`;
    }
  }
}

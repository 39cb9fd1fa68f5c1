import type { TestDeclaration, TestPart } from "../ast.js";
import { printExpression } from "./code.js";
import { quoted } from "./text.js";

export function printTest({ name, flow, parts }: TestDeclaration): string {
  const whom = flow === undefined ? "" : ` for ${flow.name}`;
  return `test ${quoted(name.name)}${whom} {\n${parts.map((part) => `${printPart(part)}\n`).join("")}}`;
}

function printPart(part: TestPart): string {
  switch (part.kind) {
    case "input":
      return `input ${printExpression(part.value)}`;
    case "mock": {
      const { target, always, answers } = part;
      const whom = target.quoted ? quoted(target.name) : target.name;
      const all = answers.map((each) => printExpression(each)).join(", ");
      return `mock ${whom}${always ? " always" : ""} -> ${all}`;
    }
    case "expect":
      return `expect ${printExpression(part.value)}`;
    case "expect-failure":
      return `expect fails ${quoted(part.message)}`;
    case "path":
      return `path ${part.points.map(({ name }) => quoted(name)).join(", ")}`;
  }
}

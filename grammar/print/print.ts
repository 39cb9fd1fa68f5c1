import type { AgentDeclaration, AgentOutput, Declaration, File, ImportDeclaration } from "../ast.js";
import { printBlock, printExpression } from "./code.js";
import { printTemplate } from "./templates.js";
import { printTest } from "./tests.js";
import { quoted } from "./text.js";
import { printParameters, printType } from "./types.js";

/**
 * A syntax tree as text: reading it gives the tree again. Comments are no part of a tree, and `format` lays out what
 * stands on one line here.
 * @throws if the tree holds what could not be read
 */
export function print(file: File): string {
  const imports = file.imports.map(printImport).join("");
  const declarations = file.declarations.map((each) => `${printDoc(each.doc)}${printDeclaration(each)}\n`);
  return [...(imports === "" ? [] : [imports]), ...declarations].join("\n");
}

function printImport({ names, from }: ImportDeclaration): string {
  return `import ${names.map(({ name }) => name).join(", ")} from ${quoted(from.path)}\n`;
}

function printDoc(doc: string): string {
  const lines = doc === "" ? [] : doc.split("\n");
  return lines.map((line) => (line === "" ? "///\n" : `/// ${line}\n`)).join("");
}

function printDeclaration(node: Declaration): string {
  switch (node.kind) {
    case "type": {
      const own = `type ${node.name.name} = ${printType(node.type)}`;
      return node.from === undefined ? own : `extern ${own} from ${quoted(node.from.path)}`;
    }
    case "extern-function":
      return `extern function ${head(node)} -> ${printType(node.output)} from ${quoted(node.from.path)}`;
    case "extern-effect":
      return `extern effect ${head(node)} -> ${printType(node.output)} ${node.class} from ${quoted(node.from.path)}`;
    case "agent":
      return printAgent(node);
    case "flow":
      return `flow ${head(node)} -> ${printType(node.output)} ${printBlock(node.body)}`;
    case "test":
      return printTest(node);
  }
}

function head({ name, parameters }: Pick<AgentDeclaration, "name" | "parameters">): string {
  return `${name.name}(${printParameters(parameters)})`;
}

function printAgent(node: AgentDeclaration): string {
  const lines = [
    ...node.examples.map(
      ({ inputs, output }) => `example ${printExpression(inputs)} -> ${printExpression(output)}`,
    ),
    ...node.sections.map(({ name, template }) => `${name.name} ${printTemplate(template)}`),
  ];
  const word = node.trained ? "agent" : "judge";
  return `${word} ${head(node)} -> ${printOutput(node.output)} {\n${lines.map((line) => `${line}\n`).join("")}}`;
}

function printOutput(output: AgentOutput): string {
  if (output.kind === "typed") return printType(output.type);
  const settings = output.settings.map(({ name, value }) => `${name.name}: ${printExpression(value)}`);
  return `${printType(output.type)}(${settings.join(", ")})`;
}

import type { CstNode, IToken } from "chevrotain";
import type {
  AgentDeclaration,
  AgentOutput,
  Declaration,
  EffectClass,
  Example,
  Expression,
  ExternEffect,
  ExternFunction,
  File,
  ImportDeclaration,
  ModulePath,
  Section,
  TypeDeclaration,
} from "../ast.js";
import type { Span } from "../source.js";
import { buildRecord, expressionIn } from "./expressions.js";
import { textValue } from "./literals.js";
import { buildBlock } from "./statements.js";
import { buildPrompt, plainTemplate } from "./templates.js";
import { buildTest } from "./tests.js";
import {
  type Building,
  identifier,
  identifierOf,
  inOrder,
  isNode,
  missingName,
  node,
  nodeSpan,
  nodes,
  token,
  tokenSpan,
  tokens,
} from "./tree.js";
import { buildParameters, buildType } from "./types.js";

export function buildFile(cst: CstNode, building: Building): File {
  const declarations = inOrder(cst).flatMap((child) => {
    const built = isNode(child) ? buildDeclaration(child, building) : undefined;
    return built === undefined ? [] : [built];
  });
  const imports = nodes(cst, "importDeclaration").map((each) => buildImport(each, building));
  return { imports, declarations };
}

function buildImport(cst: CstNode, building: Building): ImportDeclaration {
  const span = nodeSpan(cst);
  const text = token(cst, "Text");
  return {
    kind: "import",
    names: tokens(cst, "Name").map(identifierOf),
    from: text === undefined ? { path: "", span } : modulePath(text, building),
    span,
  };
}

function modulePath(text: IToken, building: Building): ModulePath {
  return { path: textValue(text, building), span: tokenSpan(text) };
}

function buildDeclaration(cst: CstNode, building: Building): Declaration | undefined {
  return cst.name === "externDeclaration"
    ? buildExtern(cst, building)
    : buildOwn(cst, nodeSpan(cst), building);
}

/** @param span of the whole declaration, which may begin before the node */
function buildOwn(cst: CstNode, span: Span, building: Building): Declaration | undefined {
  const shared = {
    name: identifier(cst, "Name") ?? missingName(span),
    doc: building.docAbove(span.start),
    span,
  };
  switch (cst.name) {
    case "typeDeclaration":
      return { kind: "type", ...shared, type: buildType(node(cst, "type"), building), from: undefined };
    case "externFunction":
      return {
        kind: "extern-function",
        ...shared,
        parameters: buildParameters(node(cst, "parameters"), building),
        output: buildType(node(cst, "type"), building),
        from: { path: "", span },
      };
    case "externEffect":
      return {
        kind: "extern-effect",
        ...shared,
        parameters: buildParameters(node(cst, "parameters"), building),
        output: buildType(node(cst, "type"), building),
        class: buildEffectClass(node(cst, "effectClass")),
        from: { path: "", span },
      };
    case "agentDeclaration":
      return buildAgent(cst, shared, building);
    case "flowDeclaration":
      return {
        kind: "flow",
        ...shared,
        parameters: buildParameters(node(cst, "parameters"), building),
        output: buildType(node(cst, "type"), building),
        body: buildBlock(node(cst, "block"), building),
      };
    case "testDeclaration":
      return buildTest(cst, shared, building);
    default:
      return undefined;
  }
}

function buildExtern(cst: CstNode, building: Building): Declaration | undefined {
  const span = nodeSpan(cst);
  const inner = node(cst, "typeDeclaration") ?? node(cst, "externFunction") ?? node(cst, "externEffect");
  const built = inner && buildOwn(inner, span, building);
  const text = token(cst, "Text");
  const from = text && modulePath(text, building);
  return (
    built && {
      ...(built as TypeDeclaration | ExternFunction | ExternEffect),
      from: from ?? { path: "", span },
    }
  );
}

/** One that could not be read is taken for the class that promises nothing. */
function buildEffectClass(cst: CstNode | undefined): EffectClass {
  return effectClasses.find((each) => cst !== undefined && token(cst, each) !== undefined) ?? "effectful";
}

const effectClasses: readonly EffectClass[] = ["pure", "idempotent", "effectful"];

function buildAgent(
  cst: CstNode,
  shared: Pick<AgentDeclaration, "name" | "doc" | "span">,
  building: Building,
): AgentDeclaration {
  return {
    kind: "agent",
    ...shared,
    parameters: buildParameters(node(cst, "parameters"), building),
    output: buildOutput(node(cst, "agentOutput"), building),
    sections: nodes(cst, "section").flatMap((section) => buildSection(section, building)),
    examples: nodes(cst, "example").map((example) => buildExample(example, building)),
    trained: token(cst, "judge") === undefined,
  };
}

function buildOutput(cst: CstNode | undefined, building: Building): AgentOutput {
  const span = nodeSpan(cst);
  const type = buildType(cst && node(cst, "type"), building);
  if (cst === undefined || token(cst, "(") === undefined) return { kind: "typed", type, span };
  const settings = nodes(cst, "setting").map((setting) => ({
    name: identifier(setting, "Word") ?? missingName(nodeSpan(setting)),
    value: expressionIn(setting, building),
  }));
  return { kind: "generate", type, settings, span };
}

function buildExample(cst: CstNode, building: Building): Example {
  const span = nodeSpan(cst);
  const record = node(cst, "record");
  const inputs: Expression = record === undefined ? { kind: "error", span } : buildRecord(record, building);
  return { inputs, output: expressionIn(cst, building), span };
}

function buildSection(cst: CstNode, building: Building): Section[] {
  const name = identifier(cst, "Name");
  if (name === undefined) return [];
  const text = token(cst, "Text");
  if (text !== undefined) return [{ name, template: plainTemplate(text, building) }];
  const prompt = node(cst, "prompt");
  return prompt === undefined ? [] : [{ name, template: buildPrompt(prompt, building) }];
}

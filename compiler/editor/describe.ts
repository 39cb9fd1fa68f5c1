import type { Expression, Section } from "../../grammar/index.js";
import {
  type AgentSymbol,
  answerType,
  type Callee,
  type ExternSymbol,
  type Known,
  type Variable,
} from "../check/symbols.js";
import { type Signature, showSignature } from "../functions/signature.js";
import { show, type Type } from "../types/type.js";
import type { Entity } from "./occurrences.js";
import { type AnyNode, walk } from "./walk.js";

/** What there is to say about a name: code as the language writes it, and prose. */
export interface Description {
  readonly code: string;
  /** Markdown; empty if there is nothing to add. */
  readonly prose: string;
}

export function describe(entity: Entity, known: Known): Description {
  switch (entity.kind) {
    case "type":
      return {
        code: `type ${entity.symbol.name} = ${spelledOut(entity.symbol.type)}`,
        prose: entity.symbol.declaration.doc,
      };
    case "agent":
      return {
        code: head(entity.symbol),
        prose: paragraphs(entity.symbol.declaration.doc, readsOf(entity.symbol, known)),
      };
    case "flow":
      return { code: head(entity.symbol), prose: entity.symbol.declaration.doc };
    case "effect": {
      const { doc, from } = entity.symbol.declaration;
      const source = `Done by the simulator, from ${inCode(from.path)}.`;
      return {
        code: `${head(entity.symbol)} ${entity.symbol.class}`,
        prose: paragraphs(doc, classProse[entity.symbol.class], source),
      };
    }
    case "extern": {
      const { doc, from } = entity.symbol.declaration;
      return { code: head(entity.symbol), prose: paragraphs(doc, `From ${inCode(from.path)}.`) };
    }
    case "variable":
      return { code: variableHead(entity.symbol), prose: "" };
    case "field":
      return {
        code: `${entity.name}: ${show(entity.type)}`,
        prose: `A field of ${inCode(show(entity.record))}.`,
      };
    case "label":
      return { code: entity.name, prose: `A label of ${inCode(show(entity.labels))}.` };
    case "function": {
      const { name, signatures, doc } = entity.symbol;
      return { code: signatures.map((each: Signature) => showSignature(name, each)).join("\n"), prose: doc };
    }
    case "builtin-type":
      return { code: entity.name, prose: builtinProse.get(entity.name) ?? "" };
  }
}

/** `agent query(question: text) -> text(max_tokens: 50)` */
export function head(symbol: Callee | ExternSymbol): string {
  return `${wordOf(symbol)} ${symbol.name}(${symbol.parameters.map(input).join(", ")}) -> ${outputOf(symbol)}`;
}

function wordOf(symbol: Callee | ExternSymbol): string {
  if (symbol.kind === "effect") return "extern effect";
  if (symbol.kind === "extern") return "extern function";
  return symbol.kind === "agent" && !symbol.declaration.trained ? "judge" : symbol.kind;
}

/** `question: text` */
export function input({ name, type }: Variable): string {
  return `${name}: ${show(type)}`;
}

/** The type with its fields or labels, even if it has a name. */
export function spelledOut(type: Type): string {
  return type.kind === "record" || type.kind === "labels" ? show({ ...type, name: undefined }) : show(type);
}

/** Of an agent with its token limit. */
function outputOf(symbol: Callee | ExternSymbol): string {
  if (symbol.kind !== "agent") return show(symbol.output);
  const type = show(answerType(symbol.output));
  return "maxTokens" in symbol.output ? `${type}(max_tokens: ${symbol.output.maxTokens})` : type;
}

function variableHead({ name, type, role }: Variable): string {
  const word = role === "let" || role === "var" ? `${role} ` : "";
  const note = role === "parameter" ? "  # input" : role === "loop variable" ? "  # one after the other" : "";
  return `${word}${name}: ${show(type)}${note}`;
}

/** Which inputs each prompt of an agent reads. */
function readsOf({ declaration, parameters }: AgentSymbol, { facts }: Known): string {
  const lines = declaration.sections.map(({ name, template }: Section) => {
    const read = new Set<Variable>();
    walk(template, (node: AnyNode) => {
      const variable = facts.uses.get(node as unknown as Expression);
      if (variable !== undefined) read.add(variable);
    });
    const names = parameters.filter((each) => read.has(each)).map((each) => inCode(each.name));
    return `- \`${name.name}\` reads ${names.length === 0 ? "no input" : names.join(", ")}`;
  });
  return lines.join("\n");
}

function paragraphs(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n\n");
}

/** A code span; its text cannot end it. */
function inCode(text: string): string {
  return `\`${text.replaceAll("`", "'")}\``;
}

const classProse = {
  pure: "Its result depends on its inputs alone, and nothing else happens.",
  idempotent: "Doing it again at once changes nothing more.",
  effectful: "It changes the simulator's state.",
} as const;

const builtinProse: ReadonlyMap<string, string> = new Map([
  ["text", "Unicode text."],
  ["int", "Whole numbers from -(2^53 - 1) to 2^53 - 1."],
  ["float", "Double-precision numbers, never infinite."],
  ["bool", "`true` or `false`."],
]);

import {
  type AgentDeclaration,
  type AgentOutput,
  type Declaration,
  type ExternEffect,
  type ExternFunction,
  type File,
  type FlowDeclaration,
  type Identifier,
  type ModulePath,
  type Parameter,
  reservedWords,
  type TestDeclaration,
  type TypeDeclaration,
} from "../../grammar/index.js";
import { suggest } from "../diagnostics/suggest.js";
import { isModulePath } from "../files/paths.js";
import { excess, limits } from "../types/size.js";
import { show, type Type, unknown } from "../types/type.js";
import { allowName, type Context, define, lineOf } from "./context.js";
import { findType } from "./statements.js";
import type { Output, Variable } from "./symbols.js";
import { builtinTypes, distinct, type FindType, resolveType } from "./type-nodes.js";

/**
 * Makes the declared names known, with their types: bodies come later, since they may use what stands below them.
 * @param broken whether a declaration's text could not be read in full
 */
export function collect(context: Context, file: File, broken: (node: Declaration) => boolean): void {
  const declarations = withoutDuplicates(context, file.declarations);
  collectTypes(
    context,
    declarations.filter((node) => node.kind === "type"),
    broken,
  );
  // What its head seems to say follows from what could not be read.
  const quiet: Context = { ...context, report: context.followUp };
  for (const node of declarations) {
    const own = broken(node) ? quiet : context;
    if (node.kind === "agent") collectAgent(own, node, broken(node));
    else if (node.kind === "flow") collectFlow(own, node, broken(node));
    else if (node.kind === "extern-function") collectExtern(own, node, broken(node));
    else if (node.kind === "extern-effect") collectEffect(own, node, broken(node));
    if ("from" in node && node.from !== undefined && !broken(node)) checkModulePath(context, node.from);
  }
  // Tests come last: their flow may stand below them.
  for (const node of declarations) if (node.kind === "test") collectTest(context, node, broken(node));
}

/** Types have names of their own; all that is called shares its names. What is imported has names too. */
function withoutDuplicates(context: Context, declarations: readonly Declaration[]): Declaration[] {
  const seen = new Map<string, Identifier>();
  for (const { name, symbols } of context.imports.values()) {
    for (const { kind } of symbols) seen.set(kind === "type" ? `type ${name.name}` : name.name, name);
  }
  return declarations.filter((node) => {
    const { name, span } = node.name;
    if (name === "" && node.kind !== "test") context.nameless[node.kind === "type" ? "types" : "calls"]++;
    // The name of a test is any text, and nobody's but its own.
    if (node.kind !== "test" && (name === "" || !allowName(context, node.name))) return false;
    if (node.kind === "type" && (builtinTypes.has(name) || name === "list")) {
      context.report("F106", span, { name, why: "it is a type of the language" });
      return false;
    }
    const key = node.kind === "type" || node.kind === "test" ? `${node.kind} ${name}` : name;
    const earlier = seen.get(key);
    if (earlier === undefined) seen.set(key, node.name);
    else {
      // An import may stand below.
      const [first, second] = earlier.span.start < span.start ? [earlier.span, span] : [span, earlier.span];
      context.report("F104", second, { name, line: lineOf(context, first) });
      context.ambiguous.add(key);
    }
    return earlier === undefined;
  });
}

/** Types may use each other in any order, but not go in circles: there would be no end to their values. */
function collectTypes(
  context: Context,
  declarations: readonly TypeDeclaration[],
  broken: (node: Declaration) => boolean,
): void {
  const nodes = new Map(declarations.map((node) => [node.name.name, node]));
  const path: string[] = [];
  const find: FindType = (name) => {
    context.usedTypes.add(name);
    const builtin = builtinTypes.get(name) ?? context.types.get(name)?.type;
    const node = nodes.get(name);
    if (builtin !== undefined || node === undefined) return builtin;
    const from = path.indexOf(name);
    if (from === -1) return resolve(node);
    context.report("F109", node.name.span, { path: [...path.slice(from), name].join(" -> ") });
    return unknown;
  };
  const resolve = (node: TypeDeclaration): Type => {
    const { name } = node.name;
    const isUnsure = broken(node) || context.ambiguous.has(`type ${name}`);
    path.push(name);
    const type =
      path.length > limits.levels
        ? reportSize(context, node, { what: "types within each other", limit: limits.levels })
        : bounded(
            context,
            node,
            resolveType(context, isUnsure ? { kind: "error", span: node.span } : node.type, find, name),
          );
    path.pop();
    define(context, { kind: "type", name, declaration: node, type });
    return type;
  };
  for (const node of declarations) if (!context.types.has(node.name.name)) resolve(node);
}

/** The type, or `unknown` after a report if it is too large. */
function bounded(context: Context, node: TypeDeclaration, type: Type): Type {
  const beyond = excess(type);
  return beyond === undefined ? type : reportSize(context, node, beyond);
}

function reportSize(
  context: Context,
  node: TypeDeclaration,
  beyond: NonNullable<ReturnType<typeof excess>>,
): Type {
  context.report("F009", node.name.span, beyond);
  return unknown;
}

function collectAgent(context: Context, node: AgentDeclaration, broken: boolean): void {
  const { name } = node.name;
  define(context, {
    kind: "agent",
    name,
    declaration: node,
    parameters: parameters(context, node.parameters),
    output: broken ? { kind: "unknown" } : agentOutput(context, node.output),
    broken,
  });
}

function collectFlow(context: Context, node: FlowDeclaration, broken: boolean): void {
  const { name } = node.name;
  const output = resolveType(context, node.output, findType(context));
  define(context, {
    kind: "flow",
    name,
    declaration: node,
    parameters: parameters(context, node.parameters),
    output,
    broken,
  });
}

function collectExtern(context: Context, node: ExternFunction, broken: boolean): void {
  const { name } = node.name;
  define(context, {
    kind: "extern",
    name,
    declaration: node,
    parameters: parameters(context, node.parameters),
    output: resolveType(context, node.output, findType(context)),
    broken,
  });
}

/** Without a name of a flow it is for the last one, as everywhere. */
function collectTest(context: Context, node: TestDeclaration, broken: boolean): void {
  const { name } = node.name;
  const { flows } = context.declared;
  const flow = node.flow === undefined ? [...flows.values()].at(-1) : flows.get(node.flow.name);
  if (name.trim() === "" && !broken) context.report("F106", node.name.span, { name, why: "it is blank" });
  context.tests.push({ kind: "test", name, declaration: node, flow, broken });
}

function collectEffect(context: Context, node: ExternEffect, broken: boolean): void {
  const { name, span } = node.name;
  // What a module exports under these names says what state its effects begin in.
  if (name === "start" || name === "live") context.report("F522", span, { name });
  define(context, {
    kind: "effect",
    name,
    declaration: node,
    parameters: parameters(context, node.parameters),
    output: resolveType(context, node.output, findType(context)),
    class: node.class,
    broken,
  });
}

/** Code comes from beside the flow alone: a flow must not reach out for what happens to lie on a machine. */
function checkModulePath(context: Context, { path, span }: ModulePath): void {
  if (!isModulePath(path)) context.report("F325", span, { path });
}

function parameters(context: Context, nodes: readonly Parameter[]): Variable[] {
  const names = distinct(
    context,
    nodes.map((node) => node.name),
    "input",
  );
  const kept = new Set(names);
  const twice = new Set(nodes.filter(({ name }) => !kept.has(name)).map(({ name }) => name.name));
  // The grammar takes any word there, as it does for fields; where the input is used it could not be read.
  for (const { name, span } of names)
    if (reservedWords.has(name)) context.report("F106", span, { name, why: "it is a word of the language" });
  return nodes
    .filter((node) => kept.has(node.name))
    .map((node) => ({
      name: node.name.name,
      type: resolveType(context, node.type, findType(context)),
      role: "parameter",
      span: node.name.span,
      shadows: twice.has(node.name.name),
      read: reservedWords.has(node.name.name),
      assigned: false,
    }));
}

function agentOutput(context: Context, node: AgentOutput): Output {
  const type = resolveType(context, node.type, findType(context));
  if (node.kind === "typed") {
    if (type.kind === "labels") return type;
    if (type.kind === "text" || type.kind === "record") context.report("F211", node.span, named(type));
    else if (type.kind !== "unknown") context.report("F209", node.span, { found: show(type) });
    return { kind: "unknown" };
  }
  const maxTokens = settingsOf(context, node, type);
  if (maxTokens === undefined) return { kind: "unknown" };
  return type.kind === "record" ? { kind: "record", type, maxTokens } : { kind: "text", maxTokens };
}

/** The limit of a text or a record; nothing after a report if there is none, or if the type takes none. */
function settingsOf(
  context: Context,
  { settings, span }: AgentOutput & { kind: "generate" },
  type: Type,
): number | undefined {
  if (type.kind === "unknown") return undefined;
  if (type.kind !== "text" && type.kind !== "record") {
    if (type.kind === "labels") context.report("F405", span, { found: show(type) });
    else context.report("F209", span, { found: show(type) });
    return undefined;
  }
  const maxTokens = settings.find((setting) => setting.name.name === "max_tokens")?.value;
  for (const { name } of settings) {
    if (name.name === "max_tokens" || name.name === "") continue;
    context.report("F211", name.span, named(type), suggest(name.name, ["max_tokens"]));
    return undefined;
  }
  if (maxTokens?.kind === "number" && maxTokens.whole && maxTokens.value >= 1) return maxTokens.value;
  if (maxTokens?.kind !== "error") context.report("F211", span, named(type));
  return undefined;
}

function named(type: Type): { what: string } {
  return { what: type.kind === "text" ? "`text`" : "a record" };
}

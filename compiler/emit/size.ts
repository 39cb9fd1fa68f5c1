import type { AgentSymbol, FlowSymbol, Program } from "../check/symbols.js";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.js";
import { type Block, type Graph, isWait, type Local, type Value, type Wait } from "../lower/ir.js";
import { livenessWithin } from "../lower/liveness.js";
import { lower } from "../lower/lower.js";
import { parts } from "../lower/values.js";
import { nameOf, type Type } from "../types/type.js";
import { planFunctions } from "./functions.js";
import { Names } from "./names.js";

/**
 * About how many characters of TypeScript the machine of a flow may have. TypeScript takes a millisecond or two for a
 * thousand of them, whatever they say, so this is what keeps compiling below a second.
 */
const limit = 400_000;

/** Locals that all blocks of a machine may need together, so that counting them takes no time either. */
const mostNeeded = 1_000_000;

/**
 * Reports flows whose machines would be too large: each place where one waits is written out with all that it holds, and
 * a few lines of sub-flow calls, or of values that are all needed at the end, may stand for megabytes.
 */
export function checkMachines(program: Program): Diagnostic[] {
  const called = new Set(program.facts.calls.values());
  const { sources } = program;
  return (
    [...program.flows.values()]
      .filter(({ declaration: { span } }) => sources.at(span.start) === sources.main)
      // What another flow calls is a part of that one's machine.
      .filter((flow) => !called.has(flow))
      .flatMap((flow) => checkMachine(program, flow))
  );
}

function checkMachine(program: Program, flow: FlowSymbol): Diagnostic[] {
  const graphs = withLanes(lower(program, flow));
  if (isWithin(graphs)) return [];
  const waits = sum(graphs, ({ blocks }) => blocks.filter(({ exit }) => isWait(exit)).length);
  return [diagnostic("F309", flow.declaration.name.span, { name: flow.name, limit, waits })];
}

/** Whether a machine stays below the limit. What takes little time to count is counted first. */
function isWithin(graphs: readonly Graph[]): boolean {
  let size = 0;
  for (const { blocks } of graphs) {
    for (const block of blocks) {
      size += ownSize(block);
      if (size > limit) return false;
    }
  }
  for (const each of graphs) {
    size += heldSize(each, limit - size);
    if (size > limit) return false;
  }
  return true;
}

function withLanes(graph: Graph): Graph[] {
  const lanes = graph.blocks.flatMap(({ exit }) => (exit?.kind === "parallel" ? withLanes(exit.lane) : []));
  return [graph, ...lanes];
}

/** What a block is written as, without what it hands on. */
function ownSize({ assigns, exit }: Block): number {
  let size = 0;
  for (const { target, value } of assigns) {
    size += 16 + target.hint.length + typeSize(target.type) + valueSize(value);
  }
  if (isWait(exit)) return size + waitSize(exit);
  if (exit?.kind === "if") return size + 40 + valueSize(exit.condition);
  if (exit?.kind === "return") return size + 40 + valueSize(exit.value);
  return size + 20;
}

/** A state's interface, its cases in three functions, and the function that goes on from it. */
function waitSize(exit: Wait): number {
  if (exit.kind === "parallel") return 1_500 + 10 * exit.at.length;
  const path = sum(exit.path, (part) => (typeof part === "string" ? part : part.hint).length + 9);
  const args = sum(exit.args, valueSize);
  const output = exit.kind === "effect" ? typeSize(exit.effect.output) : outputSize(exit.agent);
  return 430 + 8 * exit.at.length + 2 * exit.site.length + path + args + 3 * output;
}

/** Labels are written out for each request. */
function outputSize({ output }: AgentSymbol): number {
  if (output.kind === "labels") return sum(output.labels, ({ length }) => length + 4);
  return output.kind === "record" ? typeSize(output.type) : 0;
}

/** What states hold and functions take. Where there is no end to it, more than `most`. */
function heldSize(graph: Graph, most: number): number {
  const live = livenessWithin(graph, mostNeeded);
  if (live === undefined) return most + 1;
  const functions = planFunctions(graph, new Names());
  let size = 0;
  for (const block of graph.blocks) {
    const { exit } = block;
    // A field, and the state in which it is given; it is read in `advance`, as a function's argument.
    if (isWait(exit)) size += heldBy(live.whileWaiting(block), 26, 3);
    // A parameter, and an argument where the function is called.
    if (functions.nameOf(block) !== undefined) size += heldBy(live.atEntry(block), 10, 3);
    if (size > most) return size;
  }
  return size;
}

function heldBy(locals: readonly Local[], signs: number, mentions: number): number {
  return sum(locals, ({ hint, type }) => signs + mentions * hint.length + typeSize(type));
}

function valueSize(value: Value): number {
  const inner = sum(parts(value), valueSize);
  switch (value.kind) {
    case "constant":
      return JSON.stringify(value.value).length;
    case "local":
      return inner + value.local.hint.length + 4;
    case "field":
      return inner + value.name.length + 1;
    case "record":
      return inner + 4 + sum(value.fields, ({ name }) => name.length + 4);
    case "extern":
      return inner + 2 * value.extern.name.length + 60 + typeSize(value.extern.output);
    case "comprehension":
    case "candidates":
      return inner + 40 + 2 * value.element.hint.length;
    default:
      return inner + 14;
  }
}

function sum<T>(all: readonly T[], size: (each: T) => number): number {
  return all.reduce((total, each) => total + size(each), 0);
}

/** Characters of a type, and its fields: in declarations each stands on a line of its own, indented by its depth. */
interface TypeSize {
  readonly characters: number;
  readonly fields: number;
}

const typeSizes = new WeakMap<Type, TypeSize>();

function typeSize(type: Type): number {
  return measured(type).characters;
}

function measured(type: Type): TypeSize {
  const known = typeSizes.get(type);
  if (known !== undefined) return known;
  const size = measure(type);
  typeSizes.set(type, size);
  return size;
}

function measure(type: Type): TypeSize {
  const name = nameOf(type);
  if (name !== undefined) return { characters: name.length, fields: 0 };
  if (type.kind === "list" || type.kind === "optional") {
    const { characters, fields } = measured(type.element);
    return { characters: characters + 11, fields };
  }
  if (type.kind === "labels") {
    return { characters: sum(type.labels, ({ length }) => length + 5), fields: 0 };
  }
  if (type.kind !== "record") return { characters: 7, fields: 0 };
  let characters = 4;
  let fields = 0;
  for (const [field, each] of type.fields) {
    const inner = measured(each);
    characters += field.length + 13 + inner.characters + 4 * inner.fields;
    fields += 1 + inner.fields;
  }
  return { characters, fields };
}

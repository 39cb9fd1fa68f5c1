import type {
  Arm,
  BinaryOperator,
  Block,
  BoundedLoop,
  Expression,
  Jump,
  RecordEntry,
  Statement,
} from "../ast.js";
import { quoted } from "./text.js";
import { printType } from "./types.js";

/** Expressions and statements: either can hold the other. */

/** How tightly an expression binds; what stands looser than its place allows gets parentheses. */
const loosest = 0;
const tightest = 9;

const binding: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  "==": 4,
  "!=": 4,
  "<": 4,
  "<=": 4,
  ">": 4,
  ">=": 4,
  in: 4,
  "not in": 4,
  "??": 5,
  "+": 6,
  "-": 6,
  "*": 7,
  "/": 7,
  "%": 7,
};

function bindingOf(node: Expression): number {
  switch (node.kind) {
    case "pick":
    case "parallel":
      return loosest;
    case "binary":
      return binding[node.operator];
    case "is":
      return binding["=="];
    case "unary":
      return node.operator === "not" ? 3 : 8;
    default:
      return tightest;
  }
}

/** On one line. */
export function printExpression(node: Expression, least = loosest): string {
  const text = bare(node);
  return bindingOf(node) < least ? `(${text})` : text;
}

/** Where the grammar takes no `pick` and no `parallel` without parentheses. */
function printOperand(node: Expression): string {
  return printExpression(node, binding.or);
}

function bare(node: Expression): string {
  switch (node.kind) {
    case "text":
      return quoted(node.value);
    case "number":
      return printNumber(node.value, node.whole);
    case "bool":
      return String(node.value);
    case "name":
      return node.name;
    case "call":
      return `${node.callee.name}(${printAll(node.args)})`;
    case "field":
      return `${printExpression(node.object, tightest)}.${node.name.name}`;
    case "index":
      return `${printExpression(node.list, tightest)}[${printExpression(node.index)}]`;
    case "unary": {
      const operand = printExpression(node.operand, bindingOf(node));
      return node.operator === "not" ? `not ${operand}` : `-${operand}`;
    }
    case "binary": {
      const own = binding[node.operator];
      // Comparisons do not chain; all others group from the left.
      const left = printExpression(node.left, own === binding["=="] ? own + 1 : own);
      return `${left} ${node.operator} ${printExpression(node.right, own + 1)}`;
    }
    case "is": {
      const subject = printExpression(node.subject, binding["=="] + 1);
      return `${subject} is ${node.negated ? "not " : ""}${node.label.name}`;
    }
    case "list":
      return `[${printAll(node.items)}]`;
    case "comprehension": {
      const condition = node.condition === undefined ? "" : ` if ${printOperand(node.condition)}`;
      return `[${printExpression(node.body)} for ${node.name.name} in ${printOperand(node.list)}${condition}]`;
    }
    case "record":
      return printRecord(node.fields);
    case "pick": {
      const condition = node.condition === undefined ? "" : ` where ${printOperand(node.condition)}`;
      const asked = `${printExpression(node.scorer)} is ${node.label.name}`;
      return `pick ${node.name.name} from ${printOperand(node.list)}${condition} by ${asked} else ${printJump(node.otherwise)}`;
    }
    case "parallel":
      return `parallel ${node.name.name} in ${printOperand(node.list)} ${printBlock(node.body, inline)}`;
    case "error":
      throw new Error("an expression that could not be read cannot be printed");
  }
}

function printAll(nodes: readonly Expression[]): string {
  return nodes.map((each) => printExpression(each)).join(", ");
}

function printRecord(fields: readonly RecordEntry[]): string {
  if (fields.length === 0) return "{}";
  return `{ ${fields.map(({ name, value }) => `${name.name}: ${printExpression(value)}`).join(", ")} }`;
}

function printNumber(value: number, whole: boolean): string {
  const text = String(value);
  return whole || /[.e]/.test(text) ? text : `${text}.0`;
}

function printJump(jump: Jump): string {
  return "value" in jump ? `${jump.kind} ${printExpression(jump.value)}` : jump.kind;
}

/** Puts the lines of a block between its braces. */
type Layout = (lines: readonly string[]) => string;

const inline: Layout = (lines) => (lines.length === 0 ? "{}" : `{ ${lines.join(" ")} }`);

const onLines: Layout = (lines) =>
  `{\n${lines.map((line) => `  ${line.replaceAll("\n", "\n  ")}\n`).join("")}}`;

/** A line for every statement. No text in quotes holds a line break, so that lines can be indented as they are. */
export function printBlock(block: Block, layout: Layout = onLines): string {
  return layout(block.statements.map((each) => printStatement(each, layout)));
}

function printStatement(node: Statement, layout: Layout): string {
  switch (node.kind) {
    case "let":
    case "var": {
      const type = node.type === undefined ? "" : `: ${printType(node.type)}`;
      return `${node.kind} ${node.name.name}${type} = ${printExpression(node.value)}`;
    }
    case "set":
      return `set ${node.name.name} = ${printExpression(node.value)}`;
    case "do":
      return `do ${printExpression(node.value)}`;
    case "bounded-loop":
      return printBoundedLoop(node, layout);
    case "list-loop":
      return `loop ${node.name.name} in ${printExpression(node.list)} ${printBlock(node.body, layout)}`;
    case "branch":
      return `branch ${printExpression(node.subject)} ${layout(node.arms.map((arm) => printArm(arm, layout)))}`;
    default:
      return printJump(node);
  }
}

function printBoundedLoop({ bound, body, until, exhausted }: BoundedLoop, layout: Layout): string {
  const condition = until === undefined ? "" : ` until ${printExpression(until)}`;
  const arm = exhausted === undefined ? "" : ` exhausted -> ${printArmBody(exhausted, layout)}`;
  return `loop up to ${printExpression(bound)} ${printBlock(body, layout)}${condition}${arm}`;
}

function printArm({ labels, binding, body }: Arm, layout: Layout): string {
  const names = labels.map(({ name }) => name);
  // `true` and `false` take no name.
  const named = binding && names.findIndex((name) => name !== "true" && name !== "false");
  const written = names.map((name, index) => (index === named ? `${name} ${binding!.name}` : name));
  return `${written.join(" | ")} -> ${printArmBody(body, layout)}`;
}

/** A jump stands alone; a loop does not, since an `until` or `exhausted` below it would become its own. */
function printArmBody(body: Block, layout: Layout): string {
  const [first, ...more] = body.statements;
  if (first === undefined) return "pass";
  const isJump = ["break", "continue", "return", "yield"].includes(first.kind);
  return isJump && more.length === 0 ? printStatement(first, layout) : printBlock(body, layout);
}

import type {
  Block as BlockNode,
  BoundedLoop,
  Branch,
  Expression,
  ListLoop,
  Statement,
} from "../../grammar/index.js";
import { int, type Type } from "../types/type.js";
import { type Builder, newBlock, newCounter } from "./builder.js";
import { lowerCondition } from "./conditions.js";
import type { Block, Local, Value } from "./ir.js";
import { lowerJump } from "./jumps.js";
import { lowerListLoop } from "./loops.js";
import { constant, local, parts } from "./values.js";

export function lowerBlock(b: Builder, block: BlockNode): void {
  for (const statement of block.statements) lowerStatement(b, statement);
}

function lowerStatement(b: Builder, node: Statement): void {
  switch (node.kind) {
    case "let":
    case "var":
      lowerInto(b, b.localOf(b.program.facts.bindings.get(node.name)!), node.value);
      break;
    case "set":
      lowerSet(b, b.localOf(b.program.facts.uses.get(node.name)!), node.value);
      break;
    case "do":
      b.lower(node.value);
      break;
    case "bounded-loop":
      lowerBoundedLoop(b, node);
      break;
    case "list-loop":
      lowerLoopOver(b, node);
      break;
    case "branch":
      lowerBranch(b, node);
      break;
    default:
      lowerJump(b, node);
      break;
  }
}

function lowerInto(b: Builder, target: Local, node: Expression): void {
  const value = b.lower(node, target);
  if (value.kind !== "local" || value.local !== target) b.assign(target, value, node.span);
}

/** The old value may be read while the new one is made (`set a = f(a)`), so an answer is taken first. */
function lowerSet(b: Builder, target: Local, node: Expression): void {
  b.assign(target, b.lower(node), node.span);
}

/**
 * `until` is asked after every pass but the last permitted one, where its answer would change nothing; if an
 * exhausted loop has an arm, after that one too. `continue` leads there.
 */
function lowerBoundedLoop(b: Builder, node: BoundedLoop): void {
  const { span } = node;
  const number = b.nextLoop();
  const bound = lowerBound(b, node.bound);
  const pass = newCounter(`pass${number}`, node);
  const head = newBlock(`loop${number}`);
  const next = newBlock(`next${number}`);
  const again = newBlock(`again${number}`);
  const exit = newBlock(`after${number}`);
  const exhausted = node.exhausted === undefined ? exit : newBlock(`exhausted${number}`);
  if (bound.kind !== "constant") {
    const some = newBlock("some");
    const condition = compare("<", bound, constant(1));
    b.exit({ kind: "if", condition, whenTrue: exhausted, whenFalse: some, span: node.bound.span });
    b.enter(some);
  }
  b.assign(pass, constant(1), span);
  b.goto(head, span);
  b.enter(head);
  const { path, loops } = b.frame;
  b.frame.path = [...path, pass];
  b.frame.loops = [...loops, { exit, next }];
  lowerBlock(b, node.body);
  b.frame.loops = loops;
  b.goto(next, span);

  b.enter(next);
  const { until } = node;
  const isLast = compare(">=", local(pass), bound);
  const lowerUntil = (otherwise: Block) => {
    if (until === undefined) b.goto(otherwise, span);
    else lowerCondition(b, until, exit, otherwise);
  };
  const more = newBlock("until");
  if (node.exhausted === undefined) {
    b.exit({ kind: "if", condition: isLast, whenTrue: exit, whenFalse: more, span });
    b.enter(more);
    lowerUntil(again);
  } else {
    lowerUntil(more);
    b.enter(more);
    b.exit({ kind: "if", condition: isLast, whenTrue: exhausted, whenFalse: again, span });
  }
  b.enter(again);
  b.assign(pass, { kind: "next", counter: pass }, span);
  b.goto(head, span);
  b.frame.path = path;
  if (node.exhausted !== undefined) {
    b.enter(exhausted);
    lowerBlock(b, node.exhausted);
    b.goto(exit, span);
  }
  b.enter(exit);
}

function compare(operator: "<" | ">=", left: Value, right: Value): Value {
  return { kind: "compare", operator, left, right, what: "number" };
}

/** Evaluated once, before the first pass; if it is below 1 there is none. */
function lowerBound(b: Builder, node: Expression): Value {
  const value = b.lower(node);
  return value.kind === "constant" ? value : local(b.spill(value, "bound", int, node.span));
}

function lowerLoopOver(b: Builder, node: ListLoop): void {
  // The list is what it was when the loop began, even if a variable that held it is set inside.
  const list = b.held(b.lower(node.list), "list", b.typeOf(node.list), node.list.span);
  const element = b.localOf(b.program.facts.bindings.get(node.name)!);
  lowerListLoop(b, { source: local(list), element, of: node }, (next, exit) => {
    const { loops } = b.frame;
    b.frame.loops = [...loops, { exit, next }];
    lowerBlock(b, node.body);
    b.frame.loops = loops;
  });
}

/** One test per arm; the last one needs none, since the arms are exhaustive. */
function lowerBranch(b: Builder, node: Branch): void {
  const subject = b.lower(node.subject);
  const type = b.typeOf(node.subject);
  const isKept = subject.kind === "local" || (isTestedOnce(node) && !asksForNone(subject));
  const value = isKept ? subject : local(b.spill(subject, "subject", type, node.subject.span));
  const after = newBlock("join");
  node.arms.forEach((arm, index) => {
    const body = newBlock("arm");
    const others = newBlock("others");
    const { span } = node.subject;
    if (index === node.arms.length - 1) b.goto(body, span);
    else {
      const condition = anyOf(arm.labels.map(({ name }) => test(type.kind, value, name)));
      b.exit({ kind: "if", condition, whenTrue: body, whenFalse: others, span });
    }
    b.enter(body);
    if (arm.binding !== undefined) {
      const binding = b.localOf(b.program.facts.bindings.get(arm.binding)!);
      b.assign(binding, { kind: "present", operand: value }, arm.binding.span);
    }
    lowerBlock(b, arm.body);
    b.goto(after, arm.span);
    b.enter(others);
  });
  b.enter(after);
}

/** Whether the subject is read in one place, so that it needs no name. */
function isTestedOnce({ arms }: Branch): boolean {
  return arms.length === 2 && arms[0]!.labels.length === 1 && arms.every((arm) => arm.binding === undefined);
}

/** TypeScript would conclude from the test itself that what is none has no fields, wherever it is asked again. */
function asksForNone(value: Value): boolean {
  return value.kind === "absent" || parts(value).some(asksForNone);
}

function test(kind: Type["kind"], subject: Value, label: string): Value {
  if (kind === "optional") return { kind: "absent", operand: subject, negated: label === "some" };
  if (kind !== "bool") return { kind: "same", left: subject, right: constant(label), negated: false };
  return label === "true" ? subject : { kind: "not", operand: subject };
}

function anyOf(tests: readonly Value[]): Value {
  return tests.reduce((left, right) => ({ kind: "logic", operator: "or", left, right }));
}

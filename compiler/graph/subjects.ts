import type { Sources } from "../../grammar/index.js";
import {
  type Assign,
  type Block,
  type Counter,
  type Exit,
  isCounter,
  type Local,
  type Value,
} from "../lower/ir.js";
import { excerpt, shortened } from "./excerpt.js";
import type { Subject } from "./vertex.js";

/** Characters of a condition. */
const LONGEST = 40;

/** What an `if` of the lowered graph decides, and which outcomes lead to `whenTrue`. */
export interface Decision {
  readonly subject: Subject;
  readonly whenTrue: ReadonlySet<string>;
}

type If = Extract<Exit, { readonly kind: "if" }>;

/**
 * Says in the words of the source what a condition asks. The lowered graph has no loops and branches any more, but
 * what it asks of counters, candidates and answers tells them.
 */
export function decisionOf(exit: If, { assigns }: Block, sources: Sources): Decision {
  const { span } = exit;
  const condition = writtenOut(exit.condition, assigns);
  const labels = labelTest(condition);
  if (labels !== undefined) return labelDecision(labels, span.start);
  const written = shortened(excerpt(sources, span), LONGEST);
  const isTrue = ["true", written] as const;
  const isFalse = ["false", "else"] as const;
  switch (condition.kind) {
    case "compare": {
      const counter = counterOf(condition.left);
      if (counter !== undefined) return counterDecision(exit, counter, sources);
      const isBound = isHinted(condition.left, "bound") && !written.endsWith("< 1");
      return isBound
        ? two(exit, `${written} < 1`, ["none", "no pass"], ["some", ""])
        : two(exit, written, isTrue, isFalse);
    }
    case "same": {
      const isPick = condition.left.kind === "length" && isHinted(condition.left.list, "candidates");
      if (!isPick) return two(exit, written, isTrue, isFalse);
      const decision = two(exit, "any candidate?", ["no", "no candidate"], ["yes", ""]);
      return { ...decision, subject: { ...decision.subject, isDrawn: true } };
    }
    case "absent": {
      const name = nameOf(condition.operand) ?? written;
      const is = condition.negated ? two(exit, name, some(name), none(name)) : undefined;
      return is ?? two(exit, name, none(name), some(name));
    }
    case "not":
      // Of a `branch` whose first arm is that of `false`.
      return two(exit, written, isFalse, isTrue);
    default:
      return two(exit, written, isTrue, isFalse);
  }
}

/** What a condition was kept as just before, instead of the local that keeps it. */
function writtenOut(condition: Value, assigns: readonly Assign[]): Value {
  if (condition.kind === "not") return { kind: "not", operand: writtenOut(condition.operand, assigns) };
  if (condition.kind !== "local") return condition;
  return assigns.findLast(({ target }) => target === condition.local)?.value ?? condition;
}

const none = (name: string) => ["none", `${name} is none`] as const;
const some = (name: string) => ["some", `${name} is not none`] as const;

type Way = readonly [name: string, elsewhere: string];

/** @param first the outcome that leads to `whenTrue` */
function two(key: unknown, title: string, first: Way, second: Way, local?: Local): Decision {
  const subject = { key, title, local, ways: new Map([first, second]) };
  return { subject, whenTrue: new Set([first[0]]) };
}

/** Whether another pass follows. */
function counterDecision(exit: If, counter: Counter, sources: Sources): Decision {
  const { of } = counter;
  if (of.kind === "bounded-loop") {
    const bound = shortened(excerpt(sources, of.bound.span), 16);
    return two(exit, "last pass?", ["yes", `after pass ${bound}`], ["no", ""], counter);
  }
  const { name } = of.name;
  return two(exit, `next ${name}?`, ["yes", `next ${name}`], ["no", `no more ${name}`], counter);
}

interface LabelTest {
  readonly local: Local;
  readonly all: readonly string[];
  readonly labels: ReadonlySet<string>;
}

/** The labels of an answer for which a condition holds, if that is all that it asks. */
function labelTest(value: Value): LabelTest | undefined {
  switch (value.kind) {
    case "same": {
      const { left, right, negated } = value;
      if (left.kind !== "local" || left.local.type.kind !== "labels") return undefined;
      if (right.kind !== "constant" || typeof right.value !== "string") return undefined;
      const test = { local: left.local, all: left.local.type.labels, labels: new Set([right.value]) };
      return negated ? opposite(test) : test;
    }
    case "not": {
      const test = labelTest(value.operand);
      return test && opposite(test);
    }
    case "logic": {
      const [left, right] = [labelTest(value.left), labelTest(value.right)];
      if (left === undefined || right === undefined || left.local !== right.local) return undefined;
      const both = left.all.filter((label) =>
        value.operator === "or"
          ? left.labels.has(label) || right.labels.has(label)
          : left.labels.has(label) && right.labels.has(label),
      );
      return { ...left, labels: new Set(both) };
    }
    default:
      return undefined;
  }
}

function opposite({ local, all, labels }: LabelTest): LabelTest {
  return { local, all, labels: new Set(all.filter((label) => !labels.has(label))) };
}

function labelDecision({ local, all, labels }: LabelTest, at: number): Decision {
  const ways = new Map(all.map((label) => [label, label]));
  // What may be set again between two questions is asked anew by the second.
  const key = local.fixed ? local : at;
  return { subject: { key, title: local.hint, local, ways }, whenTrue: labels };
}

function counterOf(value: Value): Counter | undefined {
  return value.kind === "local" && isCounter(value.local) ? value.local : undefined;
}

function isHinted(value: Value, hint: string): boolean {
  return value.kind === "local" && value.local.hint === hint;
}

/** What the source calls a value, if that is short to say. */
function nameOf(value: Value): string | undefined {
  if (value.kind === "local") return value.local.hint;
  if (value.kind !== "field") return undefined;
  const object = nameOf(value.object);
  return object && `${object}.${value.name}`;
}

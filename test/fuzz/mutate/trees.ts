import { type Expression, type File, parse, print } from "../../../grammar/index.js";
import type { Random } from "../random.js";
import type { Mutator } from "./mutator.js";

/** Changes of the tree: what comes out is always well-formed, so that the checker and the emitter are reached. */

/** A place of a tree that holds something. */
interface Slot {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/** Where expressions stand, whatever node holds them. */
const expressionKeys: ReadonlySet<string> = new Set([
  ...[
    "value",
    "left",
    "right",
    "list",
    "index",
    "operand",
    "object",
    "subject",
    "condition",
    "until",
    "bound",
  ],
]);

const span = { start: 0, end: 0 };

/** Changes a copy of a text's tree; a text that cannot be read in full stays as it is. */
function ofTree(change: (tree: File, random: Random, other: File) => void): Mutator {
  return (text, random, corpus) => {
    const tree = treeOf(text);
    if (tree === undefined) return text;
    change(tree, random, treeOf(random.one(corpus)) ?? tree);
    try {
      return print(tree);
    } catch {
      // What a slot got may be nothing that can stand there.
      return text;
    }
  };
}

function treeOf(text: string): File | undefined {
  const { file, problems } = parse(text);
  return problems.length > 0 ? undefined : structuredClone(file);
}

function slots(part: unknown, wanted: (slot: Slot) => boolean, found: Slot[] = []): Slot[] {
  if (typeof part !== "object" || part === null) return found;
  for (const [key, value] of Object.entries(part)) {
    const slot = { holder: part as Record<string, unknown>, key };
    if (wanted(slot)) found.push(slot);
    slots(value, wanted, found);
  }
  return found;
}

function isExpression({ holder, key }: Slot): boolean {
  const value = holder[key] as { kind?: string; span?: unknown } | undefined;
  return expressionKeys.has(key) && value?.kind !== undefined && value.span !== undefined;
}

/** An expression in the place of another. */
export const exchangeExpression = ofTree((tree, random, other) => {
  const own = slots(tree, isExpression);
  const theirs = slots(random.oneIn(2) ? tree : other, isExpression);
  if (own.length === 0 || theirs.length === 0) return;
  const to = random.one(own);
  const from = random.one(theirs);
  to.holder[to.key] = structuredClone(from.holder[from.key]);
});

/** An element of a list of the tree, such as a statement, an arm or an input, less, twice, moved or taken from elsewhere. */
export const changeList = ofTree((tree, random, other) => {
  const isList = ({ holder, key }: Slot) => Array.isArray(holder[key]);
  const own = slots(tree, isList).filter(({ holder, key }) => (holder[key] as unknown[]).length > 0);
  if (own.length === 0) return;
  const { holder, key } = random.one(own);
  const list = holder[key] as unknown[];
  const at = random.below(list.length);
  const alike = slots(other, (slot) => slot.key === key && isList(slot));
  const elsewhere = alike.flatMap((slot) => slot.holder[slot.key] as unknown[]);
  switch (random.below(4)) {
    case 0:
      list.splice(at, 1);
      return;
    case 1:
      list.splice(at, 0, structuredClone(list[at]));
      return;
    case 2:
      list.push(...list.splice(at, 1));
      return;
    default:
      if (elsewhere.length > 0) list.splice(at, 0, structuredClone(random.one(elsewhere)));
  }
});

/** An expression inside of a new one. */
export const wrapExpression = ofTree((tree, random) => {
  const own = slots(tree, isExpression);
  if (own.length === 0) return;
  const { holder, key } = random.one(own);
  const inner = holder[key] as Expression;
  const name = { name: random.one(["len", "text", "x", "first", "none"]), span };
  const wrapped: Expression = random.one<Expression>([
    { kind: "unary", operator: "not", operand: inner, span },
    { kind: "unary", operator: "-", operand: inner, span },
    { kind: "list", items: [inner, inner], span },
    { kind: "call", callee: name, args: [inner], span },
    { kind: "field", object: inner, name, span },
    { kind: "index", list: inner, index: { kind: "number", value: 0, whole: true, span }, span },
    { kind: "is", subject: inner, label: name, negated: random.oneIn(2), span },
    {
      kind: "binary",
      operator: random.one(["+", "and", "==", "??", "in"] as const),
      left: inner,
      right: inner,
      span,
    },
    { kind: "comprehension", body: inner, name, list: inner, condition: undefined, span },
  ]);
  holder[key] = wrapped;
});

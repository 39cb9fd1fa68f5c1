import { type Block, type Call, type Expression, partsOf, type Statement } from "../../grammar/index.js";

/** The expressions of a statement that stand in none of its blocks. */
export function expressionsOf(node: Statement): readonly Expression[] {
  switch (node.kind) {
    case "let":
    case "var":
    case "set":
    case "do":
    case "return":
    case "yield":
      return [node.value];
    case "bounded-loop":
      return node.until ? [node.bound, node.until] : [node.bound];
    case "list-loop":
      return [node.list];
    case "branch":
      return [node.subject];
    case "break":
    case "continue":
      return [];
  }
}

export function blocksOf(node: Statement): readonly Block[] {
  switch (node.kind) {
    case "bounded-loop":
      return node.exhausted ? [node.body, node.exhausted] : [node.body];
    case "list-loop":
      return [node.body];
    case "branch":
      return node.arms.map((arm) => arm.body);
    default:
      return [];
  }
}

/** An expression and all that stands inside of it, but for the statements of a `parallel`. */
export function* within(node: Expression): Generator<Expression> {
  yield node;
  for (const part of partsOf(node)) yield* within(part);
}

/** All statements of a block, those of the blocks inside of it too. */
export function* statementsOf(block: Block): Generator<Statement> {
  for (const statement of block.statements) {
    yield statement;
    for (const expression of expressionsOf(statement)) {
      for (const each of within(expression)) if (each.kind === "parallel") yield* statementsOf(each.body);
    }
    for (const inner of blocksOf(statement)) yield* statementsOf(inner);
  }
}

/** All expressions of a block. */
export function* expressionsIn(block: Block): Generator<Expression> {
  for (const statement of statementsOf(block)) {
    for (const expression of expressionsOf(statement)) yield* within(expression);
  }
}

/** Those of some expressions that are calls. */
export function* callsAmong(expressions: Iterable<Expression>): Generator<Call> {
  for (const each of expressions) if (each.kind === "call") yield each;
}

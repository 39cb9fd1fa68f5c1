import type { Block, Call, Expression, Statement } from "../../grammar/index.js";

/** The expressions that an expression is directly made of, in the order in which they are evaluated. */
export function partsOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case "error":
    case "text":
    case "number":
    case "bool":
    case "name":
      return [];
    case "call":
      return node.args;
    case "field":
      return [node.object];
    case "index":
      return [node.list, node.index];
    case "unary":
      return [node.operand];
    case "binary":
      return [node.left, node.right];
    case "is":
      return [node.subject];
    case "list":
      return node.items;
    case "record":
      return node.fields.map((field) => field.value);
    case "comprehension":
      return node.condition ? [node.list, node.condition, node.body] : [node.list, node.body];
    case "pick": {
      const condition = node.condition ? [node.condition] : [];
      const otherwise = "value" in node.otherwise ? [node.otherwise.value] : [];
      return [node.list, ...condition, node.scorer, ...otherwise];
    }
    // What its block holds is statements.
    case "parallel":
      return [node.list];
  }
}

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

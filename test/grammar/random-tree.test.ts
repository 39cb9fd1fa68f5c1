import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type {
  AgentOutput,
  BinaryOperator,
  Declaration,
  EffectClass,
  Expression,
  Statement,
  TemplatePart,
  TestPart,
  TypeNode,
} from "../../grammar/index.js";
import { drawn } from "./random-tree.js";

/** All members of a union. The type checker misses one that is new here, the test then where trees are drawn. */
type All<Union extends string> = Readonly<Record<Union, true>>;
/** What could not be read stands in no text without mistakes. */
type Kinds<Node extends { readonly kind: string }> = All<Exclude<Node["kind"], "error">>;

const declarations: Kinds<Declaration> = {
  type: true,
  agent: true,
  flow: true,
  "extern-function": true,
  "extern-effect": true,
  test: true,
};
const testParts: Kinds<TestPart> = {
  input: true,
  mock: true,
  expect: true,
  "expect-failure": true,
  path: true,
};
const outputs: Kinds<AgentOutput> = { generate: true, typed: true };
const types: Kinds<TypeNode> = { named: true, list: true, record: true, optional: true, labels: true };
const statements: Kinds<Statement> = {
  let: true,
  var: true,
  set: true,
  do: true,
  "bounded-loop": true,
  "list-loop": true,
  branch: true,
  break: true,
  continue: true,
  return: true,
  yield: true,
};
const expressions: Kinds<Expression> = {
  text: true,
  number: true,
  bool: true,
  name: true,
  call: true,
  field: true,
  index: true,
  unary: true,
  binary: true,
  is: true,
  list: true,
  comprehension: true,
  record: true,
  pick: true,
  parallel: true,
};
const templateParts: Kinds<TemplatePart> = { text: true, hole: true, for: true, if: true };
const classes: All<EffectClass> = { pure: true, idempotent: true, effectful: true };
const operators: All<BinaryOperator> = {
  or: true,
  and: true,
  "==": true,
  "!=": true,
  "<": true,
  "<=": true,
  ">": true,
  ">=": true,
  in: true,
  "not in": true,
  "??": true,
  "+": true,
  "-": true,
  "*": true,
  "/": true,
  "%": true,
};

/** What stands under a field of the nodes that have it. */
function found(nodes: fc.Arbitrary<object>, field: string): unknown[] {
  const sample: object[] = fc.sample(nodes, { numRuns: 2_000, seed: 1 });
  const values = new Set(sample.flatMap((node) => (field in node ? [node[field as keyof typeof node]] : [])));
  return [...values].sort();
}

describe("random trees", () => {
  it.each([
    ["declaration", "kind", drawn.declaration, declarations],
    ["part of a test", "kind", drawn.testPart, testParts],
    ["output of an agent", "kind", drawn.output, outputs],
    ["type", "kind", drawn.type, types],
    ["statement", "kind", drawn.statement, statements],
    ["expression", "kind", drawn.expression, expressions],
    ["part of a template", "kind", drawn.templatePart, templateParts],
    ["effect", "class", drawn.declaration, classes],
    ["operation", "operator", drawn.expression.filter(({ kind }) => kind === "binary"), operators],
  ] as const)("hold every %s by its %s", (_, field, nodes, all) => {
    expect(found(nodes, field)).toEqual(Object.keys(all).sort());
  });

  it("hold and leave out what need not be there", () => {
    const optional = [
      [drawn.declaration, "from"],
      [drawn.declaration, "flow"],
      [drawn.statement, "type"],
      [drawn.statement, "until"],
      [drawn.statement, "exhausted"],
      [drawn.expression, "condition"],
    ] as const;
    for (const [nodes, field] of optional) {
      const values = found(nodes, field).map((each) => each === undefined);
      expect(new Set(values), field).toEqual(new Set([true, false]));
    }
  });
});

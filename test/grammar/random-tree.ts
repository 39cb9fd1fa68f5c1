import fc from "fast-check";
import type {
  AgentOutput,
  Arm,
  BinaryOperator,
  Block,
  Call,
  Declaration,
  Expression,
  File,
  Identifier,
  ImportDeclaration,
  Jump,
  Statement,
  Template,
  TemplatePart,
  TestPart,
  TypeNode,
} from "../../grammar/index.js";
import { reservedWords } from "../../grammar/index.js";

/** Any syntax tree that a text without mistakes can have, whatever it means. Places are nowhere. */

const span = { start: 0, end: 0 };

const word = fc.oneof(
  fc.constantFrom(
    "a",
    "b",
    "x",
    "none",
    "some",
    "up",
    "to",
    "until",
    "exhausted",
    "do",
    "by",
    "where",
    "from",
  ),
  fc.constantFrom(
    "pass",
    "text",
    "list",
    "system",
    "user",
    "end",
    "judge",
    "extern",
    "import",
    "example",
    "function",
  ),
  fc.constantFrom("test", "input", "mock", "always", "expect", "fails", "path"),
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,6}$/),
);
/** May stand for a variable, a type, a label. */
const identifier = word
  .filter((each) => !reservedWords.has(each))
  .map((name): Identifier => ({ name, span }));
/** May name a field. */
const field = fc.oneof(word, fc.constantFrom(...reservedWords)).map((name): Identifier => ({ name, span }));

/** Texts that look like something else where they stand. */
const nasty = fc.constantFrom(
  ...[
    "{",
    "{{",
    "}}",
    "{%",
    "%}",
    "{% end %}",
    '"',
    '""',
    '"""',
    "\\",
    "\\n",
    "\n",
    "\n\n",
    "\r",
    "\r\n",
    "\t",
  ],
  ...[" ", "  ", "    ", "# x", "// x", "/* */", "`x`", "</script>", "\u2028", "\u202e", "\ufeff", "\u0000"],
);
export const anyText = fc
  .array(fc.oneof(nasty, fc.string({ unit: "binary", maxLength: 4 }), fc.constantFrom("a", "b c", "d")), {
    maxLength: 6,
  })
  .map((parts) => parts.join(""));

const type: fc.Arbitrary<TypeNode> = fc.letrec<{ type: TypeNode; present: TypeNode }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3 },
    tie("present"),
    tie("present").map((element): TypeNode => ({ kind: "optional", element, span })),
  ),
  present: fc.oneof(
    { maxDepth: 3 },
    identifier.map(({ name }): TypeNode => ({ kind: "named", name, span })),
    fc
      .array(identifier, { minLength: 2, maxLength: 4 })
      .map((labels): TypeNode => ({ kind: "labels", labels, span })),
    tie("type").map((element): TypeNode => ({ kind: "list", element, span })),
    fc
      .array(fc.record({ name: field, type: tie("type") }), { maxLength: 3 })
      .map((fields): TypeNode => ({ kind: "record", fields, span })),
  ),
})).type;

const operators: readonly BinaryOperator[] = [
  ...(["or", "and", "==", "!=", "<", "<=", ">", ">="] as const),
  ...(["in", "not in", "??", "+", "-", "*", "/", "%"] as const),
];

type Code = {
  expression: Expression;
  call: Call;
  jump: Jump;
  block: Block;
  statement: Statement;
};

const code = fc.letrec<Code>((tie) => {
  const e = tie("expression");
  const some = fc.array(e, { maxLength: 3 });
  const maybe = fc.option(e, { nil: undefined });
  return {
    expression: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      identifier.map(({ name }): Expression => ({ kind: "name", name, span })),
      anyText.map((value): Expression => ({ kind: "text", value, span })),
      fc.maxSafeNat().map((value): Expression => ({ kind: "number", value, whole: true, span })),
      fc
        .double({ min: 0, noNaN: true, noDefaultInfinity: true })
        .map((value): Expression => ({ kind: "number", value: Math.abs(value), whole: false, span })),
      fc.boolean().map((value): Expression => ({ kind: "bool", value, span })),
      tie("call"),
      fc.tuple(e, field).map(([object, name]): Expression => ({ kind: "field", object, name, span })),
      fc.tuple(e, e).map(([list, index]): Expression => ({ kind: "index", list, index, span })),
      fc
        .tuple(fc.constantFrom<"not" | "-">("not", "-"), e)
        .map(([operator, operand]): Expression => ({ kind: "unary", operator, operand, span })),
      fc
        .tuple(fc.constantFrom(...operators), e, e)
        .map(([operator, left, right]): Expression => ({ kind: "binary", operator, left, right, span })),
      fc
        .tuple(e, identifier, fc.boolean())
        .map(([subject, label, negated]): Expression => ({ kind: "is", subject, label, negated, span })),
      some.map((items): Expression => ({ kind: "list", items, span })),
      fc.tuple(e, identifier, e, maybe).map(
        ([body, name, list, condition]): Expression => ({
          kind: "comprehension",
          body,
          name,
          list,
          condition,
          span,
        }),
      ),
      fc
        .array(fc.record({ name: field, value: e }), { maxLength: 3 })
        .map((fields): Expression => ({ kind: "record", fields, span })),
      fc.tuple(identifier, e, maybe, tie("call"), identifier, tie("jump")).map(
        ([name, list, condition, scorer, label, otherwise]): Expression => ({
          kind: "pick",
          name,
          list,
          condition,
          scorer,
          label,
          otherwise,
          span,
        }),
      ),
      fc
        .tuple(identifier, e, tie("block"))
        .map(([name, list, body]): Expression => ({ kind: "parallel", name, list, body, head: span, span })),
    ),
    call: fc.tuple(identifier, some).map(([callee, args]): Call => ({ kind: "call", callee, args, span })),
    jump: fc.oneof(
      fc.constantFrom<Jump>({ kind: "break", span }, { kind: "continue", span }),
      fc
        .tuple(fc.constantFrom<"return" | "yield">("return", "yield"), e)
        .map(([kind, value]): Jump => ({ kind, value, span })),
    ),
    block: fc.array(tie("statement"), { maxLength: 3 }).map((statements): Block => ({ statements, span })),
    statement: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      tie("jump"),
      fc
        .tuple(
          fc.constantFrom<"let" | "var">("let", "var"),
          identifier,
          fc.option(type, { nil: undefined }),
          e,
        )
        .map(([kind, name, of, value]): Statement => ({ kind, name, type: of, value, span })),
      fc.tuple(identifier, e).map(([name, value]): Statement => ({ kind: "set", name, value, span })),
      e.map((value): Statement => ({ kind: "do", value, span })),
      fc.tuple(e, tie("block"), maybe, fc.option(tie("block"), { nil: undefined })).map(
        ([bound, body, until, exhausted]): Statement => ({
          kind: "bounded-loop",
          bound,
          body,
          until,
          exhausted,
          span,
        }),
      ),
      fc
        .tuple(identifier, e, tie("block"))
        .map(([name, list, body]): Statement => ({ kind: "list-loop", name, list, body, span })),
      fc
        .tuple(e, fc.array(arm(tie("block")), { maxLength: 3 }))
        .map(([subject, arms]): Statement => ({ kind: "branch", subject, arms, head: span, span })),
    ),
  };
});

function arm(body: fc.Arbitrary<Block>): fc.Arbitrary<Arm> {
  const label = fc.oneof(
    identifier,
    fc.constantFrom<Identifier>({ name: "true", span }, { name: "false", span }),
  );
  const labels = fc.array(label, { minLength: 1, maxLength: 3 });
  return fc.tuple(labels, fc.option(identifier, { nil: undefined }), body).map(([all, binding, block]) => ({
    labels: all,
    // `true` and `false` take no name.
    binding: all.some(({ name }) => name !== "true" && name !== "false") ? binding : undefined,
    body: block,
    span,
  }));
}

const parts: fc.Arbitrary<readonly TemplatePart[]> = fc.letrec<{ parts: readonly TemplatePart[] }>((tie) => ({
  parts: fc.array(
    fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      anyText.map((text): TemplatePart => ({ kind: "text", text })),
      code.expression.map((value): TemplatePart => ({ kind: "hole", value, span })),
      fc
        .tuple(identifier, code.expression, tie("parts"))
        .map(([name, list, body]): TemplatePart => ({ kind: "for", name, list, body, span })),
      fc
        .tuple(code.expression, tie("parts"), tie("parts"))
        .map(
          ([condition, body, otherwise]): TemplatePart => ({ kind: "if", condition, body, otherwise, span }),
        ),
    ),
    { maxLength: 4 },
  ),
})).parts;

const template: fc.Arbitrary<Template> = fc.oneof(
  parts.map((all) => ({ parts: all, plain: false, span })),
  anyText.map((text): Template => ({ parts: [{ kind: "text", text }], plain: true, span })),
);

const doc = fc
  .array(anyText, { maxLength: 3 })
  .map((lines) => lines.map((line) => line.replace(/[\r\n]/g, "").trimEnd()).join("\n"));
const parameters = fc.array(fc.record({ name: field, type }), { maxLength: 3 });
const shared = { name: identifier, doc, span: fc.constant(span) };
const from = anyText.map((path) => ({ path, span }));

const output: fc.Arbitrary<AgentOutput> = fc.oneof(
  type.map((of): AgentOutput => ({ kind: "typed", type: of, span })),
  fc
    .tuple(type, fc.array(fc.record({ name: field, value: code.expression }), { maxLength: 2 }))
    .map(([of, settings]): AgentOutput => ({ kind: "generate", type: of, settings, span })),
);

const inQuotes = anyText.map((name) => ({ name, quoted: true as const, span }));
const target = fc.oneof(
  inQuotes,
  identifier.map((name) => ({ ...name, quoted: false as const })),
);
const testPart: fc.Arbitrary<TestPart> = fc.oneof(
  code.expression.map((value): TestPart => ({ kind: "input", value, span })),
  code.expression.map((value): TestPart => ({ kind: "expect", value, span })),
  anyText.map((message): TestPart => ({ kind: "expect-failure", message, span })),
  fc
    .array(inQuotes, { minLength: 1, maxLength: 3 })
    .map((points): TestPart => ({ kind: "path", points, span })),
  fc
    .tuple(target, fc.boolean(), fc.array(code.expression, { minLength: 1, maxLength: 3 }))
    .map(([of, always, all]): TestPart => {
      const answers = always ? all.slice(0, 1) : all;
      return { kind: "mock", target: of, always, answers, span };
    }),
);

const declaration: fc.Arbitrary<Declaration> = fc.oneof(
  fc.record({
    kind: fc.constant("test" as const),
    name: anyText.map((name) => ({ name, span })),
    flow: fc.option(identifier, { nil: undefined }),
    parts: fc.array(testPart, { maxLength: 4 }),
    doc,
    span: fc.constant(span),
  }),
  fc.record({
    ...shared,
    kind: fc.constant("type" as const),
    type,
    from: fc.option(from, { nil: undefined }),
  }),
  fc.record({ ...shared, kind: fc.constant("extern-function" as const), parameters, output: type, from }),
  fc.record({
    ...shared,
    kind: fc.constant("extern-effect" as const),
    parameters,
    output: type,
    class: fc.constantFrom("pure" as const, "idempotent" as const, "effectful" as const),
    from,
  }),
  fc.record({
    ...shared,
    kind: fc.constant("agent" as const),
    parameters,
    output,
    sections: fc.array(fc.record({ name: identifier, template }), { maxLength: 3 }),
    examples: fc.array(
      fc.record({
        inputs: fc
          .array(fc.record({ name: field, value: code.expression }), { maxLength: 2 })
          .map((fields): Expression => ({ kind: "record", fields, span })),
        output: code.expression,
        span: fc.constant(span),
      }),
      { maxLength: 2 },
    ),
    trained: fc.boolean(),
  }),
  fc.record({
    ...shared,
    kind: fc.constant("flow" as const),
    parameters,
    output: type,
    body: code.block,
  }),
);

const imported: fc.Arbitrary<ImportDeclaration> = fc.record({
  kind: fc.constant("import" as const),
  names: fc.array(identifier, { minLength: 1, maxLength: 3 }),
  from,
  span: fc.constant(span),
});

/** What random trees are drawn from, by what of the grammar it is. */
export const drawn = {
  declaration,
  testPart,
  output,
  type,
  statement: code.statement,
  expression: code.expression,
  templatePart: parts.filter((all) => all.length > 0).map((all) => all[0]!),
};

export const randomTree: fc.Arbitrary<File> = fc.record({
  imports: fc.array(imported, { maxLength: 2 }),
  declarations: fc.array(declaration, { maxLength: 3 }),
});

/** A piece of a flow, and what its words and signs must be to the TextMate grammar, in their order. */
export interface Construct {
  readonly flow: string;
  /** As `word scope` each; words that are not listed may be anything. */
  readonly scopes: readonly string[];
}

const body = (statements: string) => `flow f(a: text, l: list<text>) -> text {\n  ${statements}\n}\n`;
const expression = (code: string) => body(`return ${code}`);

/** By the rules of docs/grammar.md that have words or signs of their own. */
export const constructs: Readonly<Record<string, Construct>> = {
  typeDeclaration: {
    flow: "type T = int\n",
    scopes: ["type storage.type", "T entity.name.type", "= keyword.operator.assignment", "int support.type"],
  },
  agentDeclaration: {
    flow: 'agent a(x: text) -> yes | no { user """x""" }\njudge b(x: text) -> yes | no { user """x""" }\n',
    scopes: [
      "agent storage.type",
      "a entity.name.function",
      "-> keyword.operator",
      "{ source",
      "} source",
      "judge storage.type",
      "b entity.name.function",
    ],
  },
  parameters: {
    flow: "flow f(a: text, b: int) -> int {\n  return b\n}\n",
    scopes: [
      "( punctuation.section.parens",
      "a variable.parameter",
      ", source",
      "b variable.parameter",
      ") punctuation.section.parens",
    ],
  },
  agentOutput: {
    flow: 'agent a(x: text) -> text(max_tokens: 9, max_tokens: 8) { user """x""" }\n',
    scopes: ["-> keyword.operator", "text support.type", "( punctuation", ", source", ") punctuation"],
  },
  setting: {
    flow: 'agent a(x: text) -> text(max_tokens: 9) { user """x""" }\n',
    scopes: ["max_tokens variable.parameter", ": punctuation.separator", "9 constant.numeric"],
  },
  example: {
    flow: 'agent a(x: text) -> yes | no {\n  example { x: "b" } -> yes\n  user """x"""\n}\n',
    scopes: [
      "example keyword.control",
      "x variable.other.property",
      "b string.quoted.double",
      "-> keyword.operator",
    ],
  },
  section: {
    flow: 'agent a(x: text) -> yes | no {\n  system "s"\n  user """x"""\n}\n',
    scopes: [
      "system keyword.other.section",
      "s string.quoted.double",
      "user keyword.other.section",
      "x string.quoted.triple",
    ],
  },
  flowDeclaration: {
    flow: expression("a"),
    scopes: ["flow storage.type", "f entity.name.function", "-> keyword.operator", "text support.type"],
  },
  externDeclaration: {
    flow: 'extern type T = { a: int } from "./m.ts"\n',
    scopes: [
      "extern storage.modifier",
      "type storage.type",
      "T entity.name.type",
      "a variable.other.property",
      "from keyword.control",
      "./m.ts string.quoted.double",
    ],
  },
  externFunction: {
    flow: 'extern function shout(of: text) -> text from "./m.ts"\n',
    scopes: [
      "extern storage.modifier",
      "function storage.type",
      "shout entity.name.function",
      "-> keyword.operator",
      "from keyword.control",
    ],
  },
  externEffect: {
    flow: 'extern effect buy(of: text) -> bool effectful from "./m.ts"\n',
    scopes: [
      "effect storage.type",
      "buy entity.name.function",
      "of variable.parameter",
      "-> keyword.operator",
      "bool support.type",
    ],
  },
  effectClass: {
    flow: ["pure", "idempotent", "effectful"]
      .map((kind) => `extern effect ${kind[0]}(of: text) -> bool ${kind} from "./m.ts"\n`)
      .join(""),
    scopes: ["pure storage.modifier", "idempotent storage.modifier", "effectful storage.modifier"],
  },
  importDeclaration: {
    flow: 'import a, T from "./a.flow"\n',
    scopes: [
      "import keyword.control",
      "a variable.other.import",
      ", punctuation.separator",
      "T variable.other.import",
      "from keyword.control",
      "./a.flow string.quoted.double",
    ],
  },
  testDeclaration: {
    flow: 'test "t" for f {\n}\n',
    scopes: [
      "test storage.type",
      "t string.quoted.double",
      "for keyword.control",
      "f entity.name.function",
      "{ punctuation.section",
      "} punctuation.section",
    ],
  },
  testInput: {
    flow: 'test "t" {\n  input { a: file("a.json") }\n  input file("b.json")\n}\n',
    scopes: [
      "input keyword.control",
      "a variable.other.property",
      "file entity.name.function.call",
      "input keyword.control",
      "file entity.name.function.call",
    ],
  },
  mock: {
    flow: 'test "t" {\n  mock a -> yes, "b"\n  mock c always -> no\n  mock "f/a#0" always -> { d: 1 }\n}\n',
    scopes: [
      "mock keyword.control",
      "a entity.name.function",
      "-> keyword.operator",
      "yes constant.other.label",
      ", source",
      "b string",
      "mock keyword.control",
      "always keyword.control",
      "-> keyword.operator",
      "no constant.other.label",
      "mock keyword.control",
      "f/a#0 string",
      "always keyword.control",
      "d variable.other.property",
      "1 constant.numeric",
    ],
  },
  expectation: {
    flow: 'test "t" {\n  expect [1, none]\n}\ntest "u" {\n  expect fails "why"\n}\n',
    scopes: [
      "expect keyword.control",
      "1 constant.numeric",
      "none constant.language",
      "expect keyword.control",
      "fails keyword.control",
      "why string",
    ],
  },
  expectedPath: {
    flow: 'test "t" {\n  path "f/a#0", "f/b#0"\n}\n',
    scopes: ["path keyword.control", "f/a#0 string", ", source", "f/b#0 string"],
  },
  block: {
    flow: body("loop up to 2 { do g(a) }\n  return a"),
    scopes: ["{ source", "{ source", "} source"],
  },
  binding: {
    flow: body("let x: list<int> = [1]\n  var y = a\n  return y"),
    scopes: [
      "let storage.type",
      "x variable.other",
      ": punctuation.separator",
      "list support.type.list",
      "int support.type",
      "= keyword.operator",
      "var storage.type",
      "y variable.other",
      "= keyword.operator",
    ],
  },
  assignment: {
    flow: body("set a = a"),
    scopes: ["set keyword.control", "a variable.other", "= keyword.operator", "a variable.other"],
  },
  loop: {
    flow: body(
      'loop up to 3 { set a = "" } until g(a) is yes exhausted -> return a\n  loop x in l { do g(x) }\n  return a',
    ),
    scopes: [
      "loop keyword.control",
      "up keyword.control",
      "to keyword.control",
      "3 constant.numeric",
      "until keyword.control",
      "exhausted keyword.control",
      "-> keyword.operator",
      "return keyword.control",
      "loop keyword.control",
      "x variable.other",
      "in keyword.operator.word",
      "l variable.other",
      "do keyword.control",
    ],
  },
  armBody: {
    flow: body("branch g(a) { yes -> pass no -> { return a } }\n  return a"),
    scopes: ["-> keyword.operator", "-> keyword.operator", "pass keyword.control", "return keyword.control"],
  },
  branch: {
    flow: body("branch g(a) { yes -> pass no -> pass }\n  return a"),
    scopes: ["branch keyword.control", "g entity.name.function.call", "{ source", "} source"],
  },
  arm: {
    flow: body("branch g(a) { yes | maybe -> pass no -> pass }\n  return a"),
    scopes: [
      "yes constant.other.label",
      "| keyword.operator",
      "maybe constant.other.label",
      "-> keyword.operator",
      "no constant.other.label",
    ],
  },
  armLabel: {
    flow: body(
      'branch a == "" { true -> pass false -> pass }\n  branch o { none -> pass some v -> return v }',
    ),
    scopes: [
      "true constant.language",
      "false constant.language",
      "none constant.language",
      "some constant.language",
      "v variable.other",
      "v variable.other",
    ],
  },
  action: {
    flow: body("do g(a)\n  return a"),
    scopes: ["do keyword.control", "g entity.name.function.call"],
  },
  jump: {
    flow: body(
      "loop x in l { branch g(x) { a -> break b -> continue c -> pass } }\n  return parallel x in l { yield x }",
    ),
    scopes: [
      "break keyword.control",
      "continue keyword.control",
      "return keyword.control",
      "yield keyword.control",
    ],
  },
  pick: {
    flow: body("let p = pick x from l where x != a by g(x) is yes else return a\n  return p"),
    scopes: [
      "pick keyword.control",
      "x variable.other",
      "from keyword.control",
      "where keyword.control",
      "by keyword.control",
      "g entity.name.function.call",
      "is keyword.operator.word",
      "yes constant.other.label",
      "else keyword.control",
      "return keyword.control",
    ],
  },
  disjunction: { flow: expression("a or a"), scopes: ["or keyword.operator.word"] },
  conjunction: { flow: expression("a and a"), scopes: ["and keyword.operator.word"] },
  negation: { flow: expression("not a"), scopes: ["not keyword.operator.word"] },
  comparison: {
    flow: expression("g(a) is yes or g(a) is not no"),
    scopes: [
      "is keyword.operator.word",
      "yes constant.other.label",
      "is keyword.operator.word",
      "not keyword.operator.word",
      "no constant.other.label",
    ],
  },
  coalescence: { flow: expression('a ?? "b"'), scopes: ["?? keyword.operator"] },
  sum: { flow: expression("1 + 2 - 3"), scopes: ["+ keyword.operator", "- keyword.operator"] },
  product: {
    flow: expression("1 * 2 / 3 % 4"),
    scopes: ["* keyword.operator", "/ keyword.operator", "% keyword.operator"],
  },
  sign: { flow: expression("-1"), scopes: ["- keyword.operator", "1 constant.numeric"] },
  primary: {
    flow: expression('(1 + 2.5e3) == true or false == g("x\\n")'),
    scopes: [
      "( source",
      "1 constant.numeric",
      "2.5e3 constant.numeric",
      ") source",
      "true constant.language",
      "false constant.language",
      "g entity.name.function.call",
      "x string.quoted.double",
      "\\n constant.character.escape",
    ],
  },
  args: {
    flow: expression("slice(a, 1)"),
    scopes: ["slice entity.name.function.call", "( source", "a variable.other", ", source", ") source"],
  },
  list: { flow: expression("[a, a]"), scopes: ["[ source", ", source", "] source"] },
  comprehension: {
    flow: expression("[x for x in l if x != a]"),
    scopes: [
      "x variable.other",
      "for keyword.control",
      "x variable.other",
      "in keyword.operator.word",
      "if keyword.control",
    ],
  },
  record: { flow: expression("{ a: 1, b: 2 }"), scopes: ["{ source", ", source", "} source"] },
  entry: {
    flow: expression("{ type: 1 }"),
    scopes: ["type variable.other.property", ": punctuation.separator"],
  },
  step: {
    flow: expression("l[0].type"),
    scopes: [
      "[ source",
      "0 constant.numeric",
      "] source",
      ". punctuation.accessor",
      "type variable.other.property",
    ],
  },
  comparator: {
    flow: expression("a == a or a != a or 1 < 2 or 1 <= 2 or 1 > 2 or 1 >= 2 or a in l or a not in l"),
    scopes: [
      ...["==", "!=", "<", "<=", ">", ">="].map((sign) => `${sign} keyword.operator`),
      "in keyword.operator.word",
      "not keyword.operator.word",
      "in keyword.operator.word",
    ],
  },
  parallel: {
    flow: expression("parallel x in l { yield g(x) }"),
    scopes: [
      "parallel keyword.control",
      "x variable.other",
      "in keyword.operator.word",
      "yield keyword.control",
    ],
  },
  prompt: {
    flow: 'agent a(x: text) -> yes | no { user """# no comment, type or loop""" }\n',
    scopes: [
      '""" punctuation.definition.string',
      "# no comment, type or loop string.quoted.triple",
      '""" punctuation.definition.string',
    ],
  },
  hole: {
    flow: 'agent a(x: text) -> yes | no { user """b {{ upper(x) }} c""" }\n',
    scopes: [
      "b string.quoted.triple",
      "{{ punctuation.section.embedded",
      "upper entity.name.function.call",
      "x variable.other",
      "}} punctuation.section.embedded",
      "c string.quoted.triple",
    ],
  },
  tag: {
    flow: 'agent a(l: list<text>) -> yes | no { user """{% for x in l %}{% if x == "" %}b{% else %}c{% end %}{% end %}""" }\n',
    scopes: [
      "{% punctuation.section.embedded",
      "for keyword.control",
      "x variable.other",
      "in keyword.operator.word",
      "%} punctuation.section.embedded",
      "if keyword.control",
      "b string.quoted.triple",
      "else keyword.control",
      "end keyword.control",
      "end keyword.control",
    ],
  },
  type: {
    flow: "type T = { a: list<int>?, b: yes | no | maybe, c: U }\n",
    scopes: [
      "list support.type.list",
      "< keyword.operator",
      "int support.type",
      "> keyword.operator",
      "? keyword.operator",
      "yes constant.other.label",
      "| keyword.operator",
      "maybe constant.other.label",
      "U entity.name.type",
    ],
  },
  recordType: {
    flow: "type T = { a: int, b: int }\n",
    scopes: ["{ punctuation.section", ", source", "} punctuation.section"],
  },
  parameter: {
    flow: "type T = { loop: int }\n",
    scopes: ["loop variable.other.property", ": punctuation.separator", "int support.type"],
  },
};

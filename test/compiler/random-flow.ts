import fc from "fast-check";

/**
 * Random well-typed flows as text: variables of five types, every statement, calls in every place where they may
 * stand, sub-flows, picks with jumps, indices that may be out of range. Loops are short, so that runs are.
 */

type Kind = "text" | "int" | "bool" | "list<text>" | "text?";

interface Variable {
  readonly name: string;
  readonly kind: Kind;
  readonly isVar: boolean;
  /** Whether it stands outside of the `parallel` that is being written, which must not set it. */
  readonly isOutside?: boolean;
}

export const agents = `type Mark = low | mid | high
extern effect look(at: text) -> { title: text, near: list<text> } pure from "./shop.ts"
extern effect move(to: text, steps: int) -> bool idempotent from "./shop.ts"
extern effect buy(what: text, seen: list<text>) -> text? effectful from "./shop.ts"
agent say(a: text, n: int) -> text(max_tokens: 4) {
  example { a: "odd", n: -1 } -> "one"
  example { n: 2, a: "" } -> "x"
  user """
    say {{ a }} {{ n }}{% if len(a) % 2 == 1 %} {{ first(split(a, "")) ?? "" }}{% end %}
  """
}
agent judge(a: text, all: list<text>) -> Mark {
  user """
    judge {% for x in all %}{{ x }},{% end %} {% if a == "" %}nothing{% else %}{{ a }}{% end %}.
  """
}
judge better(a: text, b: text) -> first | second {
  user """
    {{ a }} or {{ b }}
  """
  example { a: "x", b: "y" } -> second
}
agent plan(a: text) -> { title: text, n: int, mark: Mark, more: list<text>, maybe: text?, sure: bool, of: { x: float } }(max_tokens: 40) {
  user """
    plan {{ a }}
  """
  example { a: "y" } -> { of: { x: -0.5 }, title: "x", n: 3, mark: mid, more: ["z"], maybe: none, sure: true }
}
`;

/** Draws from a stream of random bits, so that fast-check can shrink what it draws. */
class Draw {
  #at = 0;
  #names = 0;

  constructor(private readonly bits: readonly number[]) {}

  /** A number below `n`; 0, the simplest, once the stream is used up. */
  below(n: number): number {
    return (this.bits[this.#at++] ?? 0) % n;
  }

  one<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  name(): string {
    return `v${this.#names++}`;
  }
}

interface Where {
  readonly scope: readonly Variable[];
  readonly depth: number;
  readonly inLoop: boolean;
  readonly mayAsk: boolean;
  /** What ends the flow, or the pass of a `parallel`. */
  readonly leave: string;
  readonly subFlows: readonly string[];
}

/** A file with a sub-flow and an entry `main(a: text, n: int, all: list<text>) -> list<text>`. */
export const randomFlow: fc.Arbitrary<string> = fc
  .array(fc.nat(1_000), { minLength: 100, maxLength: 600, size: "max" })
  .map((bits) => {
    const draw = new Draw(bits);
    const inputs: Variable[] = [
      { name: "a", kind: "text", isVar: false },
      { name: "n", kind: "int", isVar: false },
      { name: "all", kind: "list<text>", isVar: false },
    ];
    const base = { depth: 0, inLoop: false, mayAsk: true };
    const helper = block(draw, { ...base, scope: inputs, leave: "return a", subFlows: [] }, "  ");
    const main = block(draw, { ...base, scope: inputs, leave: "return all", subFlows: ["helper"] }, "  ");
    const head = "(a: text, n: int, all: list<text>)";
    return `${agents}flow helper${head} -> text {\n${helper}  return a\n}\nflow main${head} -> list<text> {\n${main}  return all\n}\n`;
  });

function block(draw: Draw, where: Where, indent: string): string {
  let scope = where.scope;
  let text = "";
  for (let left = 2 + draw.below(4); left > 0; left--) {
    const [line, declared] = statement(draw, { ...where, scope }, indent);
    text += line;
    if (declared !== undefined) scope = [...scope, declared];
  }
  return text;
}

function statement(draw: Draw, where: Where, indent: string): [string, Variable?] {
  const inner = { ...where, depth: where.depth + 1 };
  const nested = `${indent}  `;
  const simple = where.depth >= 3;
  switch (draw.below(simple ? 3 : 11)) {
    case 0:
    case 1: {
      const kind = draw.one<Kind>(["text", "int", "bool", "list<text>", "text?"]);
      const isVar = draw.below(2) === 0;
      const name = draw.name();
      const value =
        draw.below(6) === 0 && kind === "text" ? pick(draw, where) : expression(draw, kind, where);
      return [`${indent}${isVar ? "var" : "let"} ${name}: ${kind} = ${value}\n`, { name, kind, isVar }];
    }
    case 2: {
      const settable = where.scope.filter((each) => each.isVar && each.isOutside !== true);
      if (settable.length === 0) return [""];
      const { name, kind } = draw.one(settable);
      return [`${indent}set ${name} = ${expression(draw, kind, where)}\n`];
    }
    case 3: {
      const until = draw.below(2) === 0 ? "" : ` until ${expression(draw, "bool", where)}`;
      const bound = draw.below(3) === 0 ? "n" : String(1 + draw.below(3));
      const body = block(draw, { ...inner, inLoop: true }, nested);
      const exhausted = draw.below(3) === 0 ? ` exhausted -> ${arm(draw, where)}` : "";
      return [`${indent}loop up to ${bound} {\n${body}${indent}}${until}${exhausted}\n`];
    }
    case 4: {
      const name = draw.name();
      const list = expression(draw, "list<text>", { ...where, depth: 3 });
      const scope: Variable[] = [...where.scope, { name, kind: "text", isVar: false }];
      const body = block(draw, { ...inner, scope, inLoop: true }, nested);
      return [`${indent}loop ${name} in slice(${list}, 0, 2) {\n${body}${indent}}\n`];
    }
    case 5: {
      const subject = `judge(${expression(draw, "text", where)}, ${expression(draw, "list<text>", where)})`;
      const first = block(draw, inner, `${nested}  `);
      return [
        `${indent}branch ${subject} {\n${nested}low -> {\n${first}${nested}}\n${nested}mid | high -> ${arm(draw, where)}\n${indent}}\n`,
      ];
    }
    case 6: {
      const yes = block(draw, inner, `${nested}  `);
      const subject = expression(draw, "bool", where);
      return [
        `${indent}branch ${subject} {\n${nested}true -> {\n${yes}${nested}}\n${nested}false -> ${arm(draw, where)}\n${indent}}\n`,
      ];
    }
    case 7: {
      // A variable that can be told apart would be known inside, and `is none` be a mistake there.
      const name = draw.name();
      const scope: Variable[] = [...where.scope, { name, kind: "text", isVar: false }];
      const some = block(draw, { ...inner, scope }, `${nested}  `);
      return [
        `${indent}branch ${maybe(draw, where)} {\n${nested}some ${name} -> {\n${some}${nested}}\n${nested}none -> ${arm(draw, where)}\n${indent}}\n`,
      ];
    }
    case 8: {
      const name = draw.name();
      const list = expression(draw, "list<text>", { ...where, depth: 3 });
      // What stands outside cannot be set inside.
      const outer = where.scope.map((each) => ({ ...each, isOutside: true }));
      const scope: Variable[] = [...outer, { name, kind: "text", isVar: false }];
      const body = block(draw, { ...inner, scope, inLoop: false, leave: `yield ${name}` }, nested);
      const made = draw.name();
      const declared: Variable = { name: made, kind: "list<text>", isVar: false };
      return where.mayAsk
        ? [
            `${indent}let ${made}: list<text> = parallel ${name} in slice(${list}, 0, 2) {\n${body}${nested}yield ${expression(draw, "text", { ...inner, scope })}\n${indent}}\n`,
            declared,
          ]
        : [""];
    }
    case 9:
      return where.mayAsk ? [`${indent}do ${action(draw, where)}\n`] : [""];
    default:
      return [
        `${indent}branch ${expression(draw, "bool", where)} { true -> ${arm(draw, where)} false -> pass }\n`,
      ];
  }
}

function action(draw: Draw, where: Where): string {
  const text = expression(draw, "text", where);
  return draw.one([`say(${text}, 0)`, `move(${text}, 1)`, `buy(${text}, all)`]);
}

function arm(draw: Draw, where: Where): string {
  const jumps = where.inLoop ? ["break", "continue"] : [];
  return draw.one(["pass", "pass", "pass", ...jumps, ...jumps, where.leave]);
}

function pick(draw: Draw, where: Where): string {
  const name = draw.name();
  const scope: Variable[] = [...where.scope, { name, kind: "text", isVar: false }];
  const silent = { ...where, scope, depth: 3, mayAsk: false };
  const list = expression(draw, "list<text>", { ...where, depth: 3 });
  const condition = draw.below(2) === 0 ? "" : ` where ${expression(draw, "bool", silent)}`;
  const jump = draw.one([where.leave, ...(where.inLoop ? ["break", "continue"] : [])]);
  return `pick ${name} from slice(${list}, -1, 3)${condition} by judge(${name}, all) is ${draw.one(["low", "high"])} else ${jump}`;
}

/** What may be `none`, and is nothing that the checker follows. */
function maybe(draw: Draw, where: Where): string {
  const inner = { ...where, depth: where.depth + 1 };
  const vars = where.scope.filter((each) => each.kind === "text?" && each.isVar);
  if (vars.length > 0 && draw.below(2) === 0) return draw.one(vars).name;
  if (where.mayAsk && draw.below(4) === 0) return `plan(${expression(draw, "text", inner)}).maybe`;
  if (where.mayAsk && draw.below(3) === 0) return `buy(${expression(draw, "text", inner)}, all)`;
  return `${draw.one(["first", "last"])}(${expression(draw, "list<text>", inner)})`;
}

/** A condition on a variable that may be `none` and is known not to be on its right side. */
function guarded(draw: Draw, where: Where): string {
  const fixed = where.scope.filter((each) => each.kind === "text?" && !each.isVar);
  if (fixed.length === 0) return `${maybe(draw, where)} is ${draw.one(["none", "not none"])}`;
  const found = draw.one(fixed);
  const known: Variable = { ...found, kind: "text" };
  const scope = where.scope.map((each) => (each === found ? known : each));
  const right = expression(draw, "bool", { ...where, depth: where.depth + 1, scope });
  const left = draw.one([`${found.name} is not none and`, `not (${found.name} is none) and`]);
  const guard = draw.below(2) === 0 ? left : `${found.name} is none or`;
  // Compared, so that nothing follows from it for what stands beside it: asking again would be a mistake there.
  return `((${guard} (${right}) == (${found.name} < "t1")) == true)`;
}

function expression(draw: Draw, kind: Kind, where: Where): string {
  const known = where.scope.filter((each) => each.kind === kind);
  const inner = { ...where, depth: where.depth + 1 };
  const e = (wanted: Kind) => expression(draw, wanted, inner);
  if (known.length > 0 && draw.below(3) === 0) return draw.one(known).name;
  const isLeaf = where.depth >= 4;
  switch (kind) {
    case "text": {
      if (isLeaf) return draw.one(['"x"', '"y\\n"', '""']);
      if (where.mayAsk && draw.below(3) > 0) {
        if (where.subFlows.length > 0 && draw.below(4) === 0)
          return `helper(${e("text")}, 2, ${e("list<text>")})`;
        if (draw.below(4) === 0) return `plan(${e("text")}).title`;
        if (draw.below(4) === 0) return `look(${e("text")}).title`;
        return `say(${e("text")}, ${e("int")})`;
      }
      // What grows, grows by a constant: doubling in nested loops would fill the memory.
      return draw.one([
        () => `${e("text")} + "${draw.below(3)}"`,
        () => `"t${draw.below(3)}"`,
        () => `(${maybe(draw, inner)} ?? ${e("text")})`,
        () => `${draw.one(["lower", "upper", "trim"])}(${e("text")})`,
        () => `replace(${e("text")}, "${draw.below(3)}", "y")`,
        () => `join(split(${e("text")}, "${draw.one(["", "t", "\\n"])}"), "")`,
        () => `slice(${e("text")}, ${e("int")}, ${e("int")})`,
        () => `text(${draw.one(["n", "n < 1", "n / 2"])})`,
        () => `${draw.one(where.scope.filter((each) => each.kind === "list<text>")).name}[${e("int")}]`,
      ])();
    }
    case "int":
      if (!isLeaf && where.mayAsk && draw.below(6) === 0) return `plan(${e("text")}).n`;
      if (isLeaf || draw.below(2) === 0) return String(draw.below(4));
      return draw.one([
        () => `(${e("int")} ${draw.one(["+", "-", "*", "%"])} ${e("int")})`,
        () => `len(${e(draw.one(["text", "list<text>"]))})`,
        () => `(find(${e("text")}, ${e("text")}) ?? ${e("int")})`,
        () => `(int(${e("text")}) ?? find(${e("list<text>")}, ${e("text")}) ?? -1)`,
        () => `${draw.one(["div", "min", "max"])}(${e("int")}, ${e("int")})`,
        () => `${draw.one(["round", "floor", "ceil"])}(${e("int")} / ${e("int")})`,
        () => `${draw.one(["sum([len(x) for x in all])", "sum(range(n))", "(max([n, 1]) ?? 0)", "abs(-n)"])}`,
      ])();
    case "bool": {
      if (isLeaf) return draw.one(["true", "false"]);
      const planned = () =>
        draw.one([
          `plan(${e("text")}).mark is mid`,
          `plan(${e("text")}).sure`,
          `plan(${e("text")}).of.x < 0.5`,
        ]);
      const moved = () => `move(${e("text")}, ${e("int")})`;
      const judged = () => `better(${e("text")}, ${e("text")}) is first`;
      const mark = () => `judge(${e("text")}, ${e("list<text>")}) is ${draw.one(["low", "mid"])}`;
      return draw.one([
        ...(where.mayAsk ? [mark, mark, planned, judged, moved] : []),
        () => `(${e("bool")} ${draw.one(["and", "or"])} ${e("bool")})`,
        () => `not (${e("bool")})`,
        () => `${e("int")} ${draw.one(["<", "==", ">="])} ${e("int")}`,
        () => `${e("text")} ${draw.one(["<", ">", "<=", ">="])} ${e("text")}`,
        () => `${draw.one(["contains", "starts_with", "ends_with"])}(${e("text")}, ${e("text")})`,
        () => guarded(draw, inner),
        () => `${maybe(draw, inner)} is ${draw.one(["none", "not none"])}`,
        () => `${maybe(draw, inner)} == ${e("text?")}`,
        () => `${draw.one(["any", "all"])}([${e("bool")}, ${e("bool")}])`,
        () => `${e("text")} ${draw.one(["in", "not in"])} ${e("list<text>")}`,
        () => `[${e("text")}] == ${e("list<text>")}`,
      ])();
    }
    case "text?":
      return isLeaf ? "none" : draw.one([() => maybe(draw, inner), () => e("text"), () => "none"])();
    case "list<text>": {
      if (isLeaf) return draw.one(["[]", '["p", "q"]']);
      const name = draw.name();
      const scope: Variable[] = [...inner.scope, { name, kind: "text", isVar: false }];
      const inside = { ...inner, scope };
      const condition = () => (draw.below(2) === 0 ? "" : ` if ${expression(draw, "bool", inside)}`);
      return draw.one([
        () => `[${e("text")}, ${e("text")}]`,
        ...(where.mayAsk ? [() => `plan(${e("text")}).more`, () => `look(${e("text")}).near`] : []),
        () => `(${e("list<text>")} + [${e("text")}])`,
        () => `${draw.one(["reverse", "sort", "unique"])}(${e("list<text>")})`,
        () => `slice(${e("list<text>")}, ${e("int")}, ${e("int")})`,
        () => `${draw.one(["lines", "words"])}(${e("text")})`,
        () => `split(${e("text")}, ${draw.one(['""', '"t"'])})`,
        () =>
          `[${expression(draw, "text", inside)} for ${name} in slice(${e("list<text>")}, 0, 3)${condition()}]`,
      ])();
    }
  }
}

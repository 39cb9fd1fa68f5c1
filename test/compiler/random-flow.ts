import fc from "fast-check";

/**
 * Random well-typed flows as text: variables of four types, every statement, calls in every place where they may
 * stand, sub-flows, picks with jumps, indices that may be out of range. Loops are short, so that runs are.
 */

type Kind = "text" | "int" | "bool" | "list<text>";

interface Variable {
  readonly name: string;
  readonly kind: Kind;
  readonly isVar: boolean;
}

export const agents = `type Mark = low | mid | high
agent say(a: text, n: int) -> text(max_tokens: 4) {
  user """
    say {{ a }} {{ n }}
  """
}
agent judge(a: text, all: list<text>) -> Mark {
  user """
    judge {% for x in all %}{{ x }},{% end %} {% if a == "" %}nothing{% else %}{{ a }}{% end %}.
  """
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
  /** Whether a pick may stand here (its `else` may jump out). */
  readonly returns: string;
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
    const helper = block(draw, { ...base, scope: inputs, returns: "a", subFlows: [] }, "  ");
    const main = block(draw, { ...base, scope: inputs, returns: "all", subFlows: ["helper"] }, "  ");
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
  switch (draw.below(simple ? 3 : 8)) {
    case 0:
    case 1: {
      const kind = draw.one<Kind>(["text", "int", "bool", "list<text>"]);
      const isVar = draw.below(2) === 0;
      const name = draw.name();
      const value =
        draw.below(6) === 0 && kind === "text" ? pick(draw, where) : expression(draw, kind, where);
      return [`${indent}${isVar ? "var" : "let"} ${name}: ${kind} = ${value}\n`, { name, kind, isVar }];
    }
    case 2: {
      const settable = where.scope.filter((each) => each.isVar);
      if (settable.length === 0) return [""];
      const { name, kind } = draw.one(settable);
      return [`${indent}set ${name} = ${expression(draw, kind, where)}\n`];
    }
    case 3: {
      const until = draw.below(2) === 0 ? "" : ` until ${expression(draw, "bool", where)}`;
      const bound = draw.below(3) === 0 ? "n" : String(1 + draw.below(3));
      const body = block(draw, { ...inner, inLoop: true }, nested);
      return [`${indent}loop up to ${bound} {\n${body}${indent}}${until}\n`];
    }
    case 4: {
      const name = draw.name();
      const list = expression(draw, "list<text>", { ...where, depth: 3 });
      const scope: Variable[] = [...where.scope, { name, kind: "text", isVar: false }];
      const body = block(draw, { ...inner, scope, inLoop: true }, nested);
      return [`${indent}loop ${name} in ${list} {\n${body}${indent}}\n`];
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
    default:
      return [
        `${indent}branch ${expression(draw, "bool", where)} { true -> ${arm(draw, where)} false -> pass }\n`,
      ];
  }
}

function arm(draw: Draw, where: Where): string {
  const jumps = where.inLoop ? ["break", "continue"] : [];
  return draw.one(["pass", "pass", "pass", ...jumps, ...jumps, `return ${where.returns}`]);
}

function pick(draw: Draw, where: Where): string {
  const name = draw.name();
  const scope: Variable[] = [...where.scope, { name, kind: "text", isVar: false }];
  const silent = { ...where, scope, depth: 3, mayAsk: false };
  const list = expression(draw, "list<text>", { ...where, depth: 3 });
  const condition = draw.below(2) === 0 ? "" : ` where ${expression(draw, "bool", silent)}`;
  const jump = draw.one([`return ${where.returns}`, ...(where.inLoop ? ["break", "continue"] : [])]);
  return `pick ${name} from ${list}${condition} by judge(${name}, all) is ${draw.one(["low", "high"])} else ${jump}`;
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
        return `say(${e("text")}, ${e("int")})`;
      }
      // What grows, grows by a constant: doubling in nested loops would fill the memory.
      return draw.one([
        () => `${e("text")} + "${draw.below(3)}"`,
        () => `"t${draw.below(3)}"`,
        () => `${draw.one(where.scope.filter((each) => each.kind === "list<text>")).name}[${e("int")}]`,
      ])();
    }
    case "int":
      if (isLeaf || draw.below(2) === 0) return String(draw.below(4));
      return `(${e("int")} ${draw.one(["+", "-", "*"])} ${e("int")})`;
    case "bool": {
      if (isLeaf) return draw.one(["true", "false"]);
      const mark = () => `judge(${e("text")}, ${e("list<text>")}) is ${draw.one(["low", "mid"])}`;
      return draw.one([
        ...(where.mayAsk ? [mark, mark] : []),
        () => `(${e("bool")} ${draw.one(["and", "or"])} ${e("bool")})`,
        () => `not (${e("bool")})`,
        () => `${e("int")} ${draw.one(["<", "==", ">="])} ${e("int")}`,
        () => `${e("text")} ${draw.one(["in", "not in"])} ${e("list<text>")}`,
        () => `[${e("text")}] == ${e("list<text>")}`,
      ])();
    }
    case "list<text>": {
      if (isLeaf) return draw.one(["[]", '["p", "q"]']);
      const name = draw.name();
      const scope: Variable[] = [...inner.scope, { name, kind: "text", isVar: false }];
      const inside = { ...inner, scope };
      const condition = () => (draw.below(2) === 0 ? "" : ` if ${expression(draw, "bool", inside)}`);
      return draw.one([
        () => `[${e("text")}, ${e("text")}]`,
        () => `(${e("list<text>")} + [${e("text")}])`,
        () => `[${expression(draw, "text", inside)} for ${name} in ${e("list<text>")}${condition()}]`,
      ])();
    }
  }
}

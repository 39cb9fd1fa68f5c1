import type { Local, Value } from "../lower/ir.js";
import type { Imports } from "./imports.js";
import { Narrowing } from "./narrowing.js";
import { quote } from "./text.js";

/** How a local is written where a value is printed: a variable, or a field of the state. */
export type WriteLocal = (local: Local) => string;

/** Prints values as TypeScript expressions. */
export class ValuePrinter {
  /** What TypeScript knows where the next value will stand. */
  narrowing: Narrowing;

  constructor(
    private readonly write: WriteLocal,
    private readonly imports: Imports,
  ) {
    this.narrowing = new Narrowing(write);
  }

  /** Prints what stands where more is known. */
  where<T>(narrowing: Narrowing, print: () => T): T {
    const before = this.narrowing;
    this.narrowing = narrowing;
    const printed = print();
    this.narrowing = before;
    return printed;
  }

  print(value: Value): string {
    switch (value.kind) {
      case "constant":
        return quote(value.value);
      case "local":
        return this.write(value.local);
      case "field":
        return `${this.operand(value.object)}.${value.name}`;
      case "index":
        return this.call("at", this.print(value.list), this.print(value.index), quote(value.place));
      case "element":
        return `${this.operand(value.list)}[${this.print(value.index)}]!`;
      case "length":
        return `${this.operand(value.list)}.length`;
      case "not":
        return `!${this.operand(value.operand)}`;
      case "absent":
        return `${this.operand(value.operand)} ${value.negated ? "!==" : "==="} null`;
      case "present":
        return `${this.operand(value.operand)}!`;
      case "coalesce":
        return `${this.operand(value.left)} ?? ${this.operand(value.right)}`;
      case "function": {
        const args = value.args.map((arg) => this.print(arg));
        return this.member(value.name, ...args, ...(value.place === undefined ? [] : [quote(value.place)]));
      }
      case "extern": {
        const { name, schema, type } = this.imports.extern(value.extern);
        const call = `() => ${name}(${value.args.map((arg) => this.print(arg)).join(", ")})`;
        this.imports.machine.add("external");
        return `external<${type}>(${[call, schema, quote(value.extern.name), quote(value.place)].join(", ")})`;
      }
      case "arithmetic": {
        const sum = `${this.operand(value.left)} ${value.operator} ${this.operand(value.right)}`;
        return this.call(value.whole ? "int" : "float", sum, quote(value.place));
      }
      case "next":
        return `${this.write(value.counter)} + 1`;
      case "compare":
        if (value.what === "text") {
          const order = this.member("texts.compare", this.print(value.left), this.print(value.right));
          return `${order} ${value.operator} 0`;
        }
        return `${this.operand(value.left)} ${value.operator} ${this.operand(value.right)}`;
      case "same":
        if (this.narrowing.comparesPlainly(value)) {
          const operator = value.negated ? "!==" : "===";
          return `${this.operand(value.left)} ${operator} ${this.operand(value.right)}`;
        }
        return this.negated(
          value.negated,
          this.call("same", this.print(value.left), this.print(value.right)),
        );
      case "contains":
        return this.negated(
          value.negated,
          this.call("contains", this.print(value.list), this.print(value.item)),
        );
      case "logic": {
        const isAnd = value.operator === "and";
        const left = this.logicOperand(value.left, value.operator);
        const right = this.where(this.narrowing.after(value.left, isAnd), () =>
          this.logicOperand(value.right, value.operator),
        );
        return `${left} ${isAnd ? "&&" : "||"} ${right}`;
      }
      case "concatenate":
        return value.what === "list"
          ? this.member("lists.sized", `[${this.spread(value).join(", ")}]`, quote(value.place))
          : this.member("texts.sized", this.chain(value), quote(value.place));
      case "list":
        return `[${value.items.map((item) => this.print(item)).join(", ")}]`;
      case "record":
        return this.record(value.fields.map((field) => [field.name, this.print(field.value)]));
      case "comprehension":
        return this.comprehension(value);
      case "candidates":
        return this.candidates(value);
    }
  }

  /** An object literal; a field whose value is a variable of its name is written once. */
  record(fields: readonly (readonly [string, string])[]): string {
    if (fields.length === 0) return "{}";
    return `{ ${fields.map(([name, value]) => (name === value ? name : `${name}: ${value}`)).join(", ")} }`;
  }

  /** A call of a function of `flowc/machine`. */
  call(name: string, ...args: readonly string[]): string {
    this.imports.machine.add(name);
    return `${name}(${args.join(", ")})`;
  }

  /** A call of a function of one of its namespaces, `texts.lower`. */
  private member(path: string, ...args: readonly string[]): string {
    this.imports.machine.add(path.slice(0, path.indexOf(".")));
    return `${path}(${args.join(", ")})`;
  }

  /** In parentheses where an operator beside it could tear it apart. */
  operand(value: Value): string {
    const printed = this.print(value);
    const isLoose = loose.has(value.kind) || (value.kind === "same" && this.narrowing.comparesPlainly(value));
    return isLoose || (value.kind === "constant" && printed.startsWith("-")) ? `(${printed})` : printed;
  }

  /** Comparisons bind closer than `&&` and `||`, which are not mixed without parentheses. */
  private logicOperand(value: Value, operator: "and" | "or"): string {
    const isClose = value.kind === "same" || value.kind === "compare" || value.kind === "absent";
    const isChain = value.kind === "logic" && value.operator === operator;
    return isClose || isChain ? this.print(value) : this.operand(value);
  }

  /** Texts joined by `+`: the length of the whole is checked once. */
  private chain(value: Value): string {
    if (value.kind !== "concatenate") return this.operand(value);
    return `${this.chain(value.left)} + ${this.operand(value.right)}`;
  }

  private spread(value: Value): string[] {
    if (value.kind === "list") return value.items.map((item) => this.print(item));
    if (value.kind === "concatenate") return [value.left, value.right].flatMap((side) => this.spread(side));
    return [`...${this.operand(value)}`];
  }

  private negated(isNegated: boolean, printed: string): string {
    return isNegated ? `!${printed}` : printed;
  }

  private comprehension({ element, list, condition, body }: Value & { kind: "comprehension" }): string {
    const name = this.binder(element);
    const inside = this.narrowing.bound(element, list);
    const kept =
      condition === undefined
        ? ""
        : `.filter((${name}) => ${this.where(inside, () => this.print(condition))})`;
    const printed = this.where(inside, () => this.print(body));
    const mapped =
      body.kind === "local" && body.local === element ? "" : `.map((${name}) => ${arrowBody(printed)})`;
    return `${this.operand(list)}${kept}${mapped}`;
  }

  /** A callback's parameter; of an empty list's element TypeScript would infer that nothing can be done with it. */
  private binder(element: Local): string {
    return element.type.kind === "never" ? `${this.write(element)}: any` : this.write(element);
  }

  private candidates({ element, list, condition }: Value & { kind: "candidates" }): string {
    const all = `${this.operand(list)}`;
    if (condition === undefined) return `${all}.map((_, index) => index)`;
    const name = this.binder(element);
    const kept = this.where(this.narrowing.bound(element, list), () => this.print(condition));
    return `${all}.flatMap((${name}, index) => (${kept} ? [index] : []))`;
  }
}

/** An object literal after an arrow would be read as a block. */
function arrowBody(printed: string): string {
  return printed.startsWith("{") ? `(${printed})` : printed;
}

const loose: ReadonlySet<Value["kind"]> = new Set(["next", "compare", "logic", "absent", "coalesce"]);

import type { AgentSymbol, Program } from "../../compiler/index.js";
import type {
  Block,
  Call,
  Expression,
  FlowDeclaration,
  Pick,
  Statement,
  TemplatePart,
} from "../../grammar/index.js";
import { before, callFunction, divide, equal, inRange } from "./functions.js";
import { Failed, type Value } from "./interpreter-values.js";
import { ordered, type Shape, shapeOfType } from "./shapes.js";

/**
 * A plain interpreter of the syntax tree, written from the reference and not from the compiler: it walks the tree,
 * and yields where an agent is asked. What it yields and returns is what a compiled machine must ask and give.
 */

export { Failed, type Value } from "./interpreter-values.js";

export interface Asked {
  readonly id: string;
  readonly point: string;
  readonly user: string;
  /** Examples as they are shown to the agent. */
  readonly examples: readonly { readonly user: string; readonly answer: string }[];
  readonly form: Shape;
  /** Of a pick, whose answer is a score. */
  readonly candidate?: number;
}

type Run<T> = Generator<Asked, T, Value>;
type Scope = Map<string, Value>;
type Exit =
  | { readonly kind: "break" | "continue" }
  | { readonly kind: "return" | "yield"; readonly value: Value };

/** Carries a jump out of an expression (`pick ... else break`). */
class Jumped {
  constructor(readonly exit: Exit) {}
}

/** What an effect is asked, as one text. */
export function effectCall(name: string, kind: string, inputs: Readonly<Record<string, Value>>): string {
  return `${kind} ${name} ${JSON.stringify(inputs)}`;
}

export class Interpreter {
  constructor(
    private readonly program: Program,
    private readonly flow: FlowDeclaration,
    private readonly path: readonly (string | number)[] = [],
  ) {}

  *run(inputs: readonly Value[]): Run<Value> {
    const scope: Scope = new Map(this.flow.parameters.map(({ name }, index) => [name.name, inputs[index]!]));
    const exit = yield* this.block(this.flow.body, scope);
    if (exit?.kind !== "return") throw new Error("the flow ended without a return");
    return exit.value;
  }

  private *block({ statements }: Block, outer: Scope): Run<Exit | undefined> {
    const declared: string[] = [];
    try {
      for (const statement of statements) {
        const exit = yield* this.statement(statement, outer);
        if (statement.kind === "let" || statement.kind === "var") declared.push(statement.name.name);
        if (exit !== undefined) return exit;
      }
    } catch (thrown) {
      if (thrown instanceof Jumped) return thrown.exit;
      throw thrown;
    } finally {
      for (const name of declared) outer.delete(name);
    }
    return undefined;
  }

  private *statement(node: Statement, scope: Scope): Run<Exit | undefined> {
    switch (node.kind) {
      case "let":
      case "var":
      case "set":
        scope.set(node.name.name, yield* this.value(node.value, scope));
        return undefined;
      case "do":
        yield* this.value(node.value, scope);
        return undefined;
      case "branch": {
        const value = yield* this.value(node.subject, scope);
        const isOptional = this.program.facts.types.get(node.subject)?.kind === "optional";
        const subject = isOptional ? (value === null ? "none" : "some") : String(value);
        const arm = node.arms.find((each) => each.labels.some((label) => label.name === subject))!;
        if (arm.binding === undefined) return yield* this.block(arm.body, scope);
        scope.set(arm.binding.name, value);
        const exit = yield* this.block(arm.body, scope);
        scope.delete(arm.binding.name);
        return exit;
      }
      case "bounded-loop": {
        const bound = (yield* this.value(node.bound, scope)) as number;
        for (let pass = 1; pass <= bound; pass++) {
          const inside = this.at(pass);
          const exit = yield* inside.block(node.body, scope);
          if (exit?.kind === "break") return undefined;
          if (exit?.kind === "return" || exit?.kind === "yield") return exit;
          const asksUntil = node.until && (pass < bound || node.exhausted !== undefined);
          if (asksUntil && (yield* inside.value(node.until, scope)) === true) return undefined;
        }
        return node.exhausted && (yield* this.block(node.exhausted, scope));
      }
      case "list-loop": {
        const list = (yield* this.value(node.list, scope)) as readonly Value[];
        for (const [index, item] of list.entries()) {
          scope.set(node.name.name, item);
          const exit = yield* this.at(index).block(node.body, scope);
          scope.delete(node.name.name);
          if (exit?.kind === "break") return undefined;
          if (exit?.kind === "return" || exit?.kind === "yield") return exit;
        }
        return undefined;
      }
      case "return":
      case "yield":
        return { kind: node.kind, value: yield* this.value(node.value, scope) };
      default:
        return { kind: node.kind };
    }
  }

  private *lane(body: Block, scope: Scope): Run<Value> {
    const exit = yield* this.block(body, scope);
    if (exit?.kind !== "yield") throw new Error("a pass of a parallel ended without a yield");
    return exit.value;
  }

  private at(step: string | number): Interpreter {
    return new Interpreter(this.program, this.flow, [...this.path, step]);
  }

  private *value(node: Expression, scope: Scope): Run<Value> {
    switch (node.kind) {
      case "text":
      case "number":
      case "bool":
        return node.value;
      case "name":
        if (scope.has(node.name)) return scope.get(node.name)!;
        return this.program.facts.types.get(node)?.kind === "optional" ? null : node.name;
      case "field":
        return ((yield* this.value(node.object, scope)) as Record<string, Value>)[node.name.name]!;
      case "index": {
        const list = (yield* this.value(node.list, scope)) as readonly Value[];
        const item = list[(yield* this.value(node.index, scope)) as number];
        if (item === undefined) throw new Failed();
        return item;
      }
      case "unary": {
        const operand = yield* this.value(node.operand, scope);
        return node.operator === "not" ? !operand : inRange(0 - (operand as number), this.isFloat(node));
      }
      case "is":
        return this.is(yield* this.value(node.subject, scope), node.label.name) !== node.negated;
      case "binary": {
        const left = yield* this.value(node.left, scope);
        if (node.operator === "and" && left === false) return false;
        if (node.operator === "or" && left === true) return true;
        if (node.operator === "??" && left !== null) return left;
        return operate(node.operator, left, yield* this.value(node.right, scope), this.isFloat(node));
      }
      case "list": {
        const items: Value[] = [];
        for (const item of node.items) items.push(yield* this.value(item, scope));
        return items;
      }
      case "record": {
        const fields: [string, Value][] = [];
        for (const { name, value } of node.fields) fields.push([name.name, yield* this.value(value, scope)]);
        return Object.fromEntries(fields);
      }
      case "comprehension": {
        const list = (yield* this.value(node.list, scope)) as readonly Value[];
        const found: Value[] = [];
        for (const [index, item] of list.entries()) {
          const inside = this.at(index);
          const inner = new Map(scope).set(node.name.name, item);
          if (node.condition && (yield* inside.value(node.condition, inner)) === false) continue;
          found.push(yield* inside.value(node.body, inner));
        }
        return found;
      }
      case "parallel": {
        const list = (yield* this.value(node.list, scope)) as readonly Value[];
        return yield* together(
          list.map((item, index) => {
            const inner = new Map(scope).set(node.name.name, item);
            return this.at(index).lane(node.body, inner);
          }),
        );
      }
      case "call":
        return yield* this.call(node, scope);
      case "pick":
        return yield* this.pick(node, scope);
      case "error":
        throw new Error("a broken flow was run");
    }
  }

  private is(value: Value, label: string): boolean {
    return value === label || (value === null && label === "none");
  }

  private *call(node: Call, scope: Scope): Run<Value> {
    const args: Value[] = [];
    for (const arg of node.args) args.push(yield* this.value(arg, scope));
    const { name } = node.callee;
    if (this.program.facts.builtInCalls.has(node)) return callFunction(name, args, this.isFloat(node));
    const flow = this.program.flows.get(name);
    if (flow !== undefined) {
      const path = [...this.path, `${name}#${this.ordinal(node)}`];
      return yield* new Interpreter(this.program, flow.declaration, path).run(args);
    }
    const effect = this.program.effects.get(name);
    const point = this.point(node);
    if (effect !== undefined) {
      const inputs = Object.fromEntries(effect.parameters.map((each, index) => [each.name, args[index]!]));
      const user = effectCall(name, effect.class, inputs);
      return yield { id: point, point, user, examples: [], form: shapeOfType(effect.output) };
    }
    const agent = this.program.agents.get(name)!;
    const user = yield* this.prompt(agent, args);
    const examples = yield* this.examples(agent);
    return yield { id: point, point, user, examples, form: formOf(agent) };
  }

  private *pick(node: Pick, scope: Scope): Run<Value> {
    const list = (yield* this.value(node.list, scope)) as readonly Value[];
    const agent = this.program.agents.get(node.scorer.callee.name)!;
    const point = this.point(node.scorer);
    let best: { item: Value; score: number } | undefined;
    for (const [candidate, item] of list.entries()) {
      const inner = new Map(scope).set(node.name.name, item);
      if (node.condition && (yield* this.value(node.condition, inner)) === false) continue;
      const args: Value[] = [];
      for (const arg of node.scorer.args) args.push(yield* this.value(arg, inner));
      const user = yield* this.prompt(agent, args);
      const id = `${point}?${candidate}`;
      const examples = yield* this.examples(agent);
      const score = yield { id, point, user, examples, form: formOf(agent), candidate };
      if (best === undefined || Number(score) > best.score) best = { item, score: Number(score) };
    }
    if (best !== undefined) return best.item;
    const exit = yield* this.statement(node.otherwise, scope);
    throw new Jumped(exit!);
  }

  private isFloat(node: Expression): boolean {
    return this.program.facts.types.get(node)?.kind === "float";
  }

  private point(node: Call): string {
    return `${this.flow.name.name}/${node.callee.name}#${this.ordinal(node)}@${this.path.join(".")}`;
  }

  /** How many calls of the same callee begin earlier in the text of this flow. */
  private ordinal(node: Call): number {
    const { start, end } = this.flow.span;
    return [...this.program.facts.calls.keys()].filter(
      ({ callee, span }) =>
        callee.name === node.callee.name &&
        span.start >= start &&
        span.end <= end &&
        span.start < node.span.start,
    ).length;
  }

  private *prompt({ declaration }: AgentSymbol, args: readonly Value[]): Run<string> {
    const scope: Scope = new Map(declaration.parameters.map(({ name }, index) => [name.name, args[index]!]));
    const { parts } = declaration.sections.find((each) => each.name.name === "user")!.template;
    const text = yield* this.render(parts, scope);
    return endsInLinesOfTags(parts) ? text.replace(/\n$/, "") : text;
  }

  private *examples(agent: AgentSymbol): Run<{ user: string; answer: string }[]> {
    const shown: { user: string; answer: string }[] = [];
    for (const { inputs, output } of agent.declaration.examples) {
      const given = (yield* this.value(inputs, new Map())) as Record<string, Value>;
      const args = agent.declaration.parameters.map(({ name }) => given[name.name]!);
      const answer = ordered(yield* this.value(output, new Map()), formOf(agent));
      shown.push({
        user: yield* this.prompt(agent, args),
        answer: typeof answer === "string" ? answer : JSON.stringify(answer),
      });
    }
    return shown;
  }

  private *render(parts: readonly TemplatePart[], scope: Scope): Run<string> {
    let text = "";
    for (const part of parts) {
      if (part.kind === "text") text += part.text;
      else if (part.kind === "hole") text += String(yield* this.value(part.value, scope));
      else if (part.kind === "if") {
        const holds = yield* this.value(part.condition, scope);
        text += yield* this.render(holds ? part.body : part.otherwise, scope);
      } else {
        for (const item of (yield* this.value(part.list, scope)) as readonly Value[]) {
          text += yield* this.render(part.body, new Map(scope).set(part.name.name, item));
        }
      }
    }
    return text;
  }
}

/** Rule 4 of prompt blocks: whether the end of the prompt is a line inside of `for` or `if`. */
function endsInLinesOfTags(parts: readonly TemplatePart[]): boolean {
  const last = parts.at(-1);
  if (last === undefined || last.kind === "hole" || last.kind === "text") return false;
  const ends = (body: readonly TemplatePart[]): boolean => {
    const inner = body.at(-1);
    return (inner?.kind === "text" && inner.text.endsWith("\n")) || endsInLinesOfTags(body);
  };
  return ends(last.body) || (last.kind === "if" && ends(last.otherwise));
}

function formOf({ output }: AgentSymbol): Shape {
  if (output.kind === "record") return shapeOfType(output.type);
  return output.kind === "labels" ? { labels: output.labels } : "text";
}

/** Runs all up to their first questions; then the first that still asks is answered until none does. */
function* together(runs: readonly Run<Value>[]): Run<readonly Value[]> {
  const results: Value[] = [];
  const begun = runs.map((run) => run.next());
  for (const [index, run] of runs.entries()) {
    let next = begun[index]!;
    while (next.done !== true) next = run.next(yield next.value);
    results.push(next.value);
  }
  return results;
}

function operate(operator: string, left: Value, right: Value, float: boolean): Value {
  const [a, b] = [left as number, right as number];
  switch (operator) {
    case "and":
    case "or":
    case "??":
      return right;
    case "==":
      return equal(left, right);
    case "!=":
      return !equal(left, right);
    case "in":
      return (right as readonly Value[]).some((each) => equal(each, left));
    case "not in":
      return !(right as readonly Value[]).some((each) => equal(each, left));
    case "<":
      return before(left, right);
    case "<=":
      return !before(right, left);
    case ">":
      return before(right, left);
    case ">=":
      return !before(left, right);
    case "/":
    case "%":
      return divide(operator, a, b, float);
    case "-":
      return inRange(a - b, float);
    case "*":
      return inRange(a * b, float);
    default:
      if (Array.isArray(left)) return [...left, ...(right as readonly Value[])];
      return typeof left === "string" ? left + String(right) : inRange(a + b, float);
  }
}

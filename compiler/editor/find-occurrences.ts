import type {
  AgentDeclaration,
  Arm,
  Branch,
  Call,
  Expression,
  File,
  FlowDeclaration,
  Identifier,
  ImportDeclaration,
  Parameter,
  Pick,
  Quoted,
  Span,
  TestDeclaration,
  TypeNode,
} from "../../grammar/index.js";
import { wantedLabels } from "../check/arms.js";
import { callSites } from "../check/sites.js";
import {
  type AgentSymbol,
  type Callee,
  type EffectSymbol,
  type ExternSymbol,
  type FlowSymbol,
  type Known,
  type TypeSymbol,
  typeOfCall,
  type Variable,
} from "../check/symbols.js";
import { builtinTypes } from "../check/type-nodes.js";
import type { BuiltIn } from "../functions/signature.js";
import { builtIns, fileOfTest } from "../functions/table.js";
import { presentOf, type Type } from "../types/type.js";
import type { Entity, Occurrence } from "./occurrences.js";
import { type AnyNode, walk } from "./walk.js";

/** All names of a file that mean something, in the order of the text. */
export function findOccurrences(tree: File, known: Known): readonly Occurrence[] {
  const index = new Index(known);
  walk(tree, (node) => index.visit(node));
  return index.found();
}

/** What can be asked or entered, by name: agents and flows share their names. */
type Called = ReadonlyMap<string, Callee>;

class Index {
  readonly #known: Known;
  readonly #entities = new Map<object, Entity>();
  readonly #members = new Map<string, Entity>();
  readonly #inputRecords = new Set<object>();
  /** By where they begin: what the language writes once may stand in the tree twice. */
  readonly #found = new Map<number, Occurrence>();

  constructor(known: Known) {
    this.#known = known;
  }

  found(): readonly Occurrence[] {
    return [...this.#found.values()].sort((a, b) => a.span.start - b.span.start);
  }

  visit(node: AnyNode): void {
    const { facts } = this.#known;
    const bound = facts.bindings.get(node as unknown as Identifier);
    if (bound !== undefined) this.#add(node.span, this.#variable(bound), "declaration");
    const used = facts.uses.get(node as unknown as Identifier | Expression);
    if (used !== undefined)
      this.#add(node.span, this.#variable(used), node.kind === undefined ? "write" : "read");
    switch (node.kind) {
      case "import":
        for (const name of (node as unknown as ImportDeclaration).names) this.#imported(name);
        break;
      case "type":
      case "agent":
      case "flow":
      case "extern-function":
      case "extern-effect":
        this.#declaration(node as unknown as { name: Identifier } & (AgentDeclaration | FlowDeclaration));
        break;
      case "test":
        this.#test(node as unknown as TestDeclaration);
        break;
      case "named":
        this.#typeName(node as unknown as TypeNode & { kind: "named" });
        break;
      case "record":
        this.#record(node as unknown as RecordNode);
        break;
      case "labels":
        this.#labels(node as unknown as TypeNode & { kind: "labels" });
        break;
      case "call":
        this.#call(node as unknown as Call);
        break;
      case "name":
        this.#labelName(node as unknown as Expression & { kind: "name" });
        break;
      case "field": {
        const { object, name } = node as unknown as Expression & { kind: "field" };
        this.#field(name, facts.types.get(object), "read");
        break;
      }
      case "is": {
        const { subject, label } = node as unknown as Expression & { kind: "is" };
        this.#label(label, facts.types.get(subject));
        break;
      }
      case "branch":
        this.#branch(node as unknown as Branch);
        break;
      case "pick": {
        const { scorer, label } = node as unknown as Pick;
        this.#call(scorer);
        this.#label(label, this.#answer(scorer));
      }
    }
  }

  #add(span: Span, entity: Entity | undefined, role: Occurrence["role"]): void {
    if (entity === undefined || span.end <= span.start) return;
    const earlier = this.#found.get(span.start);
    if (earlier?.role !== "declaration") this.#found.set(span.start, { span, entity, role });
  }

  #declaration(node: { name: Identifier; kind: string; parameters?: readonly Parameter[] }): void {
    const { types, agents, flows, externs, effects } = this.#known;
    const tables = {
      type: types,
      agent: agents,
      flow: flows,
      "extern-function": externs,
      "extern-effect": effects,
    } as const;
    const symbol = tables[node.kind as keyof typeof tables].get(node.name.name);
    if (symbol === undefined || symbol.declaration !== (node as unknown)) return;
    this.#add(node.name.span, this.#symbol(symbol), "declaration");
    if (symbol.kind === "type") return;
    for (const variable of symbol.parameters)
      this.#add(variable.span, this.#variable(variable), "declaration");
    if (symbol.kind === "agent") this.#examples(symbol);
  }

  /** A type and something that is called may be imported by one name: it is shown as what is called. */
  #imported({ name, span }: Identifier): void {
    const { types, agents, flows, externs, effects } = this.#known;
    const tables = [agents, flows, externs, effects, types];
    const symbol = tables.map((table) => table.get(name)).find((each) => each !== undefined);
    if (symbol !== undefined) this.#add(span, this.#symbol(symbol), "read");
  }

  #examples({ declaration, parameters }: AgentSymbol): void {
    for (const { inputs } of declaration.examples) this.#givenInputs(inputs, parameters);
  }

  /** What is given to an agent in an example, or to a flow in a test: the fields are its inputs. */
  #givenInputs(inputs: Expression, parameters: readonly Variable[]): void {
    if (inputs.kind !== "record") return;
    this.#inputRecords.add(inputs);
    for (const { name } of inputs.fields) {
      const variable = parameters.find((each) => each.name === name.name);
      if (variable !== undefined) this.#add(name.span, this.#variable(variable), "write");
    }
  }

  #test(node: TestDeclaration): void {
    const { tests, facts, flows } = this.#known;
    const flow = tests.find(({ declaration }) => declaration === node)?.flow;
    if (flow === undefined) return;
    if (node.flow !== undefined) this.#add(node.flow.span, this.#symbol(flow), "read");
    // What an imported flow asks need not be seen in this file.
    const asked = callSites(facts, flow).flatMap((site) => [site.callee, site.flow]);
    const named: Called = new Map([...flows.values(), ...asked].map((symbol) => [symbol.name, symbol]));
    for (const part of node.parts) {
      if (part.kind === "input") this.#givenInputs(part.value, flow.parameters);
      else if (part.kind === "path") for (const point of part.points) this.#id(point, named);
      else if (part.kind === "mock") {
        const { target } = part;
        const callee = named.get(target.name);
        if (target.quoted) this.#id(target, named);
        else if (callee !== undefined && callee.kind !== "flow")
          this.#add(target.span, this.#symbol(callee), "read");
      }
    }
  }

  /** The flows and the agent that the id of a site or a choice point names. */
  #id({ name: id, span }: Quoted, named: Called): void {
    // Where there are escapes between the quotes, offsets would differ.
    if (span.end - span.start !== id.length + 2) return;
    for (const { 0: name, index } of id.matchAll(/[A-Za-z_]\w*/g)) {
      const symbol = named.get(name);
      const start = span.start + 1 + index;
      if (symbol !== undefined) this.#add({ start, end: start + name.length }, this.#symbol(symbol), "read");
    }
  }

  #symbol(symbol: TypeSymbol | AgentSymbol | FlowSymbol | ExternSymbol | EffectSymbol): Entity {
    const declaration = symbol.declaration.name.span;
    return this.#once(symbol, () => ({ kind: symbol.kind, symbol, declaration }) as Entity);
  }

  #variable(symbol: Variable): Entity {
    return this.#once(symbol, () => ({ kind: "variable", symbol, declaration: symbol.span }));
  }

  #once(key: object, make: () => Entity): Entity {
    const known = this.#entities.get(key) ?? make();
    this.#entities.set(key, known);
    return known;
  }

  #typeName({ name, span }: { name: string; span: Span }): void {
    const symbol = this.#known.types.get(name);
    const builtin = builtinTypes.get(name);
    if (symbol !== undefined) this.#add(span, this.#symbol(symbol), "read");
    else if (builtin !== undefined)
      this.#add(
        span,
        this.#once(builtin, () => ({ kind: "builtin-type", name })),
        "read",
      );
  }

  /** The fields of a record type where it is written, or those of a record value. */
  #record(node: RecordNode): void {
    if (this.#inputRecords.has(node)) return;
    const type = this.#known.facts.types.get(node as unknown as Expression) ?? this.#typeWrittenAt(node);
    for (const { name, value } of node.fields) {
      this.#field(name, type, value === undefined ? "declaration" : "write");
    }
  }

  #labels(node: TypeNode & { kind: "labels" }): void {
    const type = this.#typeWrittenAt(node);
    for (const label of node.labels) this.#label(label, type, "declaration");
  }

  #typeWrittenAt(node: object): Type | undefined {
    if (this.#written === undefined) {
      this.#written = new Map([...this.#known.facts.origins].map(([type, origin]) => [origin, type]));
    }
    return this.#written.get(node);
  }
  #written: ReadonlyMap<object, Type> | undefined;

  #call(call: Call): void {
    const { facts, agents, flows } = this.#known;
    const { name, span } = call.callee;
    if (facts.files.has(call)) {
      this.#function(fileOfTest, span);
      return;
    }
    const symbol = facts.calls.get(call) ?? facts.externCalls.get(call);
    if (symbol !== undefined) this.#add(span, this.#symbol(symbol), "read");
    else if (!agents.has(name) && !flows.has(name)) this.#builtIn(name, span);
  }

  #builtIn(name: string, span: Span): void {
    const symbol = builtIns.get(name);
    if (symbol !== undefined) this.#function(symbol, span);
  }

  #function(symbol: BuiltIn, span: Span): void {
    const entity = this.#once(symbol, () => ({ kind: "function", symbol }));
    this.#add(span, entity, "read");
  }

  #answer(call: Call): Type | undefined {
    const symbol = this.#known.facts.calls.get(call);
    return symbol && typeOfCall(symbol);
  }

  /** A name that is no variable is a label where labels are wanted. */
  #labelName(node: Expression & { kind: "name" }): void {
    if (this.#known.facts.uses.has(node)) return;
    this.#label({ name: node.name, span: node.span }, this.#known.facts.types.get(node));
  }

  #branch({ subject, arms }: Branch): void {
    const type = this.#known.facts.types.get(subject);
    if (type === undefined || wantedLabels(type) === undefined || type.kind !== "labels") return;
    for (const arm of arms as readonly Arm[]) for (const label of arm.labels) this.#label(label, type);
  }

  #label({ name, span }: Identifier, type: Type | undefined, role: Occurrence["role"] = "read"): void {
    const labels = type && presentOf(type);
    if (labels?.kind !== "labels" || !labels.labels.includes(name)) return;
    const origin = this.#known.facts.origins.get(labels);
    const declaration =
      origin?.kind === "labels" ? origin.labels.find((each) => each.name === name)?.span : undefined;
    this.#add(span, this.#member(name, declaration, { kind: "label", name, labels, declaration }), role);
  }

  #field({ name, span }: Identifier, type: Type | undefined, role: Occurrence["role"]): void {
    const record = type && presentOf(type);
    const own = record?.kind === "record" ? record.fields.get(name) : undefined;
    if (record?.kind !== "record" || own === undefined) return;
    const origin = this.#known.facts.origins.get(record);
    const declaration =
      origin?.kind === "record"
        ? origin.fields.find((each) => each.name.name === name)?.name.span
        : undefined;
    const entity: Entity = { kind: "field", name, type: own, record, declaration };
    this.#add(span, this.#member(name, declaration, entity), role);
  }

  /** Fields and labels are the same if they are declared at the same place; of what is declared nowhere each is its own. */
  #member(name: string, declaration: Span | undefined, entity: Entity): Entity {
    if (declaration === undefined) return entity;
    const key = `${entity.kind} ${name} ${declaration.start}`;
    const known = this.#members.get(key) ?? entity;
    this.#members.set(key, known);
    return known;
  }
}

/** A record type (its fields have types) or a record value (its fields have values). */
interface RecordNode {
  readonly fields: readonly { readonly name: Identifier; readonly value?: Expression }[];
}

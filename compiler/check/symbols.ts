import type {
  AgentDeclaration,
  Call,
  EffectClass,
  Expression,
  ExternEffect,
  ExternFunction,
  FlowDeclaration,
  Identifier,
  Sources,
  Span,
  TestDeclaration,
  TypeDeclaration,
  TypeNode,
} from "../../grammar/index.js";
import type { Signature } from "../functions/signature.js";
import { type LabelsType, type RecordType, type Type, text, unknown } from "../types/type.js";

/** A variable of a flow or of a template. */
export interface Variable {
  readonly name: string;
  readonly type: Type;
  readonly role: "parameter" | "let" | "var" | "loop variable";
  readonly span: Span;
  /** It has the name of another one that can be seen there, so that its uses may mean either. */
  readonly shadows: boolean;
  /** Filled in while checking. */
  read: boolean;
  assigned: boolean;
}

export interface TypeSymbol {
  readonly kind: "type";
  readonly name: string;
  readonly declaration: TypeDeclaration;
  readonly type: Type;
}

/** An agent's output as the runtime knows it; `unknown` where it could not be understood. */
export type Output =
  | { readonly kind: "text"; readonly maxTokens: number }
  | { readonly kind: "record"; readonly type: RecordType; readonly maxTokens: number }
  | LabelsType
  | { readonly kind: "unknown" };

/** The type of the value that an agent's answer is in the language. */
export function answerType(output: Output): Type {
  switch (output.kind) {
    case "text":
      return text;
    case "record":
      return output.type;
    case "labels":
      return output;
    case "unknown":
      return unknown;
  }
}

export interface AgentSymbol {
  readonly kind: "agent";
  readonly name: string;
  readonly declaration: AgentDeclaration;
  readonly parameters: readonly Variable[];
  readonly output: Output;
  /** Its text could not be read in full: its body and its calls are not checked. */
  readonly broken: boolean;
}

export interface FlowSymbol {
  readonly kind: "flow";
  readonly name: string;
  readonly declaration: FlowDeclaration;
  readonly parameters: readonly Variable[];
  readonly output: Type;
  readonly broken: boolean;
}

/** A function that a TypeScript module exports. */
export interface ExternSymbol {
  readonly kind: "extern";
  readonly name: string;
  readonly declaration: ExternFunction;
  readonly parameters: readonly Variable[];
  readonly output: Type;
  readonly broken: boolean;
}

/** A test of a flow of the file. */
export interface TestSymbol {
  readonly kind: "test";
  readonly name: string;
  readonly declaration: TestDeclaration;
  /** Nothing if there is no such flow. */
  readonly flow: FlowSymbol | undefined;
  readonly broken: boolean;
}

/** Something that the simulator does: asked for like an agent, answered by a module's function over the simulator's state. */
export interface EffectSymbol {
  readonly kind: "effect";
  readonly name: string;
  readonly declaration: ExternEffect;
  readonly parameters: readonly Variable[];
  readonly output: Type;
  readonly class: EffectClass;
  readonly broken: boolean;
}

/** Whom a call asks, or which flow it enters. */
export type Callee = AgentSymbol | FlowSymbol | EffectSymbol;

/** The type of what a call gives. */
export function typeOfCall(callee: Callee): Type {
  return callee.kind === "agent" ? answerType(callee.output) : callee.output;
}

/** What checking found out about the nodes of the tree, by node. */
export interface Facts {
  readonly types: Map<Expression, Type>;
  /** Of name expressions and of names in `set`. */
  readonly uses: Map<Expression | Identifier, Variable>;
  /** Of the names that declare a variable. */
  readonly bindings: Map<Identifier, Variable>;
  /** Calls that ask an agent or the simulator, or enter a flow. */
  readonly calls: Map<Call, Callee>;
  /** Calls of functions of TypeScript modules, which ask nobody. */
  readonly externCalls: Map<Call, ExternSymbol>;
  /** In the values of tests: `file("PATH")`, and its path. */
  readonly files: Map<Call, string>;
  /** Calls of the language's own functions, and which of their signatures is meant. */
  readonly builtInCalls: Map<Call, Signature>;
  /** Names and fields of an optional type that are known not to be `none` where they stand. */
  readonly narrowed: Set<Expression>;
  /** Where record and label types are written. */
  readonly origins: Map<Type, TypeNode>;
}

/** What can be called, by name. */
interface Callables {
  readonly agents: ReadonlyMap<string, AgentSymbol>;
  readonly flows: ReadonlyMap<string, FlowSymbol>;
  readonly externs: ReadonlyMap<string, ExternSymbol>;
  readonly effects: ReadonlyMap<string, EffectSymbol>;
}

/** What is known of one file: the names that can be seen in it, and what they mean. */
export interface Known extends Callables {
  readonly sources: Sources;
  readonly types: ReadonlyMap<string, TypeSymbol>;
  readonly tests: readonly TestSymbol[];
  readonly facts: Facts;
}

/** A checked file with all that it imports: what lowering and emission start from. */
export interface Program extends Callables {
  readonly sources: Sources;
  /** In the order of their declaration, as all of these. Names of types may repeat, one of each in a file. */
  readonly types: readonly TypeSymbol[];
  readonly tests: readonly TestSymbol[];
  readonly facts: Facts;
}

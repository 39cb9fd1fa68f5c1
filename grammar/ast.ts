import type { Span } from "./source.js";

/**
 * The syntax tree. Every node has the span of its text. Where the text was broken, what could not be read is an
 * `error` node (of types and expressions) or simply absent, and a problem has been reported.
 */

/** A name as written, where it stands. */
export interface Identifier {
  readonly name: string;
  readonly span: Span;
}

export interface File {
  readonly imports: readonly ImportDeclaration[];
  readonly declarations: readonly Declaration[];
}

/** `import NAME, NAME from "./other.flow"` */
export interface ImportDeclaration {
  readonly kind: "import";
  readonly names: readonly Identifier[];
  readonly from: ModulePath;
  readonly span: Span;
}

export type Declaration =
  | TypeDeclaration
  | AgentDeclaration
  | FlowDeclaration
  | ExternFunction
  | ExternEffect
  | TestDeclaration;

export interface TypeDeclaration {
  readonly kind: "type";
  readonly name: Identifier;
  readonly type: TypeNode;
  /** Of `extern type`: where it is declared in TypeScript too. */
  readonly from: ModulePath | undefined;
  /** The text of the `///` lines above. */
  readonly doc: string;
  readonly span: Span;
}

/** `extern function NAME(...) -> TYPE from "./module.ts"` */
export interface ExternFunction {
  readonly kind: "extern-function";
  readonly name: Identifier;
  readonly parameters: readonly Parameter[];
  readonly output: TypeNode;
  readonly from: ModulePath;
  readonly doc: string;
  readonly span: Span;
}

/** `extern effect NAME(...) -> TYPE CLASS from "./module.ts"` */
export interface ExternEffect {
  readonly kind: "extern-effect";
  readonly name: Identifier;
  readonly parameters: readonly Parameter[];
  readonly output: TypeNode;
  readonly class: EffectClass;
  readonly from: ModulePath;
  readonly doc: string;
  readonly span: Span;
}

/**
 * What doing it means: nothing beyond the result, which the inputs decide; nothing more when it is done again at once;
 * or anything.
 */
export type EffectClass = "pure" | "idempotent" | "effectful";

/** A module, or another .flow file, as written: relative to the .flow file that names it. */
export interface ModulePath {
  readonly path: string;
  readonly span: Span;
}

export interface AgentDeclaration {
  readonly kind: "agent";
  readonly name: Identifier;
  readonly parameters: readonly Parameter[];
  readonly output: AgentOutput;
  readonly sections: readonly Section[];
  readonly examples: readonly Example[];
  /** False for what is declared as a `judge`. */
  readonly trained: boolean;
  readonly doc: string;
  readonly span: Span;
}

export interface FlowDeclaration {
  readonly kind: "flow";
  readonly name: Identifier;
  readonly parameters: readonly Parameter[];
  readonly output: TypeNode;
  readonly body: Block;
  readonly doc: string;
  readonly span: Span;
}

export interface Parameter {
  readonly name: Identifier;
  readonly type: TypeNode;
}

/** A type with settings, as in `text(max_tokens: 50)`, or without. */
export type AgentOutput =
  | {
      readonly kind: "generate";
      readonly type: TypeNode;
      readonly settings: readonly Setting[];
      readonly span: Span;
    }
  | { readonly kind: "typed"; readonly type: TypeNode; readonly span: Span };

export interface Setting {
  readonly name: Identifier;
  readonly value: Expression;
}

/** `system ...` or `user ...` of an agent; other names are reported by the checker. */
export interface Section {
  readonly name: Identifier;
  readonly template: Template;
}

/** `example { INPUTS } -> OUTPUT` of an agent. */
export interface Example {
  readonly inputs: Expression;
  readonly output: Expression;
  readonly span: Span;
}

/** `test "NAME" for FLOW { ... }` */
export interface TestDeclaration {
  readonly kind: "test";
  /** The text in quotes. */
  readonly name: Identifier;
  /** Nothing if it is for the file's last flow. */
  readonly flow: Identifier | undefined;
  /** In the order of the text; that one stands twice is for the checker to say. */
  readonly parts: readonly TestPart[];
  readonly doc: string;
  readonly span: Span;
}

export type TestPart = TestInput | Mock | Expectation | ExpectedFailure | ExpectedPath;

/** `input { NAME: VALUE, ... }` */
export interface TestInput {
  readonly kind: "input";
  readonly value: Expression;
  readonly span: Span;
}

/** `mock TARGET -> ANSWER, ...` or `mock TARGET always -> ANSWER` */
export interface Mock {
  readonly kind: "mock";
  /** The name of an agent, or in quotes the id of a site or a choice point. */
  readonly target: Quoted | (Identifier & { readonly quoted: false });
  /** Whether the one answer is given every time. */
  readonly always: boolean;
  readonly answers: readonly Expression[];
  readonly span: Span;
}

/** A text in quotes that names something. */
export interface Quoted {
  readonly name: string;
  readonly quoted: true;
  /** With its quotes. */
  readonly span: Span;
}

/** `expect VALUE` */
export interface Expectation {
  readonly kind: "expect";
  readonly value: Expression;
  readonly span: Span;
}

/** `expect fails "PART OF THE MESSAGE"` */
export interface ExpectedFailure {
  readonly kind: "expect-failure";
  readonly message: string;
  readonly span: Span;
}

/** `path "CHOICE POINT", ...` */
export interface ExpectedPath {
  readonly kind: "path";
  readonly points: readonly Quoted[];
  readonly span: Span;
}

// Types

export type TypeNode =
  | { readonly kind: "named"; readonly name: string; readonly span: Span }
  | { readonly kind: "list"; readonly element: TypeNode; readonly span: Span }
  | { readonly kind: "record"; readonly fields: readonly Parameter[]; readonly span: Span }
  /** `ELEMENT?`; behind labels it belongs to all of them. */
  | { readonly kind: "optional"; readonly element: TypeNode; readonly span: Span }
  | { readonly kind: "labels"; readonly labels: readonly Identifier[]; readonly span: Span }
  | { readonly kind: "error"; readonly span: Span };

// Statements

export interface Block {
  readonly statements: readonly Statement[];
  readonly span: Span;
}

export type Statement = Binding | Assignment | Action | BoundedLoop | ListLoop | Branch | Jump;

/** `let` (never set again) or `var`. */
export interface Binding {
  readonly kind: "let" | "var";
  readonly name: Identifier;
  readonly type: TypeNode | undefined;
  readonly value: Expression;
  readonly span: Span;
}

export interface Assignment {
  readonly kind: "set";
  readonly name: Identifier;
  readonly value: Expression;
  readonly span: Span;
}

/** `do CALL`: what is answered is dropped. */
export interface Action {
  readonly kind: "do";
  readonly value: Expression;
  readonly span: Span;
}

/** `loop up to BOUND { } until CONDITION exhausted -> ARM` */
export interface BoundedLoop {
  readonly kind: "bounded-loop";
  readonly bound: Expression;
  readonly body: Block;
  readonly until: Expression | undefined;
  /** Runs if the last permitted pass has not ended the loop. */
  readonly exhausted: Block | undefined;
  readonly span: Span;
}

/** `loop NAME in LIST { }` */
export interface ListLoop {
  readonly kind: "list-loop";
  readonly name: Identifier;
  readonly list: Expression;
  readonly body: Block;
  readonly span: Span;
}

export interface Branch {
  readonly kind: "branch";
  readonly subject: Expression;
  readonly arms: readonly Arm[];
  /** Of `branch SUBJECT`, for messages about the whole. */
  readonly head: Span;
  readonly span: Span;
}

export interface Arm {
  /** Labels, `true` and `false`, or `none` and `some`. */
  readonly labels: readonly Identifier[];
  /** The name that `some NAME` gives to what is there. */
  readonly binding: Identifier | undefined;
  /** A lone statement is a block of one, `pass` a block of none. */
  readonly body: Block;
  readonly span: Span;
}

export type Jump =
  | { readonly kind: "break"; readonly span: Span }
  | { readonly kind: "continue"; readonly span: Span }
  | { readonly kind: "return" | "yield"; readonly value: Expression; readonly span: Span };

// Expressions

export type Expression =
  | { readonly kind: "text"; readonly value: string; readonly span: Span }
  | { readonly kind: "number"; readonly value: number; readonly whole: boolean; readonly span: Span }
  | { readonly kind: "bool"; readonly value: boolean; readonly span: Span }
  | NameExpression
  | Call
  | { readonly kind: "field"; readonly object: Expression; readonly name: Identifier; readonly span: Span }
  | { readonly kind: "index"; readonly list: Expression; readonly index: Expression; readonly span: Span }
  | {
      readonly kind: "unary";
      readonly operator: "not" | "-";
      readonly operand: Expression;
      readonly span: Span;
    }
  | Binary
  | IsExpression
  | { readonly kind: "list"; readonly items: readonly Expression[]; readonly span: Span }
  | Comprehension
  | { readonly kind: "record"; readonly fields: readonly RecordEntry[]; readonly span: Span }
  | Pick
  | Parallel
  | { readonly kind: "error"; readonly span: Span };

/** `SUBJECT is LABEL`, `SUBJECT is none`, and both with `is not`. */
export interface IsExpression {
  readonly kind: "is";
  readonly subject: Expression;
  readonly label: Identifier;
  readonly negated: boolean;
  readonly span: Span;
}

/** A variable, a label where a label is expected, or `none`. */
export interface NameExpression {
  readonly kind: "name";
  readonly name: string;
  readonly span: Span;
}

export interface Call {
  readonly kind: "call";
  readonly callee: Identifier;
  readonly args: readonly Expression[];
  readonly span: Span;
}

export type BinaryOperator =
  | "or"
  | "and"
  | "=="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "in"
  | "not in"
  | "??"
  | "+"
  | "-"
  | "*"
  | "/"
  | "%";

export interface Binary {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly span: Span;
}

/** `[BODY for NAME in LIST if CONDITION]` */
export interface Comprehension {
  readonly kind: "comprehension";
  readonly body: Expression;
  readonly name: Identifier;
  readonly list: Expression;
  readonly condition: Expression | undefined;
  readonly span: Span;
}

export interface RecordEntry {
  readonly name: Identifier;
  readonly value: Expression;
}

/** `parallel NAME in LIST { ... yield VALUE }`: the list of what is yielded, by all passes at once. */
export interface Parallel {
  readonly kind: "parallel";
  readonly name: Identifier;
  readonly list: Expression;
  readonly body: Block;
  /** Of `parallel NAME in LIST`, for messages about the whole. */
  readonly head: Span;
  readonly span: Span;
}

/** `pick NAME from LIST where CONDITION by SCORER is LABEL else JUMP` */
export interface Pick {
  readonly kind: "pick";
  readonly name: Identifier;
  readonly list: Expression;
  readonly condition: Expression | undefined;
  readonly scorer: Call;
  readonly label: Identifier;
  readonly otherwise: Jump;
  readonly span: Span;
}

// Templates

export interface Template {
  readonly parts: readonly TemplatePart[];
  /** Written with one quote at each end: no tags inside. */
  readonly plain: boolean;
  readonly span: Span;
}

export type TemplatePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "hole"; readonly value: Expression; readonly span: Span }
  | TemplateFor
  | TemplateIf;

export interface TemplateFor {
  readonly kind: "for";
  readonly name: Identifier;
  readonly list: Expression;
  readonly body: readonly TemplatePart[];
  /** Of the opening tag. */
  readonly span: Span;
}

export interface TemplateIf {
  readonly kind: "if";
  readonly condition: Expression;
  readonly body: readonly TemplatePart[];
  readonly otherwise: readonly TemplatePart[];
  readonly span: Span;
}

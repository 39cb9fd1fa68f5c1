import type {
  CstNode,
  IParserErrorMessageProvider,
  IRecognitionException,
  IToken,
  ITokenGrammarPath,
  TokenType,
} from "chevrotain";
import * as l from "./lexer.js";
import { limits } from "./limits.js";
import { TestRules } from "./rules/tests.js";
import * as t from "./tokens.js";

/** More rules than lead from one bracket to the next one inside of it. */
const CLOSEST_RULES = 30;

/** Rules within each other, of which each takes up to 700 bytes of a stack of a megabyte. */
const MOST_RULES = 900;

/** Parts of the toolkit that its types leave out. */
interface Internals {
  readonly _errors: readonly IRecognitionException[];
  readonly RULE_STACK_IDX: number;
  SAVE_ERROR(error: IRecognitionException): IRecognitionException;
  /** Puts the parser behind the last token. */
  moveToTerminatedState(): void;
  ruleInvocationStateUpdate(...invocation: readonly unknown[]): void;
  readonly CST_STACK: CstNode[];
  cstInvocationStateUpdate(rule: string): void;
  tryInRuleRecovery(expected: TokenType, follows: readonly TokenType[]): IToken;
  canRecoverWithSingleTokenDeletion(expected: TokenType): boolean;
  consumeToken(): void;
}

/** Thrown where rules nest so deep that the stack could not hold many more. */
export class TooDeep extends Error {
  constructor(readonly token: IToken) {
    super("the rules nest too deep");
  }
}

/**
 * The grammar, one method per rule: the declarations here, what they are made of in `rules/`, each class of which
 * extends the one whose rules it needs. Two tokens of lookahead suffice: every declaration and every statement starts
 * with a word of its own. What a rule accepts is wider than what the checker allows where that makes for better
 * messages (any word may open an agent's section, any expression may bound a loop).
 */
export class FlowParser extends TestRules {
  /** @param messages words the errors */
  constructor(messages: IParserErrorMessageProvider) {
    super([...l.vocabulary], {
      errorMessageProvider: messages,
      recoveryEnabled: true,
      maxLookahead: 2,
      nodeLocationTracking: "onlyOffset",
      skipValidations: true,
    });
    this.performSelfAnalysis();
    this.boundRecovery();
    this.boundDepth();
    this.slimNodes();
    this.takeColons();
    this.keepBraces();
  }

  /** Parses one file; problems are left in `errors`. */
  parseFile(tokens: IToken[]): CstNode {
    this.input = tokens;
    return this.file();
  }

  /**
   * Once there are too many mistakes the rest counts as the end of the file: recovery recurses for every one that it
   * finds in a row, and takes its time.
   */
  private boundRecovery(): void {
    const recovery = this as unknown as Internals;
    const save = recovery.SAVE_ERROR.bind(this);
    recovery.SAVE_ERROR = (error) => {
      if (recovery._errors.length >= limits.mistakes) return error;
      if (recovery._errors.length === limits.mistakes - 1) recovery.moveToTerminatedState();
      return save(error);
    };
  }

  private boundDepth(): void {
    const engine = this as unknown as Internals;
    const enter = engine.ruleInvocationStateUpdate.bind(this);
    engine.ruleInvocationStateUpdate = (...invocation) => {
      enter(...invocation);
      if (engine.RULE_STACK_IDX > MOST_RULES) throw new TooDeep(this.LA(1));
    };
  }

  /**
   * The toolkit's nodes have their children in an object without a prototype, which V8 keeps as a hash table: three
   * times the memory, and half the time of a parse goes into its collection.
   */
  private slimNodes(): void {
    const engine = this as unknown as Internals;
    engine.cstInvocationStateUpdate = (name) => {
      engine.CST_STACK.push({
        name,
        children: {},
        location: { startOffset: Number.NaN, endOffset: Number.NaN },
      });
    };
  }

  /** `yes: ...` is read as `yes -> ...`, once it has been told. */
  private takeColons(): void {
    const engine = this as unknown as Internals;
    const recover = engine.tryInRuleRecovery.bind(this);
    engine.tryInRuleRecovery = (expected, follows) => {
      const next = this.LA(1);
      if (expected !== t.Arrow || next.tokenType !== t.Colon) return recover(expected, follows);
      engine.consumeToken();
      return next;
    };
  }

  /** A brace where a name is missing is not left out as one sign too many: it closes what stands before it. */
  private keepBraces(): void {
    const engine = this as unknown as Internals;
    const canLeaveOut = engine.canRecoverWithSingleTokenDeletion.bind(this);
    engine.canRecoverWithSingleTokenDeletion = (expected) =>
      !(this.LA(1).tokenType === t.CloseBrace && (expected === t.Word || expected === t.Name)) &&
      canLeaveOut(expected);
  }

  /**
   * What may follow a token, for recovery. The toolkit looks for it from the outermost rule on, and recurses on the way
   * to the innermost; what stands further out than this decides nothing.
   */
  protected override getNextPossibleTokenTypes(path: ITokenGrammarPath): TokenType[] {
    const ruleStack = path.ruleStack.slice(-CLOSEST_RULES);
    const occurrenceStack = path.occurrenceStack.slice(-CLOSEST_RULES);
    return super.getNextPossibleTokenTypes({ ...path, ruleStack, occurrenceStack });
  }

  private readonly file = this.RULE("file", () => {
    this.MANY(() => {
      this.OR([
        { ALT: () => this.SUBRULE(this.typeDeclaration) },
        { ALT: () => this.SUBRULE(this.agentDeclaration) },
        { ALT: () => this.SUBRULE(this.flowDeclaration) },
        { ALT: () => this.SUBRULE(this.externDeclaration) },
        { ALT: () => this.SUBRULE(this.importDeclaration) },
        { ALT: () => this.SUBRULE(this.testDeclaration) },
      ]);
    });
  });

  private readonly importDeclaration = this.RULE("importDeclaration", () => {
    this.CONSUME(t.Import);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.CONSUME(t.Name) });
    this.CONSUME(t.From);
    this.CONSUME(t.Text);
  });

  private readonly typeDeclaration = this.RULE("typeDeclaration", () => {
    this.CONSUME(t.Type);
    this.CONSUME(t.Name);
    this.CONSUME(t.Assign);
    this.SUBRULE(this.type);
  });

  private readonly externDeclaration = this.RULE("externDeclaration", () => {
    this.CONSUME(t.Extern);
    this.OR([
      { ALT: () => this.SUBRULE(this.typeDeclaration) },
      { ALT: () => this.SUBRULE(this.externFunction) },
      { ALT: () => this.SUBRULE(this.externEffect) },
    ]);
    this.CONSUME(t.From);
    this.CONSUME(t.Text);
  });

  private readonly externFunction = this.RULE("externFunction", () => {
    this.CONSUME(t.Function_);
    this.CONSUME(t.Name);
    this.SUBRULE(this.parameters);
    this.CONSUME(t.Arrow);
    this.SUBRULE(this.type);
  });

  private readonly externEffect = this.RULE("externEffect", () => {
    this.CONSUME(t.Effect);
    this.CONSUME(t.Name);
    this.SUBRULE(this.parameters);
    this.CONSUME(t.Arrow);
    this.SUBRULE(this.type);
    this.SUBRULE(this.effectClass);
  });

  private readonly effectClass = this.RULE("effectClass", () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Pure) },
      { ALT: () => this.CONSUME(t.Idempotent) },
      { ALT: () => this.CONSUME(t.Effectful) },
    ]);
  });

  /** A judge is declared like an agent. */
  private readonly agentDeclaration = this.RULE("agentDeclaration", () => {
    this.OR([{ ALT: () => this.CONSUME(t.Agent) }, { ALT: () => this.CONSUME(t.Judge) }]);
    this.CONSUME(t.Name);
    this.SUBRULE(this.parameters);
    this.CONSUME(t.Arrow);
    this.SUBRULE(this.agentOutput);
    this.CONSUME(t.OpenBrace);
    this.MANY(() => {
      this.OR1([{ ALT: () => this.SUBRULE(this.example) }, { ALT: () => this.SUBRULE(this.section) }]);
    });
    this.CONSUME(t.CloseBrace);
  });

  private readonly flowDeclaration = this.RULE("flowDeclaration", () => {
    this.CONSUME(t.Flow);
    this.CONSUME(t.Name);
    this.SUBRULE(this.parameters);
    this.CONSUME(t.Arrow);
    this.SUBRULE(this.type);
    this.SUBRULE(this.block);
  });

  private readonly agentOutput = this.RULE("agentOutput", () => {
    this.SUBRULE(this.type);
    this.OPTION(() => {
      this.CONSUME(t.OpenParen);
      this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.setting) });
      this.CONSUME(t.CloseParen);
    });
  });

  private readonly setting = this.RULE("setting", () => {
    this.CONSUME(t.Word);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.expression);
  });

  private readonly example = this.RULE("example", () => {
    this.CONSUME(t.Example);
    this.SUBRULE(this.record);
    this.CONSUME(t.Arrow);
    this.SUBRULE(this.expression);
  });

  private readonly section = this.RULE("section", () => {
    this.CONSUME(t.Name);
    this.OR([{ ALT: () => this.CONSUME(t.Text) }, { ALT: () => this.SUBRULE(this.prompt) }]);
  });
}

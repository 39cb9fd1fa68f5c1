import type { CstNode, IParserErrorMessageProvider, IToken } from "chevrotain";
import * as l from "./lexer.js";
import { StatementRules } from "./rules/statements.js";
import * as t from "./tokens.js";

/**
 * The grammar, one method per rule: the declarations here, what they are made of in `rules/`, each class of which
 * extends the one whose rules it needs. Two tokens of lookahead suffice: every declaration and every statement starts
 * with a word of its own. What a rule accepts is wider than what the checker allows where that makes for better
 * messages (any word may open an agent's section, any expression may bound a loop).
 */
export class FlowParser extends StatementRules {
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
  }

  /** Parses one file; problems are left in `errors`. */
  parseFile(tokens: IToken[]): CstNode {
    this.input = tokens;
    return this.file();
  }

  private readonly file = this.RULE("file", () => {
    this.MANY(() => {
      this.OR([
        { ALT: () => this.SUBRULE(this.typeDeclaration) },
        { ALT: () => this.SUBRULE(this.agentDeclaration) },
        { ALT: () => this.SUBRULE(this.flowDeclaration) },
        { ALT: () => this.SUBRULE(this.externDeclaration) },
      ]);
    });
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

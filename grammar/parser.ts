import type { CstNode, IParserErrorMessageProvider, IToken } from "chevrotain";
import { CstParser } from "./chevrotain.js";
import * as l from "./lexer.js";
import * as t from "./tokens.js";

/**
 * The grammar, one method per rule. Two tokens of lookahead suffice: every declaration and every statement starts
 * with a word of its own. What a rule accepts is wider than what the checker allows where that makes for better
 * messages (any word may open an agent's section, any expression may bound a loop).
 */
export class FlowParser extends CstParser {
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
      ]);
    });
  });

  private readonly typeDeclaration = this.RULE("typeDeclaration", () => {
    this.CONSUME(t.Type);
    this.CONSUME(t.Name);
    this.CONSUME(t.Assign);
    this.SUBRULE(this.type);
  });

  private readonly agentDeclaration = this.RULE("agentDeclaration", () => {
    this.CONSUME(t.Agent);
    this.CONSUME(t.Name);
    this.SUBRULE(this.parameters);
    this.CONSUME(t.Arrow);
    this.SUBRULE(this.agentOutput);
    this.CONSUME(t.OpenBrace);
    this.MANY(() => this.SUBRULE(this.section));
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

  private readonly parameters = this.RULE("parameters", () => {
    this.CONSUME(t.OpenParen);
    this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.parameter) });
    this.CONSUME(t.CloseParen);
  });

  private readonly parameter = this.RULE("parameter", () => {
    this.CONSUME(t.Word);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.type);
  });

  private readonly agentOutput = this.RULE("agentOutput", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.TextType);
          this.CONSUME(t.OpenParen);
          this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.setting) });
          this.CONSUME(t.CloseParen);
        },
      },
      { ALT: () => this.SUBRULE(this.type) },
    ]);
  });

  private readonly setting = this.RULE("setting", () => {
    this.CONSUME(t.Word);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.expression);
  });

  private readonly section = this.RULE("section", () => {
    this.CONSUME(t.Name);
    this.OR([{ ALT: () => this.CONSUME(t.Text) }, { ALT: () => this.SUBRULE(this.prompt) }]);
  });

  // Types

  private readonly type = this.RULE("type", () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.recordType) },
      {
        ALT: () => {
          this.CONSUME(t.ListType);
          this.CONSUME(t.Below);
          this.SUBRULE(this.type);
          this.CONSUME(t.Above);
        },
      },
      { ALT: () => this.AT_LEAST_ONE_SEP({ SEP: t.Bar, DEF: () => this.CONSUME(t.Name) }) },
    ]);
  });

  private readonly recordType = this.RULE("recordType", () => {
    this.CONSUME(t.OpenBrace);
    this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.parameter) });
    this.CONSUME(t.CloseBrace);
  });

  // Prompts: tags are read one by one; which `end` belongs to which tag is found afterwards

  private readonly prompt = this.RULE("prompt", () => {
    this.CONSUME(l.OpenPrompt);
    this.MANY(() => {
      this.OR([
        { ALT: () => this.CONSUME(l.PromptText) },
        { ALT: () => this.SUBRULE(this.hole) },
        { ALT: () => this.SUBRULE(this.tag) },
      ]);
    });
    this.CONSUME(l.ClosePrompt);
  });

  private readonly hole = this.RULE("hole", () => {
    this.CONSUME(l.OpenHole);
    this.SUBRULE(this.expression);
    this.CONSUME(l.CloseHole);
  });

  private readonly tag = this.RULE("tag", () => {
    this.CONSUME(l.OpenTag);
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.For);
          this.CONSUME(t.Name);
          this.CONSUME(t.In);
          this.SUBRULE(this.expression);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.If);
          this.SUBRULE1(this.expression);
        },
      },
      { ALT: () => this.CONSUME(t.Else) },
      { ALT: () => this.CONSUME(t.End) },
    ]);
    this.CONSUME(l.CloseTag);
  });

  // Statements

  private readonly block = this.RULE("block", () => {
    this.CONSUME(t.OpenBrace);
    this.MANY(() => this.SUBRULE(this.statement));
    this.CONSUME(t.CloseBrace);
  });

  private readonly statement = this.RULE("statement", () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.binding) },
      { ALT: () => this.SUBRULE(this.assignment) },
      { ALT: () => this.SUBRULE(this.loop) },
      { ALT: () => this.SUBRULE(this.branch) },
      { ALT: () => this.SUBRULE(this.jump) },
    ]);
  });

  private readonly binding = this.RULE("binding", () => {
    this.OR([{ ALT: () => this.CONSUME(t.Let) }, { ALT: () => this.CONSUME(t.Var) }]);
    this.CONSUME(t.Name);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.type);
    });
    this.CONSUME(t.Assign);
    this.SUBRULE(this.expression);
  });

  private readonly assignment = this.RULE("assignment", () => {
    this.CONSUME(t.Set_);
    this.CONSUME(t.Name);
    this.CONSUME(t.Assign);
    this.SUBRULE(this.expression);
  });

  private readonly loop = this.RULE("loop", () => {
    this.CONSUME(t.Loop);
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Up);
          this.CONSUME(t.To);
          this.SUBRULE(this.expression);
          this.SUBRULE(this.block);
          this.OPTION(() => {
            this.CONSUME(t.Until);
            this.SUBRULE1(this.expression);
          });
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.Name);
          this.CONSUME(t.In);
          this.SUBRULE2(this.expression);
          this.SUBRULE2(this.block);
        },
      },
    ]);
  });

  private readonly branch = this.RULE("branch", () => {
    this.CONSUME(t.Branch);
    this.SUBRULE(this.expression);
    this.CONSUME(t.OpenBrace);
    this.MANY(() => this.SUBRULE(this.arm));
    this.CONSUME(t.CloseBrace);
  });

  private readonly arm = this.RULE("arm", () => {
    this.AT_LEAST_ONE_SEP({ SEP: t.Bar, DEF: () => this.SUBRULE(this.armLabel) });
    this.CONSUME(t.Arrow);
    this.OR([
      { ALT: () => this.CONSUME(t.Pass) },
      { ALT: () => this.SUBRULE(this.block) },
      { ALT: () => this.SUBRULE(this.statement) },
    ]);
  });

  private readonly armLabel = this.RULE("armLabel", () => {
    this.OR([
      { ALT: () => this.CONSUME(t.True) },
      { ALT: () => this.CONSUME(t.False) },
      { ALT: () => this.CONSUME(t.Name) },
    ]);
  });

  private readonly jump = this.RULE("jump", () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Break) },
      { ALT: () => this.CONSUME(t.Continue) },
      {
        ALT: () => {
          this.CONSUME(t.Return);
          this.SUBRULE(this.expression);
        },
      },
    ]);
  });

  // Expressions, loosest first

  private readonly expression = this.RULE("expression", () => {
    this.OR([{ ALT: () => this.SUBRULE(this.pick) }, { ALT: () => this.SUBRULE(this.disjunction) }]);
  });

  private readonly pick = this.RULE("pick", () => {
    this.CONSUME(t.Pick);
    this.CONSUME(t.Name);
    this.CONSUME(t.From);
    this.SUBRULE(this.disjunction, { LABEL: "list" });
    this.OPTION(() => {
      this.CONSUME(t.Where);
      this.SUBRULE1(this.disjunction, { LABEL: "condition" });
    });
    this.CONSUME(t.By);
    this.CONSUME1(t.Name, { LABEL: "scorer" });
    this.SUBRULE(this.args);
    this.CONSUME(t.Is);
    this.CONSUME2(t.Name, { LABEL: "label" });
    this.CONSUME(t.Else);
    this.SUBRULE(this.jump);
  });

  private readonly disjunction = this.RULE("disjunction", () => {
    this.AT_LEAST_ONE_SEP({ SEP: t.Or, DEF: () => this.SUBRULE(this.conjunction) });
  });

  private readonly conjunction = this.RULE("conjunction", () => {
    this.AT_LEAST_ONE_SEP({ SEP: t.And, DEF: () => this.SUBRULE(this.negation) });
  });

  private readonly negation = this.RULE("negation", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Not);
          this.SUBRULE(this.negation);
        },
      },
      { ALT: () => this.SUBRULE(this.comparison) },
    ]);
  });

  private readonly comparison = this.RULE("comparison", () => {
    this.SUBRULE(this.sum, { LABEL: "left" });
    this.OPTION(() => {
      this.OR([
        {
          ALT: () => {
            this.CONSUME(t.Is);
            this.CONSUME(t.Name);
          },
        },
        {
          ALT: () => {
            this.SUBRULE(this.comparator);
            this.SUBRULE1(this.sum, { LABEL: "right" });
          },
        },
      ]);
    });
  });

  private readonly comparator = this.RULE("comparator", () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Same) },
      { ALT: () => this.CONSUME(t.Different) },
      { ALT: () => this.CONSUME(t.Below) },
      { ALT: () => this.CONSUME(t.AtMost) },
      { ALT: () => this.CONSUME(t.Above) },
      { ALT: () => this.CONSUME(t.AtLeast) },
      { ALT: () => this.CONSUME(t.In) },
      {
        ALT: () => {
          this.CONSUME(t.Not);
          this.CONSUME1(t.In);
        },
      },
    ]);
  });

  private readonly sum = this.RULE("sum", () => {
    this.SUBRULE(this.product);
    this.MANY(() => {
      this.OR([
        { ALT: () => this.CONSUME(t.Plus, { LABEL: "operator" }) },
        { ALT: () => this.CONSUME(t.Minus, { LABEL: "operator" }) },
      ]);
      this.SUBRULE1(this.product);
    });
  });

  private readonly product = this.RULE("product", () => {
    this.AT_LEAST_ONE_SEP({ SEP: t.Times, DEF: () => this.SUBRULE(this.sign) });
  });

  private readonly sign = this.RULE("sign", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Minus);
          this.SUBRULE(this.sign);
        },
      },
      { ALT: () => this.SUBRULE(this.access) },
    ]);
  });

  private readonly access = this.RULE("access", () => {
    this.SUBRULE(this.primary);
    this.MANY(() => this.SUBRULE(this.step));
  });

  private readonly step = this.RULE("step", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Dot);
          this.CONSUME(t.Word);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.OpenBracket);
          this.SUBRULE(this.expression);
          this.CONSUME(t.CloseBracket);
        },
      },
    ]);
  });

  private readonly primary = this.RULE("primary", () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Int) },
      { ALT: () => this.CONSUME(t.Float) },
      { ALT: () => this.CONSUME(t.Text) },
      { ALT: () => this.CONSUME(t.True) },
      { ALT: () => this.CONSUME(t.False) },
      {
        ALT: () => {
          this.CONSUME(t.Name);
          this.OPTION(() => this.SUBRULE(this.args));
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.OpenParen);
          this.SUBRULE(this.expression);
          this.CONSUME(t.CloseParen);
        },
      },
      { ALT: () => this.SUBRULE(this.list) },
      { ALT: () => this.SUBRULE(this.record) },
    ]);
  });

  private readonly args = this.RULE("args", () => {
    this.CONSUME(t.OpenParen);
    this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.expression) });
    this.CONSUME(t.CloseParen);
  });

  private readonly list = this.RULE("list", () => {
    this.CONSUME(t.OpenBracket);
    this.OPTION(() => {
      this.SUBRULE(this.expression);
      this.OR([
        { ALT: () => this.SUBRULE(this.comprehension) },
        {
          ALT: () =>
            this.MANY(() => {
              this.CONSUME(t.Comma);
              this.SUBRULE1(this.expression);
            }),
        },
      ]);
    });
    this.CONSUME(t.CloseBracket);
  });

  private readonly comprehension = this.RULE("comprehension", () => {
    this.CONSUME(t.For);
    this.CONSUME(t.Name);
    this.CONSUME(t.In);
    this.SUBRULE(this.disjunction, { LABEL: "list" });
    this.OPTION(() => {
      this.CONSUME(t.If);
      this.SUBRULE1(this.disjunction, { LABEL: "condition" });
    });
  });

  private readonly record = this.RULE("record", () => {
    this.CONSUME(t.OpenBrace);
    this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.entry) });
    this.CONSUME(t.CloseBrace);
  });

  private readonly entry = this.RULE("entry", () => {
    this.CONSUME(t.Word);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.expression);
  });
}

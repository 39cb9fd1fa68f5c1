import * as l from "../lexer.js";
import * as t from "../tokens.js";
import { ExpressionRules } from "./expressions.js";

/** Prompt blocks. Tags are read one by one; which `end` belongs to which tag is found afterwards. */
export abstract class TemplateRules extends ExpressionRules {
  protected readonly prompt = this.RULE("prompt", () => {
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

  protected readonly hole = this.RULE("hole", () => {
    this.CONSUME(l.OpenHole);
    this.SUBRULE(this.expression);
    this.CONSUME(l.CloseHole);
  });

  protected readonly tag = this.RULE("tag", () => {
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
}

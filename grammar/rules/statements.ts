import * as t from "../tokens.js";
import { TemplateRules } from "./templates.js";

/** Statements; each starts with a word of its own. */
export abstract class StatementRules extends TemplateRules {
  protected readonly block = this.RULE("block", () => {
    this.CONSUME(t.OpenBrace);
    this.MANY(() => this.SUBRULE(this.statement));
    this.CONSUME(t.CloseBrace);
  });

  protected readonly statement = this.RULE("statement", () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.binding) },
      { ALT: () => this.SUBRULE(this.assignment) },
      { ALT: () => this.SUBRULE(this.loop) },
      { ALT: () => this.SUBRULE(this.branch) },
      { ALT: () => this.SUBRULE(this.action) },
      { ALT: () => this.SUBRULE(this.jump) },
    ]);
  });

  protected readonly binding = this.RULE("binding", () => {
    this.OR([{ ALT: () => this.CONSUME(t.Let) }, { ALT: () => this.CONSUME(t.Var) }]);
    this.CONSUME(t.Name);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.type);
    });
    this.CONSUME(t.Assign);
    this.SUBRULE(this.expression);
  });

  protected readonly assignment = this.RULE("assignment", () => {
    this.CONSUME(t.Set_);
    this.CONSUME(t.Name);
    this.CONSUME(t.Assign);
    this.SUBRULE(this.expression);
  });

  protected readonly action = this.RULE("action", () => {
    this.CONSUME(t.Do);
    this.SUBRULE(this.expression);
  });

  protected readonly loop = this.RULE("loop", () => {
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
          this.OPTION1(() => {
            this.CONSUME(t.Exhausted);
            this.CONSUME(t.Arrow);
            this.SUBRULE(this.armBody);
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

  protected readonly branch = this.RULE("branch", () => {
    this.CONSUME(t.Branch);
    this.SUBRULE(this.expression);
    this.CONSUME(t.OpenBrace);
    this.MANY(() => this.SUBRULE(this.arm));
    this.CONSUME(t.CloseBrace);
  });

  protected readonly arm = this.RULE("arm", () => {
    this.AT_LEAST_ONE_SEP({ SEP: t.Bar, DEF: () => this.SUBRULE(this.armLabel) });
    this.CONSUME(t.Arrow);
    this.SUBRULE(this.armBody);
  });

  protected readonly armBody = this.RULE("armBody", () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Pass) },
      { ALT: () => this.SUBRULE(this.block) },
      { ALT: () => this.SUBRULE(this.statement) },
    ]);
  });

  protected readonly armLabel = this.RULE("armLabel", () => {
    this.OR([
      { ALT: () => this.CONSUME(t.True) },
      { ALT: () => this.CONSUME(t.False) },
      {
        ALT: () => {
          this.CONSUME(t.Name);
          this.OPTION(() => this.CONSUME1(t.Name, { LABEL: "binding" }));
        },
      },
    ]);
  });
}

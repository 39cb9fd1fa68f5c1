import * as t from "../tokens.js";
import { StatementRules } from "./statements.js";

/** A test of a flow: what goes in, what agents answer, what is to come of it. */
export abstract class TestRules extends StatementRules {
  protected readonly testDeclaration = this.RULE("testDeclaration", () => {
    this.CONSUME(t.Test);
    this.CONSUME(t.Text);
    this.OPTION(() => {
      this.CONSUME(t.For);
      this.CONSUME(t.Name);
    });
    this.CONSUME(t.OpenBrace);
    this.MANY(() => this.SUBRULE(this.testPart));
    this.CONSUME(t.CloseBrace);
  });

  protected readonly testPart = this.RULE("testPart", () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.testInput) },
      { ALT: () => this.SUBRULE(this.mock) },
      { ALT: () => this.SUBRULE(this.expectation) },
      { ALT: () => this.SUBRULE(this.expectedPath) },
    ]);
  });

  protected readonly testInput = this.RULE("testInput", () => {
    this.CONSUME(t.Input);
    this.SUBRULE(this.expression);
  });

  protected readonly mock = this.RULE("mock", () => {
    this.CONSUME(t.Mock);
    this.SUBRULE(this.mockTarget);
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Always);
          this.CONSUME(t.Arrow);
          this.SUBRULE(this.expression);
        },
      },
      {
        ALT: () => {
          this.CONSUME1(t.Arrow);
          this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE1(this.expression) });
        },
      },
    ]);
  });

  /** An agent stands there by its name; sites and choice points in quotes, as a trace shows them. */
  protected readonly mockTarget = this.RULE("mockTarget", () => {
    this.OR([{ ALT: () => this.CONSUME(t.Name) }, { ALT: () => this.CONSUME(t.Text) }]);
  });

  protected readonly expectation = this.RULE("expectation", () => {
    this.CONSUME(t.Expect);
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Fails);
          this.CONSUME(t.Text);
        },
      },
      { ALT: () => this.SUBRULE(this.expression) },
    ]);
  });

  protected readonly expectedPath = this.RULE("expectedPath", () => {
    this.CONSUME(t.Path);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.CONSUME(t.Text) });
  });
}

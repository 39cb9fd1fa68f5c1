import type { CstNode, ParserMethod } from "chevrotain";
import * as t from "../tokens.js";
import { TypeRules } from "./types.js";

/** Expressions, loosest first. Jumps stand here because a pick ends with one. */
export abstract class ExpressionRules extends TypeRules {
  /** Stands with the statements; a `parallel` holds one. */
  protected abstract readonly block: ParserMethod<[], CstNode>;

  protected readonly expression = this.RULE("expression", () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.pick) },
      { ALT: () => this.SUBRULE(this.parallel) },
      { ALT: () => this.SUBRULE(this.disjunction) },
    ]);
  });

  protected readonly parallel = this.RULE("parallel", () => {
    this.CONSUME(t.Parallel);
    this.CONSUME(t.Name);
    this.CONSUME(t.In);
    this.SUBRULE(this.disjunction, { LABEL: "list" });
    this.SUBRULE(this.block);
  });

  protected readonly pick = this.RULE("pick", () => {
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

  protected readonly jump = this.RULE("jump", () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Break) },
      { ALT: () => this.CONSUME(t.Continue) },
      {
        ALT: () => {
          this.CONSUME(t.Return);
          this.SUBRULE(this.expression);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.Yield);
          this.SUBRULE1(this.expression);
        },
      },
    ]);
  });

  protected readonly disjunction = this.RULE("disjunction", () => {
    this.AT_LEAST_ONE_SEP({ SEP: t.Or, DEF: () => this.SUBRULE(this.conjunction) });
  });

  protected readonly conjunction = this.RULE("conjunction", () => {
    this.AT_LEAST_ONE_SEP({ SEP: t.And, DEF: () => this.SUBRULE(this.negation) });
  });

  protected readonly negation = this.RULE("negation", () => {
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

  protected readonly comparison = this.RULE("comparison", () => {
    this.SUBRULE(this.coalescence, { LABEL: "left" });
    this.OPTION(() => {
      this.OR([
        {
          ALT: () => {
            this.CONSUME(t.Is);
            this.OPTION1(() => this.CONSUME(t.Not));
            this.CONSUME(t.Name);
          },
        },
        {
          ALT: () => {
            this.SUBRULE(this.comparator);
            this.SUBRULE1(this.coalescence, { LABEL: "right" });
          },
        },
      ]);
    });
  });

  protected readonly comparator = this.RULE("comparator", () => {
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

  protected readonly coalescence = this.RULE("coalescence", () => {
    this.AT_LEAST_ONE_SEP({ SEP: t.Coalesce, DEF: () => this.SUBRULE(this.sum) });
  });

  protected readonly sum = this.RULE("sum", () => {
    this.SUBRULE(this.product);
    this.MANY(() => {
      this.OR([
        { ALT: () => this.CONSUME(t.Plus, { LABEL: "operator" }) },
        { ALT: () => this.CONSUME(t.Minus, { LABEL: "operator" }) },
      ]);
      this.SUBRULE1(this.product);
    });
  });

  protected readonly product = this.RULE("product", () => {
    this.SUBRULE(this.sign);
    this.MANY(() => {
      this.OR([
        { ALT: () => this.CONSUME(t.Times, { LABEL: "operator" }) },
        { ALT: () => this.CONSUME(t.Divide, { LABEL: "operator" }) },
        { ALT: () => this.CONSUME(t.Remainder, { LABEL: "operator" }) },
      ]);
      this.SUBRULE1(this.sign);
    });
  });

  protected readonly sign = this.RULE("sign", () => {
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

  protected readonly access = this.RULE("access", () => {
    this.SUBRULE(this.primary);
    this.MANY(() => this.SUBRULE(this.step));
  });

  protected readonly step = this.RULE("step", () => {
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

  protected readonly primary = this.RULE("primary", () => {
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

  protected readonly args = this.RULE("args", () => {
    this.CONSUME(t.OpenParen);
    this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.expression) });
    this.CONSUME(t.CloseParen);
  });

  protected readonly list = this.RULE("list", () => {
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

  protected readonly comprehension = this.RULE("comprehension", () => {
    this.CONSUME(t.For);
    this.CONSUME(t.Name);
    this.CONSUME(t.In);
    this.SUBRULE(this.disjunction, { LABEL: "list" });
    this.OPTION(() => {
      this.CONSUME(t.If);
      this.SUBRULE1(this.disjunction, { LABEL: "condition" });
    });
  });

  protected readonly record = this.RULE("record", () => {
    this.CONSUME(t.OpenBrace);
    this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.entry) });
    this.CONSUME(t.CloseBrace);
  });

  protected readonly entry = this.RULE("entry", () => {
    this.CONSUME(t.Word);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.expression);
  });
}

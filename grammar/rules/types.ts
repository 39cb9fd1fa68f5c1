import { CstParser } from "../chevrotain.js";
import * as t from "../tokens.js";

/** Types, and the `name: type` lists of records and inputs. */
export abstract class TypeRules extends CstParser {
  protected readonly parameters = this.RULE("parameters", () => {
    this.CONSUME(t.OpenParen);
    this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.parameter) });
    this.CONSUME(t.CloseParen);
  });

  protected readonly parameter = this.RULE("parameter", () => {
    this.CONSUME(t.Word);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.type);
  });

  protected readonly type = this.RULE("type", () => {
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
    this.OPTION(() => this.CONSUME(t.Optional));
  });

  protected readonly recordType = this.RULE("recordType", () => {
    this.CONSUME(t.OpenBrace);
    this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.parameter) });
    this.CONSUME(t.CloseBrace);
  });
}

import type { CstElement, CstNode, IToken } from "chevrotain";
import { inOrder, isNode, nodeSpan } from "../build/tree.js";

/** What the rules say about single tokens, by the offsets at which these begin. */
export interface Marks {
  /** Nothing stands between the token and the one before it, e.g. the parenthesis of a call. */
  readonly tightBefore: ReadonlySet<number>;
  /** Nothing stands between the token and the one after it, e.g. the minus of `-1`. */
  readonly tightAfter: ReadonlySet<number>;
  /** First tokens of what may stand on a line of its own: declarations, statements, arms, sections. */
  readonly units: ReadonlySet<number>;
  /** Tokens that stand one deeper than their unit wherever a line begins with them: parts of lists without brackets. */
  readonly hanging: ReadonlySet<number>;
  /** Braces around units, opening to closing. */
  readonly blocks: ReadonlyMap<number, number>;
}

/** Tokens that cling to what stands before or after them, by the rule that took them. */
const TIGHT: Readonly<
  Record<string, { readonly before?: readonly string[]; readonly after?: readonly string[] }>
> = {
  args: { before: ["("] },
  parameters: { before: ["("] },
  agentOutput: { before: ["("] },
  step: { before: ["["] },
  sign: { after: ["-"] },
  type: { before: ["<", ">"], after: ["<"] },
};

/** Rules of units. */
const UNITS: ReadonlySet<string> = new Set([
  "importDeclaration",
  "externDeclaration",
  "typeDeclaration",
  "agentDeclaration",
  "flowDeclaration",
  "section",
  "example",
  "testDeclaration",
  "statement",
  "arm",
  "testPart",
]);

/** Rules with lists that no brackets stand around. */
const LISTS: ReadonlySet<string> = new Set(["importDeclaration", "mock", "expectedPath"]);

/** Rules whose own braces stand around units. */
const BLOCKS: ReadonlySet<string> = new Set(["agentDeclaration", "block", "branch", "testDeclaration"]);

/** Finds the marks of a file without syntax errors. */
export function findMarks(cst: CstNode): Marks {
  const tightBefore = new Set<number>();
  const tightAfter = new Set<number>();
  const units = new Set<number>();
  const hanging = new Set<number>();
  const blocks = new Map<number, number>();
  const walk = (node: CstNode): void => {
    const children = inOrder(node);
    const own = children.filter(isToken);
    const tight = TIGHT[node.name];
    for (const { tokenType, startOffset } of own) {
      if (tight?.before?.includes(tokenType.name)) tightBefore.add(startOffset);
      if (tight?.after?.includes(tokenType.name)) tightAfter.add(startOffset);
    }
    if (UNITS.has(node.name)) units.add(nodeSpan(node).start);
    if (LISTS.has(node.name)) {
      for (const child of children.slice(1))
        hanging.add(isNode(child) ? nodeSpan(child).start : child.startOffset);
    }
    if (BLOCKS.has(node.name)) {
      const open = own.find((each) => each.tokenType.name === "{");
      const close = own.findLast((each) => each.tokenType.name === "}");
      if (open !== undefined && close !== undefined) blocks.set(open.startOffset, close.startOffset);
    }
    for (const child of children) if (isNode(child)) walk(child);
  };
  walk(cst);
  return { tightBefore, tightAfter, units, hanging, blocks };
}

function isToken(child: CstElement): child is IToken {
  return !isNode(child);
}

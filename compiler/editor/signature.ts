import type { Lexeme, Span } from "../../grammar/index.js";
import { showSignature } from "../functions/signature.js";
import { builtIns, fileOfTest } from "../functions/table.js";
import { head } from "./describe.js";
import type { FlowDocument } from "./document.js";

/** How something can be called. */
export interface CallSignature {
  readonly text: string;
  /** Where the inputs stand in the text: by their words alone `t: text` would be found in `at: text`. */
  readonly inputs: readonly Span[];
  readonly prose: string;
}

export interface SignatureHelp {
  /** One, or the several ways in which a function of the language can be called. */
  readonly signatures: readonly CallSignature[];
  /** Which of them takes as many inputs as are written. */
  readonly active: number;
  /** Which input the cursor is in, from 0. */
  readonly input: number;
}

/** The call whose inputs are being written at an offset. Goes by the lexemes, so the call need not be whole. */
export function signatureAt(document: FlowDocument, offset: number): SignatureHelp | undefined {
  const call = openCall(document.lexemes, offset);
  if (call === undefined) return undefined;
  const signatures = signaturesOf(document, call.name);
  if (signatures.length === 0) return undefined;
  const fitting = signatures.findIndex(({ inputs }) => inputs.length > call.input);
  return { signatures, active: Math.max(0, fitting), input: call.input };
}

function signaturesOf({ known }: FlowDocument, name: string): readonly CallSignature[] {
  const symbol =
    known.agents.get(name) ?? known.flows.get(name) ?? known.effects.get(name) ?? known.externs.get(name);
  if (symbol !== undefined) {
    const text = head(symbol);
    return [{ text, inputs: inputsIn(text), prose: symbol.declaration.doc }];
  }
  const builtIn = builtIns.get(name) ?? (name === fileOfTest.name ? fileOfTest : undefined);
  return (builtIn?.signatures ?? []).map((signature) => {
    const text = showSignature(name, signature);
    return { text, inputs: inputsIn(text), prose: builtIn!.doc };
  });
}

/** The parts between the commas of the outermost parentheses; records among the types have commas of their own. */
function inputsIn(signature: string): Span[] {
  const inputs: Span[] = [];
  let depth = 0;
  let start = signature.indexOf("(") + 1;
  for (let at = start; at < signature.length; at++) {
    const sign = signature[at]!;
    if (depth === 0 && (sign === "," || sign === ")")) {
      if (at > start) inputs.push({ start, end: at });
      if (sign === ")") return inputs;
      start = at + ", ".length;
    } else if ("({<".includes(sign)) depth++;
    else if (")}>".includes(sign)) depth--;
  }
  return inputs;
}

/** The innermost call that is open at an offset, and how many commas of its own stand before. */
function openCall(
  lexemes: readonly Lexeme[],
  offset: number,
): { readonly name: string; readonly input: number } | undefined {
  const open: { readonly name: string | undefined; commas: number }[] = [];
  for (const [index, { kind, text, span }] of lexemes.entries()) {
    // Inside of a text or a comment there are no calls, but a call may be around it.
    if (span.end > offset) break;
    if (kind === "quotes" || kind === "tag") open.length = 0;
    if (kind !== "sign") continue;
    if (text === "(") open.push({ name: calleeBefore(lexemes, index), commas: 0 });
    else if (text === "[" || text === "{") open.push({ name: undefined, commas: 0 });
    else if (text === ")" || text === "]" || text === "}") open.pop();
    else if (text === "," && open.length > 0) open.at(-1)!.commas++;
  }
  const innermost = open.findLast(({ name }) => name !== undefined);
  // What a list or a record inside of the call holds belongs to one input.
  return innermost?.name === undefined ? undefined : { name: innermost.name, input: innermost.commas };
}

const declaring: ReadonlySet<string> = new Set(["agent", "judge", "flow", "function"]);

/** The name that is called; the parentheses of a declaration and those around an expression call nobody. */
function calleeBefore(lexemes: readonly Lexeme[], index: number): string | undefined {
  const callee = lexemes[index - 1];
  const before = lexemes[index - 2];
  if (callee?.kind !== "name") return undefined;
  return before?.kind === "keyword" && declaring.has(before.text) ? undefined : callee.text;
}

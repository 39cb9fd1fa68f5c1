import type { Call } from "../../grammar/index.js";
import {
  type BuiltIn,
  resultOf,
  type Signature,
  showSignature,
  typeOfPattern,
} from "../functions/signature.js";
import { presentOf, show, type Type, unknown } from "../types/type.js";
import type { Context, Scope } from "./context.js";

/** A call of one of the language's functions: its type is the result of the first signature that takes the inputs. */
export function checkBuiltInCall(context: Context, scope: Scope, call: Call, builtIn: BuiltIn): Type {
  const { name, signatures } = builtIn;
  const fitting = signatures.filter(({ parameters }) => parameters.length === call.args.length);
  const types = call.args.map((arg, index) => context.typeOf(scope, arg, wanted(fitting, index)));
  if (fitting.length === 0) {
    const expected = signatures[0]!.parameters.length;
    context.report("F204", call.span, { name, expected, found: call.args.length });
    return unknown;
  }
  for (const signature of fitting) {
    const result = resultOf(signature, types);
    if (result === undefined) continue;
    context.facts.builtInCalls.set(call, signature);
    return types.some(({ kind }) => kind === "unknown") ? unknown : result;
  }
  reportMisfit(context, call, builtIn, fitting, types);
  return unknown;
}

/** What all signatures want of an input, if that is one type. */
function wanted(signatures: readonly Signature[], index: number): Type | undefined {
  const [only, ...others] = signatures;
  return only === undefined || others.length > 0 ? undefined : typeOfPattern(only.parameters[index]!.type);
}

function reportMisfit(
  context: Context,
  call: Call,
  { name }: BuiltIn,
  signatures: readonly Signature[],
  types: readonly Type[],
): void {
  const present = types.map(presentOf);
  const index = types.findIndex((type) => type.kind === "optional");
  if (index !== -1 && signatures.some((signature) => resultOf(signature, present) !== undefined)) {
    context.report("F223", call.args[index]!.span, { found: show(types[index]!) });
    return;
  }
  const ways = signatures.map((signature) => `\`${showSignature(name, signature)}\``).join(" or ");
  const found = types.map(show).join(", ");
  context.report("F224", call.span, { ways, found });
}

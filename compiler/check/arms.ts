import type { Arm, Branch } from "../../grammar/index.js";
import { presentOf, type Type } from "../types/type.js";
import { type Context, childScope, declare, type Scope } from "./context.js";
import { assume, pathOf, presentIf } from "./presence.js";

/** What the arms of a branch go by; nothing if the subject's type allows no branch. */
export function wantedLabels(type: Type): readonly string[] | undefined {
  if (type.kind === "labels") return type.labels;
  if (type.kind === "optional") return ["none", "some"];
  return type.kind === "bool" ? ["true", "false"] : undefined;
}

/** The scope of an arm: with the name that `some NAME` declares. */
export function armScope(
  context: Context,
  scope: Scope,
  arm: Arm,
  subject: Type,
  present: readonly string[],
): Scope {
  const inner = childScope(scope);
  assume(inner, present);
  const { binding, labels } = arm;
  if (binding === undefined) return inner;
  const takesName = labels.length === 1 && labels[0]!.name === "some" && subject.kind === "optional";
  const wanted = wantedLabels(subject);
  const isKnown = wanted !== undefined && labels.every(({ name }) => wanted.includes(name));
  if (!takesName) (isKnown ? context.report : context.followUp)("F225", binding.span, {});
  declare(context, inner, binding, presentOf(subject), "let");
  return inner;
}

/** What is known to be there in an arm because the branch came to it. */
export function presentInArm(scope: Scope, { subject }: Branch, arm: Arm, type: Type): readonly string[] {
  const [label, ...others] = arm.labels.map((each) => each.name);
  if (label === undefined || others.length > 0) return [];
  if (type.kind === "bool") return presentIf(scope, subject, label === "true");
  const path = type.kind === "optional" && label === "some" ? pathOf(scope, subject) : undefined;
  return path === undefined ? [] : [path];
}

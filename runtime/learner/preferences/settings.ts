/** Who says which of two episodes is better. */
export interface PreferenceSettings {
  readonly kind: "reward" | "comparator" | "feedback";
  /** The .flow file of who does so; of comparators also the simulator may. */
  readonly flow?: string;
  /** What the labels that feedback ends in are worth; by their order by default. */
  readonly grades?: Readonly<Record<string, number>>;
}

export const preferencesSchema = {
  type: "object",
  additionalProperties: false,
  default: {},
  description: "Who says which of two episodes is better.",
  properties: {
    kind: {
      enum: ["reward", "comparator", "feedback"],
      default: "reward",
      description: "The reward; somebody who compares two episodes; somebody who grades each.",
    },
    flow: {
      type: "string",
      minLength: 1,
      maxLength: 1000,
      description: "comparator, feedback: the .flow file of who does so, relative to the settings file.",
    },
    grades: {
      type: "object",
      minProperties: 2,
      maxProperties: 100,
      additionalProperties: { type: "number", minimum: -1e9, maximum: 1e9 },
      description: "feedback: what each label is worth; by their order from 0 to 1 if nothing is said.",
    },
  },
} as const;

/** The settings that must fit them. */
interface Others {
  readonly algorithm?: { readonly kind: string };
  readonly preferences: PreferenceSettings;
  readonly reference: { readonly kind: string; readonly gate?: boolean };
  readonly evaluation: { readonly patience?: number };
}

interface Problem {
  readonly path: readonly string[];
  readonly message: string;
}

/** What in settings does not fit who gives the preferences. */
export function preferenceProblems({
  algorithm,
  preferences,
  reference,
  evaluation,
}: Others): readonly Problem[] {
  const { kind, flow, grades } = preferences;
  const problems: Problem[] = [];
  const add = (path: readonly string[], message: string) => problems.push({ path, message });
  if (kind === "reward" && flow !== undefined)
    add(["preferences", "flow"], "preferences.flow means nothing to reward");
  if (kind !== "feedback" && grades !== undefined)
    add(["preferences", "grades"], `preferences.grades means nothing to ${kind}`);
  if (kind === "reward") return problems;
  if (algorithm !== undefined && algorithm.kind !== "deviations")
    add(
      ["preferences", "kind"],
      `preferences.kind ${kind} means nothing to algorithm.kind ${algorithm.kind}`,
    );
  // These two decide by rewards, of which nothing is to depend.
  const unused = `goes by rewards, which preferences.kind ${kind} does without`;
  if (reference.kind === "soft" && reference.gate === true)
    add(["reference", "gate"], `reference.gate ${unused}`);
  if (evaluation.patience !== undefined) add(["evaluation", "patience"], `evaluation.patience ${unused}`);
  return problems;
}

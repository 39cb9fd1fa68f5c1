import { budgetOf, type Settings } from "../../runtime/learner/index.js";
import type { FlowModule } from "../../runtime/machine/index.js";
import type { TruncationCount } from "../../runtime/policy/prompts.js";
import type { Budget, Policy } from "../../runtime/search/index.js";
import { findAgentAdapters, useAgentAdapters } from "./agent-adapters.js";
import { MockedPolicy } from "./mocked-policy.js";
import { type ModelOptions, openModel } from "./model.js";
import { checkLongPrompts, parseLongPrompts } from "./truncation.js";

/** What says who answers: one of model and mocks. */
export interface CreditCastOptions extends Omit<ModelOptions, "model"> {
  readonly model?: string;
  readonly mocks?: string;
  readonly adapters?: string;
}

/** Who answers, and how many others are tried. */
export interface CreditCast {
  readonly policy: Policy;
  readonly budget: Budget;
  /** Agents that run with an adapter. */
  readonly adapters: readonly string[];
  readonly truncations: () => TruncationCount;
  readonly close: () => Promise<void>;
}

/**
 * Mocked agents, or a model with its adapters.
 * @throws CommandFailure or PolicyError for what the user can mend
 */
export async function creditCast(
  flow: FlowModule,
  options: CreditCastOptions,
  settings: Settings,
): Promise<CreditCast> {
  const { mocks, model: base, adapters: folder } = options;
  const budget = budgetOf(settings);
  if (mocks !== undefined) {
    const policy = new MockedPolicy(mocks, flow);
    // Everything that is written for a text is tried, unless none is to be.
    const generate = budget.generate === 0 ? 0 : policy.most;
    return {
      policy,
      budget: { ...budget, method: "top-n", draws: policy.most, generate },
      adapters: [],
      truncations: () => ({ prompts: 0, tokens: 0, outputs: 0 }),
      close: async () => {},
    };
  }
  const adapters = folder === undefined ? [] : findAgentAdapters(flow.agents, folder);
  const longPrompts =
    options.longPrompts === undefined ? settings.long_prompts : parseLongPrompts(options.longPrompts);
  checkLongPrompts(longPrompts, flow.agents);
  const model = await openModel({ ...options, model: base! }, { longPrompts });
  try {
    if (folder !== undefined) await useAgentAdapters(model, adapters, folder);
  } catch (error) {
    await model.close();
    throw error;
  }
  return {
    policy: model,
    budget,
    adapters,
    truncations: () => model.truncations,
    close: () => model.close(),
  };
}

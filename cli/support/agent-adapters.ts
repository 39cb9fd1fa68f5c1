import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Agent, isTrained } from "../../runtime/machine/index.js";
import { type Adapter, adapterVersion } from "../../runtime/policy/adapter/adapter.js";
import { readAdapter, writeAdapter } from "../../runtime/policy/adapter/peft.js";
import type { LanguageModel } from "../../runtime/policy/language-model.js";
import { CommandFailure, ExitCode } from "./exit.js";
import type { ModelOptions } from "./model.js";
import { notWritten } from "./write-files.js";

/**
 * The adapters of a folder that holds one PEFT folder per agent, named like the agent.
 *
 * @param only names of the agents whose adapters are wanted; all by default
 * @returns names of agents, sorted
 * @throws CommandFailure for a folder without adapters, or with one of an agent that the flow does not have
 */
export function findAgentAdapters(
  agents: readonly Agent[],
  folder: string,
  only?: readonly string[],
): readonly string[] {
  const fail = (problem: string) => new CommandFailure(problem, ExitCode.diagnostics);
  const names = agents.filter(isTrained).map((agent) => agent.name);
  const unknown = (name: string) => `the flow has no agent ${name}; it has ${names.join(", ")}`;
  for (const name of only ?? []) if (!names.includes(name)) throw fail(unknown(name));
  if (!existsSync(folder)) throw fail(`${folder}: there is no such folder`);
  const found = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, "adapter_config.json")))
    .map((entry) => entry.name)
    .sort();
  for (const name of found) if (!names.includes(name)) throw fail(`${folder}: ${unknown(name)}`);
  if (found.length === 0) {
    throw fail(`${folder} holds no adapters; expected a PEFT folder for each agent, e.g. ${names[0]}/`);
  }
  for (const name of only ?? [])
    if (!found.includes(name)) throw fail(`${folder} has no adapter of the agent ${name}`);
  return found.filter((name) => only === undefined || only.includes(name));
}

/** Adapters by agent. @throws PolicyError for an adapter that does not fit the model */
export function readAgentAdapters(
  model: LanguageModel,
  agents: readonly string[],
  folder: string,
): ReadonlyMap<string, Adapter> {
  const read = (name: string) => readAdapter(join(folder, name), model.config, () => model.weightsDigest);
  return new Map(agents.map((name) => [name, read(name)]));
}

/** Gives these agents their adapters. @throws PolicyError for an adapter that does not fit the model */
export async function useAgentAdapters(
  model: LanguageModel,
  agents: readonly string[],
  folder: string,
): Promise<void> {
  const adapters = readAgentAdapters(model, agents, folder);
  for (const [agent, adapter] of adapters) await model.setAdapter(agent, adapter);
}

/** What `run.json` says of adapters: their contents, by agent. */
export function adapterVersions(adapters: ReadonlyMap<string, Adapter>): Readonly<Record<string, string>> {
  return Object.fromEntries([...adapters].map(([agent, adapter]) => [agent, adapterVersion(adapter)]));
}

/**
 * Writes a PEFT folder for each agent.
 * @throws CommandFailure if that fails
 */
export function writeAgentAdapters(
  folder: string,
  adapters: ReadonlyMap<string, Adapter>,
  { config, weightsDigest: digest }: LanguageModel,
  { model, modelName }: Pick<ModelOptions, "model" | "modelName">,
): void {
  for (const [agent, adapter] of adapters) {
    const at = join(folder, agent);
    try {
      writeAdapter(at, adapter, config, { name: modelName ?? model, digest });
    } catch (error) {
      throw notWritten(at, error);
    }
  }
}

import type { FlowModule } from "../machine/index.js";
import type { Manifest, Plain } from "../record/index.js";
import type { Settings } from "./settings.js";

/** What a run depends on besides flow and settings. */
export interface Ingredients {
  /** Version of this program. */
  readonly version: string;
  /** Names the base model's contents, e.g. the SHA-256 of its files. */
  readonly base: string;
  /** Names the training data's contents; of a training from logged episodes `logged` does. */
  readonly data?: string;
  readonly logged?: string;
  /** Names the held-out data's contents, if there are some. */
  readonly heldOut?: string;
  /** SHA-256 of the files of TypeScript modules that are run for the flow, by their paths from its folder. */
  readonly modules?: Readonly<Record<string, string>>;
  /** The flow that says which episodes are better, and the modules that are run for it. */
  readonly evaluator?: { readonly flow: FlowModule; readonly modules?: Readonly<Record<string, string>> };
}

/** What goes into `run.json`. The number of workers and what is allowed are left out: they have no effect on results. */
export function manifestOf(
  flow: FlowModule,
  settings: Settings,
  { version, base, data, logged, heldOut, modules = {}, evaluator }: Ingredients,
): Manifest {
  const { workers: _, allow_extern: __, ...effective } = settings;
  return {
    version,
    flow: identityOf(flow, modules),
    ...(evaluator === undefined ? {} : { evaluator: identityOf(evaluator.flow, evaluator.modules ?? {}) }),
    base,
    ...(data === undefined ? {} : { data }),
    ...(logged === undefined ? {} : { logged }),
    ...(heldOut === undefined ? {} : { heldOut }),
    settings: effective as unknown as Plain,
  };
}

function identityOf({ flow, source, compiler }: FlowModule, modules: Readonly<Record<string, string>>) {
  return { name: flow, source, compiler, ...(Object.keys(modules).length === 0 ? {} : { modules }) };
}

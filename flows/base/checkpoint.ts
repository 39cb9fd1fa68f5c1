import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  type HostTensor,
  openWeights,
  writeFileAtomically,
  writeSafetensors,
} from "../../runtime/policy/weights/index.js";

/** Where a run stands, beside its tensors. */
export interface Position {
  /** Optimizer steps done; batch n of the data stream belongs to step n. */
  readonly step: number;
  /** Tokens trained on. */
  readonly tokens: number;
  /** Seconds of training before this process, for the model card; no effect on the result. */
  readonly seconds: number;
  /** The settings, which a resumed run must share. */
  readonly settings: unknown;
}

const POSITION = "position.json";

/**
 * Writes a checkpoint: first the tensors under a name of their own, then the position that names them, each
 * atomically. Whenever the process dies, `position.json` names a whole set of tensors.
 */
export function saveCheckpoint(
  folder: string,
  position: Position,
  tensors: ReadonlyMap<string, HostTensor>,
): void {
  mkdirSync(folder, { recursive: true });
  const stem = `state-${position.step}`;
  writeSafetensors(join(folder, `${stem}.safetensors`), tensors, "F32");
  writeFileAtomically(join(folder, POSITION), [
    Buffer.from(`${JSON.stringify({ ...position, stem }, null, 2)}\n`),
  ]);
  for (const name of readdirSync(folder))
    if (name.startsWith("state-") && name !== `${stem}.safetensors`) rmSync(join(folder, name));
}

/** The last checkpoint, or undefined if there is none. `read` gives a tensor's values by name. */
export function loadCheckpoint(
  folder: string,
): { readonly position: Position; readonly read: (name: string) => Float32Array } | undefined {
  const path = join(folder, POSITION);
  if (!existsSync(path)) return undefined;
  const { stem, ...position } = JSON.parse(readFileSync(path, "utf8")) as Position & { stem: string };
  const weights = openWeights(folder, stem);
  const tensors = new Map(weights.names.map((name) => [name, weights.read(name)]));
  weights.close();
  return {
    position,
    read(name) {
      const values = tensors.get(name);
      if (values === undefined) throw new Error(`${path}: the checkpoint lacks ${name}`);
      return values;
    },
  };
}

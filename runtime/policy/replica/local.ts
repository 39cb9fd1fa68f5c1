import { setImmediate as eventLoopTurn } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import { type Adapter, adapterScale, adapterShapes, BASE_VERSION } from "../adapter/adapter.js";
import type { Checkpoint } from "../checkpoint.js";
import { Executor } from "../decode/executor.js";
import type { AdapterHandle, Job, JobResult } from "../decode/job.js";
import { type BackendName, largestTensor, startBackend } from "../engine/backend.js";
import { deviceFailure } from "../engine/webgpu-device.js";
import { PolicyError } from "../errors.js";
import type { TokenForm } from "../form/token-form.js";
import { memorySize } from "../memory.js";
import { type Activations, completionGradient } from "../model/completion-gradient.js";
import { Decoder, type Lora, type Weights } from "../model/decoder.js";
import { weightShapes } from "../model/names.js";
import { disposeAdapter, prepareAdapter, prepareModel } from "../model/prepared.js";
import type { GradientData, JobData, Replica, ReplicaSettings } from "./protocol.js";

/**
 * A replica in this thread. What it computes takes seconds without a pause, so after each piece of work it lets the
 * event loop turn: otherwise neither Ctrl-C nor a timer would be heard before the very end.
 */
export class LocalReplica implements Replica {
  private readonly adapters = new Map<
    string,
    { readonly handle: AdapterHandle; readonly adapter: Adapter }
  >();
  private readonly forms = new Map<string, TokenForm>();
  /** The checkpoint as the differentiable decoder wants it; made when a gradient is first asked for. */
  private trainable: { readonly decoder: Decoder; readonly weights: Weights } | undefined;
  /** The call under way and those behind it: a GPU computes while this thread goes on. */
  private last: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly checkpoint: Checkpoint,
    private readonly executor: Executor,
    private readonly activations: Activations,
    readonly backend: Exclude<BackendName, "auto">,
  ) {}

  /** @throws PolicyError `backend-unavailable`, or `backend-failed` where the model does not fit into its memory */
  static async start({ checkpoint, backend, executor, activations }: ReplicaSettings): Promise<LocalReplica> {
    const started = await startBackend(backend);
    checkSizes(checkpoint, started);
    try {
      const shapes = weightShapes(checkpoint.config);
      const prepared = prepareModel(checkpoint.config, {
        get(name) {
          const values = checkpoint.tensors.get(name);
          return values === undefined ? undefined : tf.tensor(values, [...shapes.get(name)!]);
        },
      });
      return new LocalReplica(
        checkpoint,
        new Executor(checkpoint.config, prepared, executor),
        activations,
        started,
      );
    } catch (error) {
      throw deviceFailure(error);
    }
  }

  addAdapter(version: string, adapter: Adapter): Promise<void> {
    return this.inTurn(() => {
      if (version === BASE_VERSION || this.adapters.has(version)) return;
      const lora = loraTensors(this.checkpoint, adapter);
      const handle = { version, prepared: prepareAdapter(this.checkpoint.config, lora) };
      tf.dispose([...lora.tensors.values()]);
      this.adapters.set(version, { handle, adapter });
    });
  }

  dropAdapter(version: string): Promise<void> {
    return this.inTurn(() => this.drop(version));
  }

  async addForm(name: string, form: TokenForm): Promise<void> {
    this.forms.set(name, form);
  }

  run(jobs: readonly JobData[]): Promise<readonly JobResult[]> {
    return this.inTurn(async () => {
      const results = await this.executor.run(jobs.map((job) => this.jobOf(job)));
      await eventLoopTurn();
      return results;
    });
  }

  gradient(data: GradientData): Promise<Map<string, Float32Array>> {
    return this.inTurn(() => this.computeGradient(data));
  }

  close(): Promise<void> {
    return this.inTurn(() => {
      for (const version of [...this.adapters.keys()]) this.drop(version);
      this.executor.dispose();
      this.trainable?.decoder.dispose();
      tf.dispose([...(this.trainable?.weights.values() ?? [])]);
      this.trainable = undefined;
    });
  }

  private inTurn<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    const result = this.last.then(work).catch((error: unknown) => {
      throw deviceFailure(error);
    });
    this.last = result.catch(() => undefined);
    return result;
  }

  private drop(version: string): void {
    const known = this.adapters.get(version);
    if (known === undefined) return;
    this.adapters.delete(version);
    this.executor.drop(version);
    if (known.handle.prepared !== undefined) disposeAdapter(known.handle.prepared);
  }

  private async computeGradient({ version, ...batch }: GradientData): Promise<Map<string, Float32Array>> {
    const adapter = this.adapters.get(version)?.adapter;
    if (adapter === undefined) throw new Error(`a gradient in the unknown adapter ${version}`);
    this.trainable ??= {
      decoder: new Decoder(this.checkpoint.config),
      weights: weightTensors(this.checkpoint),
    };
    const lora = loraTensors(this.checkpoint, adapter);
    let gradient: Map<string, Float32Array>;
    try {
      const { decoder, weights } = this.trainable;
      gradient = await completionGradient(decoder, weights, lora, batch, this.activations);
    } finally {
      tf.dispose([...lora.tensors.values()]);
    }
    await eventLoopTurn();
    return gradient;
  }

  private jobOf({ version, ...job }: JobData): Job {
    const adapter = this.handle(version);
    if (job.kind === "score") return { ...job, adapter };
    const form = job.form === undefined ? undefined : this.forms.get(job.form);
    if (job.form !== undefined && form === undefined) throw new Error("a request for an unknown form");
    return { ...job, adapter, form };
  }

  private handle(version: string): AdapterHandle {
    if (version === BASE_VERSION) return { version, prepared: undefined };
    const known = this.adapters.get(version);
    if (known === undefined) throw new Error(`a request for the unknown adapter ${version}`);
    return known.handle;
  }
}

/** Every backend has a size beyond which a tensor cannot be, however much memory there is. */
function checkSizes({ tensors }: Checkpoint, backend: Exclude<BackendName, "auto">): void {
  const limit = largestTensor(backend);
  for (const [name, { byteLength }] of tensors) {
    if (byteLength <= limit) continue;
    throw new PolicyError(
      "backend-failed",
      `the tensor ${name} takes ${memorySize(byteLength)} in float32, where one on ${backend} has ${memorySize(limit)} at most here; use a smaller model, or another --backend`,
    );
  }
}

function weightTensors({ config, tensors }: Checkpoint): Map<string, tf.Tensor> {
  return new Map(
    [...weightShapes(config)].map(([name, shape]) => [
      name,
      tf.keep(tf.tensor(tensors.get(name)!, [...shape])),
    ]),
  );
}

function loraTensors({ config }: Checkpoint, adapter: Adapter): Lora {
  const shapes = adapterShapes(config, adapter.modules);
  const tensors = [...shapes].map(
    ([name, shape]) => [name, tf.keep(tf.tensor2d(adapter.tensors.get(name)!.slice(), [...shape]))] as const,
  );
  const scales = [...adapter.modules.keys()].map(
    (module) => [module, adapterScale(adapter, module)] as const,
  );
  return { scales: new Map(scales), tensors: new Map(tensors) };
}

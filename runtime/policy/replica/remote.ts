import { Worker } from "node:worker_threads";
import type { Adapter } from "../adapter/adapter.js";
import type { JobResult } from "../decode/job.js";
import type { BackendName } from "../engine/backend.js";
import { PolicyError, type PolicyErrorCode } from "../errors.js";
import type { TokenForm } from "../form/token-form.js";
import type { GradientData, JobData, Replica, ReplicaSettings } from "./protocol.js";

type Method = "addAdapter" | "dropAdapter" | "addForm" | "run" | "gradient" | "close";

/** What is sent to a worker: ids count up from 1. */
export type Call = { [M in Method]: { id: number; method: M; args: Parameters<Replica[M]> } }[Method];

/** What a worker sends back: for call 0, its start, the name of its backend. */
export interface Outcome {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { readonly code?: PolicyErrorCode; readonly message: string };
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A replica in a worker thread. */
export class RemoteReplica implements Replica {
  private readonly waiting = new Map<number, Waiting>();
  private readonly worker: Worker;
  private calls = 0;
  /** Why the worker is gone, once it is. */
  private gone: Error | undefined;
  backend: Exclude<BackendName, "auto"> = "wasm";

  private constructor(settings: ReplicaSettings) {
    this.worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: settings });
    this.worker.on("message", (outcome: Outcome) => this.settle(outcome));
    this.worker.on("error", (error) => this.fail(error));
    this.worker.on("exit", () => this.fail(new Error("the model's worker thread has ended")));
  }

  /** @throws PolicyError `backend-unavailable` */
  static async start(settings: ReplicaSettings): Promise<RemoteReplica> {
    const replica = new RemoteReplica(settings);
    const started = await new Promise((resolve, reject) => replica.waiting.set(0, { resolve, reject }));
    replica.backend = started as Exclude<BackendName, "auto">;
    return replica;
  }

  async addAdapter(version: string, adapter: Adapter): Promise<void> {
    await this.call("addAdapter", [version, adapter]);
  }

  async dropAdapter(version: string): Promise<void> {
    await this.call("dropAdapter", [version]);
  }

  async addForm(name: string, form: TokenForm): Promise<void> {
    await this.call("addForm", [name, form]);
  }

  async run(jobs: readonly JobData[]): Promise<readonly JobResult[]> {
    return (await this.call("run", [jobs])) as readonly JobResult[];
  }

  async gradient(data: GradientData): Promise<ReadonlyMap<string, Float32Array>> {
    return (await this.call("gradient", [data])) as ReadonlyMap<string, Float32Array>;
  }

  async close(): Promise<void> {
    if (this.gone === undefined) await this.call("close", []);
    await this.worker.terminate();
  }

  private call<M extends Method>(method: M, args: Parameters<Replica[M]>): Promise<unknown> {
    if (this.gone !== undefined) return Promise.reject(this.gone);
    const id = ++this.calls;
    // A worker keeps the process alive while something is asked of it, and no longer.
    this.worker.ref();
    const answered = new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    this.worker.postMessage({ id, method, args });
    return answered;
  }

  private settle({ id, value, error }: Outcome): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (this.waiting.size === 0) this.worker.unref();
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(revive(error));
  }

  private fail(error: Error): void {
    this.gone ??= error;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}

/** A user's mistake stays one across threads; anything else is a bug, with the worker's own stack. */
function revive({ code, message }: { readonly code?: PolicyErrorCode; readonly message: string }): Error {
  return code === undefined ? new Error(message) : new PolicyError(code, message);
}

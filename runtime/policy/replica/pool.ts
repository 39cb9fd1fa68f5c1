import { setImmediate as nextTurn } from "node:timers/promises";
import { type Adapter, BASE_VERSION } from "../adapter/adapter.js";
import type { JobResult } from "../decode/job.js";
import type { BackendName } from "../engine/backend.js";
import type { TokenForm } from "../form/token-form.js";
import type { ModelConfig } from "../model/config.js";
import { type Completion, gradientBatches } from "../model/gradient-batches.js";
import { ropeRegime } from "../model/rope-config.js";
import { type Placeable, Placement } from "./placement.js";
import type { JobData, Replica, ReplicaSettings } from "./protocol.js";
import { RemoteReplica } from "./remote.js";

/** A job that is made when its turn has come: rendering prompts takes time, in which replicas can already work. */
export interface Work extends Placeable {
  readonly kind: JobData["kind"];
  readonly make: () => JobData;
}

/** Scoring jobs that are sent to a replica at once while others are still being made. */
const CHUNK = 96;

/**
 * Several replicas of one model that work side by side. Results are the same for any number of them: who does what
 * decides about speed, and about how many tokens caches save, but not about a single bit of an answer.
 */
export class ReplicaPool {
  private readonly adapters = new Map<string, Adapter>();
  private readonly forms = new Map<string, TokenForm>();
  /** Names of the forms that each replica knows. */
  private readonly knownForms: readonly Set<string>[];
  /** Adapter versions that each replica knows. */
  private readonly known: readonly Set<string>[];
  private readonly placement: Placement;

  private constructor(
    private readonly config: ModelConfig,
    private readonly replicas: readonly Replica[],
    readonly backend: Exclude<BackendName, "auto">,
  ) {
    this.known = replicas.map(() => new Set());
    this.knownForms = replicas.map(() => new Set());
    this.placement = new Placement(replicas.length);
  }

  /**
   * @param workers threads; 0 runs in this one
   * @throws PolicyError `backend-unavailable`
   */
  static async start(settings: ReplicaSettings, workers: number): Promise<ReplicaPool> {
    const { config } = settings.checkpoint;
    if (workers === 0) {
      // TensorFlow.js takes its time to load: only threads that compute pay for it.
      const { LocalReplica } = await import("./local.js");
      const local = await LocalReplica.start(settings);
      return new ReplicaPool(config, [local], local.backend);
    }
    const replicas = await Promise.all(Array.from({ length: workers }, () => RemoteReplica.start(settings)));
    return new ReplicaPool(config, replicas, replicas[0]!.backend);
  }

  /** Makes an adapter usable under its version; its values are copied. */
  addAdapter(version: string, adapter: Adapter): void {
    if (version === BASE_VERSION || this.adapters.has(version)) return;
    const tensors = new Map([...adapter.tensors].map(([name, values]) => [name, values.slice()]));
    this.adapters.set(version, { ...adapter, tensors });
  }

  /** Makes a form usable under its name. */
  addForm(name: string, form: TokenForm): void {
    this.forms.set(name, form);
  }

  /** Forgets an adapter; calls under way still finish with it. */
  async dropAdapter(version: string): Promise<void> {
    this.adapters.delete(version);
    await Promise.all(
      this.replicas.map(async (replica, i) => {
        if (this.known[i]!.delete(version)) await replica.dropAdapter(version);
      }),
    );
  }

  /**
   * Runs jobs and answers in their order.
   *
   * @throws what making a job threw, or a replica's PolicyError, when everything under way has ended
   */
  async run(work: readonly Work[]): Promise<readonly JobResult[]> {
    const results = new Array<JobResult>(work.length);
    const sent: Promise<void>[] = [];
    try {
      for (const [replica, chunk] of this.chunks(work)) {
        const answered = this.send(
          replica,
          chunk.map((i) => work[i]!.make()),
          (k, result) => {
            results[chunk[k]!] = result;
          },
        );
        // Failures are seen below, not as unhandled rejections before that.
        answered.catch(() => undefined);
        sent.push(answered);
        if (this.replicas.length > 1) await nextTurn();
      }
    } finally {
      await Promise.allSettled(sent);
    }
    await Promise.all(sent);
    return results;
  }

  private async send(
    replica: number,
    jobs: readonly JobData[],
    store: (index: number, result: JobResult) => void,
  ): Promise<void> {
    await this.teach(replica, new Set(jobs.map(({ version }) => version)));
    await this.teachForms(replica, jobs);
    for (const [k, result] of (await this.replicas[replica]!.run(jobs)).entries()) store(k, result);
  }

  /**
   * What is sent to which replica, in the order of sending. Outputs that grow token by token gain from every other that
   * grows beside them, so they go together; scoring is sent in parts, so that no replica waits long for its first.
   */
  private chunks(work: readonly Work[]): [replica: number, indices: number[]][] {
    const places = this.placement.place(work);
    const queues = this.replicas.map((_, replica) => {
      const mine = places.flatMap((place, i) => (place === replica ? [i] : []));
      if (this.replicas.length === 1) return [mine];
      const growing = mine.filter((i) => work[i]!.kind === "generate");
      const scored = mine.filter((i) => work[i]!.kind === "score");
      const parts = Array.from({ length: Math.ceil(scored.length / CHUNK) }, (_, c) =>
        scored.slice(c * CHUNK, (c + 1) * CHUNK),
      );
      return growing.length > 0 ? [growing, ...parts] : parts;
    });
    const longest = Math.max(...queues.map((queue) => queue.length));
    return Array.from({ length: longest }, (_, turn) =>
      queues.flatMap((queue, replica): [number, number[]][] =>
        queue[turn] === undefined ? [] : [[replica, queue[turn]]],
      ),
    ).flat();
  }

  /**
   * The gradient in an adapter of the sum over c of coefficients[c] · log p(completion c).
   *
   * @returns values by name, shaped like the adapter's tensors; the same for any number of replicas.
   */
  async gradient(
    version: string,
    adapter: Adapter,
    completions: readonly Completion[],
    coefficients: ArrayLike<number>,
  ): Promise<Map<string, Float32Array>> {
    const batches = gradientBatches(completions, coefficients, (length) => ropeRegime(this.config, length));
    const parts = await Promise.all(
      batches.map(async (batch, index) => {
        const i = index % this.replicas.length;
        await this.teach(i, new Set([version]));
        return this.replicas[i]!.gradient({ version, ...batch });
      }),
    );
    const total = new Map(
      [...adapter.tensors].map(([name, values]) => [name, new Float32Array(values.length)]),
    );
    for (const part of parts) {
      for (const [name, values] of part) {
        const sum = total.get(name)!;
        for (let j = 0; j < sum.length; j++) sum[j]! += values[j]!;
      }
    }
    return total;
  }

  async close(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.close()));
  }

  private async teachForms(index: number, jobs: readonly JobData[]): Promise<void> {
    for (const job of jobs) {
      const name = job.kind === "generate" ? job.form : undefined;
      if (name === undefined || this.knownForms[index]!.has(name)) continue;
      const form = this.forms.get(name);
      if (form === undefined) throw new Error("a call for an unknown form");
      this.knownForms[index]!.add(name);
      await this.replicas[index]!.addForm(name, form);
    }
  }

  private async teach(index: number, versions: ReadonlySet<string>): Promise<void> {
    for (const version of versions) {
      if (version === BASE_VERSION || this.known[index]!.has(version)) continue;
      const adapter = this.adapters.get(version);
      if (adapter === undefined) throw new Error(`a call for the unknown adapter ${version}`);
      this.known[index]!.add(version);
      await this.replicas[index]!.addAdapter(version, adapter);
    }
  }
}

import { availableParallelism } from "node:os";
import { type Adapter, BASE_VERSION } from "../adapter/adapter.js";
import type { JobResult } from "../decode/job.js";
import type { BackendName } from "../engine/backend.js";
import { type Completion, gradientBatches } from "../model/gradient-batches.js";
import type { JobData, Replica, ReplicaSettings } from "./protocol.js";
import { RemoteReplica } from "./remote.js";

/** A job, and what it would like to share a replica with. */
export interface PlacedJob {
  readonly job: JobData;
  readonly affinity?: string | undefined;
}

/** How far a replica's share of a call may exceed the mean before affinity gives way. */
const SLACK = 1.25;
/** Affinities remembered; the oldest are forgotten first. */
const REMEMBERED = 4096;

/** Worker threads for `auto`: all cores but none for this thread, which waits while they work. */
export function defaultWorkers(): number {
  return Math.max(1, availableParallelism());
}

/**
 * Several replicas of one model that work side by side. Results are the same for any number of them: who does what
 * decides about speed, and about how many tokens caches save, but not about a single bit of an answer.
 */
export class ReplicaPool {
  private readonly adapters = new Map<string, Adapter>();
  /** Adapter versions that each replica knows. */
  private readonly known: readonly Set<string>[];
  private readonly placed = new Map<string, number>();

  private constructor(
    private readonly replicas: readonly Replica[],
    readonly backend: Exclude<BackendName, "auto">,
  ) {
    this.known = replicas.map(() => new Set());
  }

  /**
   * @param workers threads; 0 runs in this one
   * @throws PolicyError `backend-unavailable`
   */
  static async start(settings: ReplicaSettings, workers: number): Promise<ReplicaPool> {
    if (workers === 0) {
      // TensorFlow.js takes its time to load: only threads that compute pay for it.
      const { LocalReplica } = await import("./local.js");
      const local = await LocalReplica.start(settings);
      return new ReplicaPool([local], local.backend);
    }
    const replicas = await Promise.all(Array.from({ length: workers }, () => RemoteReplica.start(settings)));
    return new ReplicaPool(replicas, replicas[0]!.backend);
  }

  /** Makes an adapter usable under its version; its values are copied. */
  addAdapter(version: string, adapter: Adapter): void {
    if (version === BASE_VERSION || this.adapters.has(version)) return;
    const tensors = new Map([...adapter.tensors].map(([name, values]) => [name, values.slice()]));
    this.adapters.set(version, { ...adapter, tensors });
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

  /** Runs jobs and answers in their order. */
  async run(jobs: readonly PlacedJob[]): Promise<readonly JobResult[]> {
    const shares = this.share(jobs);
    const results = new Array<JobResult>(jobs.length);
    await Promise.all(
      shares.map(async (share, i) => {
        if (share.length === 0) return;
        const data = share.map((index) => jobs[index]!.job);
        await this.teach(i, new Set(data.map(({ version }) => version)));
        for (const [k, result] of (await this.replicas[i]!.run(data)).entries()) results[share[k]!] = result;
      }),
    );
    return results;
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
    const batches = gradientBatches(completions, coefficients);
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

  private async teach(index: number, versions: ReadonlySet<string>): Promise<void> {
    for (const version of versions) {
      if (version === BASE_VERSION || this.known[index]!.has(version)) continue;
      const adapter = this.adapters.get(version);
      if (adapter === undefined) throw new Error(`a call for the unknown adapter ${version}`);
      this.known[index]!.add(version);
      await this.replicas[index]!.addAdapter(version, adapter);
    }
  }

  /** Indices of the jobs for each replica: jobs of one affinity together, where their caches are, but evenly. */
  private share(jobs: readonly PlacedJob[]): number[][] {
    const shares = this.replicas.map((): number[] => []);
    if (shares.length === 1) return [jobs.map((_, index) => index)];
    const groups = new Map<string, number[]>();
    for (const [index, { affinity }] of jobs.entries()) {
      const key = affinity ?? `job ${index}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [index]);
      else group.push(index);
    }
    const cost = (indices: readonly number[]): number =>
      indices.reduce((sum, i) => sum + costOf(jobs[i]!.job), 0);
    const fair = (SLACK * cost(jobs.map((_, index) => index))) / shares.length;
    const load = shares.map(() => 0);
    for (const [key, indices] of groups) {
      const wanted = this.placed.get(key);
      const added = cost(indices);
      const least = load.indexOf(Math.min(...load));
      const chosen = wanted !== undefined && load[wanted]! + added <= fair ? wanted : least;
      load[chosen]! += added;
      shares[chosen]!.push(...indices);
      this.remember(key, chosen);
    }
    return shares;
  }

  private remember(affinity: string, replica: number): void {
    this.placed.delete(affinity);
    this.placed.set(affinity, replica);
    if (this.placed.size > REMEMBERED) this.placed.delete(this.placed.keys().next().value!);
  }
}

/** A rough measure of a job's work, in rows; most prompts are found in a cache for the most part. */
function costOf(job: JobData): number {
  if (job.kind === "generate") return 16 + job.prompt.length / 2;
  return job.completions.reduce((sum, ids) => sum + ids.length, job.prompt.length / 2);
}

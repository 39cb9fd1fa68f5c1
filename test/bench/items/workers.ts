import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { Search } from "../../../runtime/search/index.js";
import { MusiqueSimulator, readMusique } from "../../../runtime/simulator/index.js";
import type { Item, Measurement } from "../item.js";
import { often, repeat, seconds } from "../measure.js";
import { flowFile, monitorFile, weak } from "../places.js";
import { openFlow, part } from "../questions.js";
import { withModel } from "../workers.js";

/**
 * How many times as fast two workers play episodes as one does, in turns, so that what else the machine does meets both.
 * Beside it what its cores allow: how many times as much two threads compute as one, that share nothing.
 */
export const workers: Item = {
  name: "workers",
  async measure(context) {
    const flow = await openFlow(flowFile);
    const rows = await readMusique(monitorFile);
    const size = context.quick ? 4 : 50;
    const target = { value: 1.7, better: "higher" } as const;
    const speedUp = await withModel(weak, 1, (one) =>
      withModel(weak, 2, async (two): Promise<Measurement> => {
        const values = await repeat(often(context, 9), async (index) => {
          const simulator = new MusiqueSimulator(part(rows, size, index));
          const plays = simulator.tasks.map((task) => ({ task, epoch: 0 }));
          const spent = (policy: typeof one) =>
            seconds(() => new Search({ flow, policy, simulator, seed: 0, live: 64 }).play(plays));
          return (await spent(one)) / (await spent(two));
        });
        return { name: "workers/rollouts/two-to-one", unit: "times", values, target };
      }),
    );
    const iterations = context.quick ? 1e6 : 2e8;
    const cores = await repeat(often(context, 5), async () => {
      const alone = await seconds(() => spin(1, iterations));
      return (2 * alone) / (await seconds(() => spin(2, iterations)));
    });
    return [
      speedUp,
      { name: `workers/threads-of-${availableParallelism()}-cores/two-to-one`, unit: "times", values: cores },
    ];
  },
};

const SPIN = `
const { workerData } = require("node:worker_threads");
let x = 1;
for (let i = 0; i < workerData; i += 1) x = (x * 1.000001 + 1) % 1000003;
if (x === 0) throw new Error("unreachable, but the loop must not be optimised away");`;

/** As many threads side by side, each of which multiplies and adds in its registers. */
async function spin(threads: number, iterations: number): Promise<void> {
  const ended = Array.from(
    { length: threads },
    () =>
      new Promise<void>((resolve, reject) => {
        const worker = new Worker(SPIN, { eval: true, workerData: iterations });
        worker.on("exit", () => resolve());
        worker.on("error", reject);
      }),
  );
  await Promise.all(ended);
}

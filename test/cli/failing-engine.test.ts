import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { missingHere, reportMissing } from "../policy/backends.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { lasting } from "./run-folder.js";
import { contentsOf, jsonLines, run, succeeded, weak } from "./support.js";
import { writeTiny } from "./tiny.js";

/** Milliseconds that several processes may take on a machine with other work. */
const PATIENCE = 240_000;

reportMissing();

const folder = temporaryFolder();
const { flow, data, settings } = writeTiny(folder, { episodes: 3, steps: 1, writes: false });

/** What breaks an engine from within, as statements that know TensorFlow.js. */
const BREAKS = {
  // As a driver that is reset does.
  webgpu: "tf.backend().device.destroy();",
  // As a model does that fills it.
  wasm: "const { wasm } = tf.backend(); for (const size of [28, 22, 16]) try { while (wasm._malloc(2 ** size)); } catch {}",
} as const;

/** A module that breaks the engine of the process that loads it, once a training's first checkpoint is there. */
function saboteur(backend: keyof typeof BREAKS): string {
  const tensorflow = pathToFileURL(createRequire(import.meta.url).resolve("@tensorflow/tfjs-core")).href;
  const path = join(folder, `break-${backend}.mjs`);
  writeFileSync(
    path,
    `import { existsSync } from "node:fs";
const out = process.argv[process.argv.indexOf("--out") + 1];
const timer = setInterval(async () => {
  if (!existsSync(out + "/checkpoints/000001.ckpt")) return;
  clearInterval(timer);
  const { default: tf } = await import(${JSON.stringify(tensorflow)});
  ${BREAKS[backend]}
}, 1);
timer.unref();
`,
  );
  return pathToFileURL(path).href;
}

describe.each([
  [
    "webgpu",
    "whose device is lost",
    /flowc: the GPU device was lost \(.+\); run the command again, a training with --resume\n/,
  ],
  [
    "wasm",
    "whose memory is full",
    /flowc: the memory of wasm, which has 4 GB at most, does not suffice: .*another --backend\n/,
  ],
] as const)("a training on %s", (backend, what, message) => {
  const training = (name: string, ...more: readonly string[]) => {
    const asked = ["--data", data, "--model", weak, "--config", settings, "--seed", "1"];
    const out = join(folder, `${backend}-${name}`);
    return ["train", flow, ...asked, "--backend", backend, "--workers", "0", "--out", out, ...more];
  };

  it.skipIf(missingHere.has(backend))(
    `${what} says so and ends with 1; what it has learned is kept, and it goes on to the same bytes`,
    async () => {
      succeeded(await run(training("whole")));
      const env = { NODE_OPTIONS: `--import=${saboteur(backend)}` };
      const broken = await run(training("broken"), { env });
      expect(broken).toMatchObject({ code: 1, stdout: "" });
      expect(broken.stderr).toMatch(message);
      expect(broken.stderr).not.toMatch(/bug|\n {4}at /);
      const left = contentsOf(join(folder, `${backend}-broken`));
      expect([...left.keys()]).toContain("checkpoints/000001.ckpt");
      const rounds = jsonLines<{ round: number }>(left.get("metrics.jsonl")!);
      expect(rounds.length).toBeLessThan(3);
      succeeded(await run(training("broken", "--resume")));
      expect(lasting(join(folder, `${backend}-broken`))).toEqual(lasting(join(folder, `${backend}-whole`)));
    },
    PATIENCE,
  );
});

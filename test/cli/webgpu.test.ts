import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openWeights } from "../../runtime/policy/weights/index.js";
import { missingHere, reportMissing } from "../policy/backends.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { jsonLines, type Outcome, run, succeeded, weak } from "./support.js";
import { writeTiny } from "./tiny.js";

/** Milliseconds that several processes may take on a machine with other work. */
const PATIENCE = 240_000;

reportMissing();
const lacking = missingHere.has("webgpu");

const folder = temporaryFolder();
const { flow, data, settings } = writeTiny(folder, { episodes: 2, steps: 2, writes: true });

/** Runs a verb on a backend; Dawn, which writes past Node to standard error, must have had nothing to say. */
async function on(backend: string, args: readonly string[], stdin = ""): Promise<Outcome> {
  const outcome = succeeded(await run([...args, "--model", weak, "--backend", backend], { stdin }));
  // The run's own folder is named after the backend.
  const said = outcome.stderr.replaceAll(/\S*\/webgpu\b\S*/g, "");
  expect(said).not.toMatch(/validation|vulkan|webgpu|warning/i);
  return outcome;
}

describe.skipIf(lacking)("on webgpu, with the weak base,", () => {
  it(
    "flowc train ends where it ends on wasm",
    async () => {
      const runs = ["wasm", "webgpu"].map((backend) => join(folder, backend));
      for (const out of runs) {
        const asked = ["--data", data, "--config", settings, "--seed", "1", "--out", out];
        await on(out.slice(folder.length + 1), ["train", flow, ...asked]);
      }
      const [wasm, webgpu] = runs.map((out) =>
        jsonLines<{ type: string; loss: number }>(readFileSync(join(out, "events.jsonl"), "utf8")),
      );
      expect(webgpu!.map(({ type }) => type)).toEqual(wasm!.map(({ type }) => type));
      const losses = webgpu!.flatMap(({ type, loss }) => (type === "update" ? [loss] : []));
      expect(losses.length).toBeGreaterThan(1);
      for (const loss of losses) expect(loss).toBeGreaterThan(0);
      const [expected, actual] = runs.map((out) => openWeights(join(out, "adapters/known"), "adapter_model"));
      for (const name of expected!.names) {
        const wanted = expected!.read(name);
        const values = actual!.read(name);
        const difference = Math.hypot(...wanted.map((x, i) => x - values[i]!));
        expect(difference / Math.hypot(...wanted), name).toBeLessThan(1e-3);
      }
      for (const weights of [expected!, actual!]) weights.close();
    },
    PATIENCE,
  );

  it(
    "flowc eval gives wasm's answers",
    async () => {
      const scores = [];
      for (const backend of ["wasm", "webgpu"]) {
        const { stdout } = await on(backend, ["eval", flow, "--data", data, "--json"]);
        const { answer_f1, support_f1, questions } = JSON.parse(stdout);
        scores.push({ answer_f1, support_f1, questions });
      }
      expect(scores[1]).toEqual(scores[0]);
    },
    PATIENCE,
  );

  it(
    "flowc score and flowc generate give wasm's numbers and texts",
    async () => {
      const prompt = "Name the capital city of Spain.";
      const scored = `${JSON.stringify({ id: 1, prompt, completion: "Madrid" })}\n`;
      const wanted = `${JSON.stringify({ id: 1, prompt, max_tokens: 6 })}\n`;
      const lines = [];
      for (const backend of ["wasm", "webgpu"]) {
        const [score] = jsonLines<Record<string, number>>((await on(backend, ["score"], scored)).stdout);
        const [text] = jsonLines<Record<string, unknown>>((await on(backend, ["generate"], wanted)).stdout);
        lines.push({ score: score!, text: text! });
      }
      const [wasm, webgpu] = lines;
      const { ids, text, finish } = wasm!.text;
      expect(webgpu!.text).toMatchObject({ ids, text, finish });
      expect(Object.keys(webgpu!.score)).toEqual(Object.keys(wasm!.score));
      for (const [key, value] of Object.entries(wasm!.score)) {
        if (typeof value === "number") expect(webgpu!.score[key]).toBeCloseTo(value, 3);
      }
    },
    PATIENCE,
  );
});

describe("without a device", () => {
  it("flowc says what webgpu needs and how to get it, and ends with 1", async () => {
    const env = { VK_ICD_FILENAMES: join(folder, "none.json"), VK_DRIVER_FILES: "" };
    const args = ["generate", "--model", weak, "--backend", "webgpu"];
    const { code, stderr, stdout } = await run(args, { env, stdin: "" });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      /backend webgpu cannot start here: (webgpu is loaded, but finds no adapter|.* is not installed); it needs a GPU with its driver, on Linux the Vulkan loader \(libvulkan1\) too, and `npm install webgpu @tensorflow\/tfjs-backend-webgpu`/,
    );
  });
});

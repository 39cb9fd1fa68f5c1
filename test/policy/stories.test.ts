import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { LanguageModel } from "../../runtime/policy/language-model.js";
import { parseConfig } from "../../runtime/policy/model/config.js";
import { Decoder } from "../../runtime/policy/model/decoder.js";
import { readTensors } from "./support.js";

/**
 * A real pretrained model in the older config layout. Its weights' licence is not settled, so it is no part of this
 * project: give its folder, with expected.json, in FLOWC_STORIES260K.
 */
const folder = process.env.FLOWC_STORIES260K ?? "";

describe.skipIf(!existsSync(join(folder, "expected.json")))(
  "stories260k, if FLOWC_STORIES260K names its folder",
  () => {
    const read = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"));

    it("continues its stories as the reference does", async () => {
      const model = await LanguageModel.load({ folder, backend: "wasm", workers: 0 });
      const cases = read("expected.json").greedy as { ids: number[]; new: number[] }[];
      const prompts = cases.map(({ ids, new: wanted }) => ({ ids, maxTokens: wanted.length }));
      expect(await model.generate(prompts)).toEqual(cases.map((c) => c.new));
      await model.close();
    });

    it("gives the reference's logits", async () => {
      const decoder = new Decoder(parseConfig(read("config.json")));
      const weights = readTensors(pathToFileURL(folder));
      for (const { ids, logits } of read("expected.json").logits_last) {
        const hidden = decoder.hidden(weights, tf.tensor2d(ids, [1, ids.length], "int32"));
        const last = tf.slice(tf.reshape(hidden, [ids.length, -1]), [ids.length - 1, 0]) as tf.Tensor2D;
        const actual = decoder.logits(weights, last).dataSync();
        const scale = Math.max(...logits.map(Math.abs));
        for (const [i, wanted] of logits.entries()) {
          expect(Math.abs(wanted - actual[i]!) / scale).toBeLessThan(1e-4);
        }
      }
    });
  },
);

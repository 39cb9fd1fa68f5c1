import { readFileSync } from "node:fs";
import { formatText } from "../../../compiler/index.js";
import type { Item } from "../item.js";
import { often, repeat, seconds } from "../measure.js";
import { flowFile } from "../places.js";
import { manyLines } from "./check.js";

const LINES = 2000;

/** Layout of 2,000 lines, all of them indented otherwise than they will be, in a process that has formatted before. */
export const format: Item = {
  name: "format",
  async measure(context) {
    const text = manyLines(readFileSync(flowFile, "utf8"), LINES).replace(/^ +/gm, "$&$&");
    const values = await repeat(often(context, 25, 25), async (index) => {
      // Another text each time, so that nothing can be remembered.
      const spent = await seconds(() => mustBeLaidOut(`${text}/// ${index}\n`));
      return 1000 * spent;
    });
    return [{ name: "format/2000-lines", unit: "ms", values, target: { value: 30, better: "lower" } }];
  },
};

function mustBeLaidOut(text: string): void {
  const { formatted } = formatText(text, "many.flow");
  if (formatted === undefined || formatted === text) throw new Error("the text is not laid out anew");
}

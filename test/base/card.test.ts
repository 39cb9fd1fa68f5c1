import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { AGENTS } from "../../flows/base/agents.js";
import { modelCard, type TrainingRecord } from "../../flows/base/card.js";
import { root } from "../cli/support.js";

it.each(["weak", "half", "saturated"] as const)(
  "makes the card of %s of the figures that it tells",
  (name) => {
    const folder = join(root, "flows/base", name);
    const card = readFileSync(join(folder, "README.md"), "utf8");
    const record = JSON.parse(readFileSync(join(folder, "training.json"), "utf8")) as TrainingRecord;
    const perAgent = new Map(
      AGENTS.map((agent) => [
        agent,
        Number(new RegExp(`^\\| ${agent} \\| ([\\d.]+) \\|$`, "mu").exec(card)?.[1]),
      ]),
    );
    const [answer_f1, answer_em, support_f1] = /^\| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$/mu
      .exec(card)!
      .slice(1)
      .map(Number) as [number, number, number];
    const flow = { answer_f1, answer_em, support_f1 };
    expect(modelCard({ name, record, questions: 500, perAgent, flow })).toBe(card);
  },
);

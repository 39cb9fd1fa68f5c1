import { join } from "node:path";
import {
  agentRequests,
  type FlowModule,
  type Json,
  type Reply,
  type Request,
} from "../../../runtime/machine/index.js";
import {
  type Alternative,
  type ChoiceStep,
  type Episode,
  fork,
  isChoice,
  Search,
} from "../../../runtime/search/index.js";
import { inputOf, MusiqueSimulator, readMusique } from "../../../runtime/simulator/index.js";
import type { Item, Measurement, Target } from "../item.js";
import { often, rateOf, repeat } from "../measure.js";
import { flowFile, monitorFile, root } from "../places.js";
import { openFlow } from "../questions.js";
import { ScriptedPolicy } from "../scripted-policy.js";

/** A step in less than a microsecond. */
const STEP: Target = { value: 1e6, better: "higher" };

/**
 * Steps of compiled machines: one `pending`, which renders the prompts, and one `advance`, as a search takes them; an
 * episode's `start` and its last `pending` are paid for by its steps. And forks at the steps of a finished episode.
 */
export const machine: Item = {
  name: "machine",
  async measure(context) {
    const simple = await openFlow(join(root, "flows/examples/dependent-labels.flow"));
    const musique = await openFlow(flowFile);
    const rows = await readMusique(monitorFile, { limit: 1 });
    const simulator = new MusiqueSimulator(rows);
    const search = new Search({ flow: musique, policy: new ScriptedPolicy(), simulator, seed: 0, live: 1 });
    const [played] = await search.play([{ task: simulator.tasks[0]!, epoch: 0 }]);
    const measured = async (name: string, unit: string, work: () => number, target?: Target) => {
      const length = context.quick ? 20 : 200;
      const values = await repeat(often(context, 9, 2), () => rateOf(length, work));
      return { name, unit, values, ...(target === undefined ? {} : { target }) } satisfies Measurement;
    };
    return [
      await measured(
        "machine/steps/dependent-labels",
        "steps/s",
        () => drive(simple, { task: "a task" }),
        STEP,
      ),
      await measured(
        "machine/steps/musique-answerable",
        "steps/s",
        () => drive(musique, inputOf(rows[0]!)),
        STEP,
      ),
      await measured("machine/forks/musique-answerable", "forks/s", forks(musique, played!.episode)),
    ];
  },
};

/** Runs a flow to its end with the same answers everywhere. @returns its steps */
function drive(flow: FlowModule, input: Json): number {
  let state = flow.start(input);
  for (let steps = 0; ; steps += 1) {
    const [request] = agentRequests(flow.pending(state));
    if (request === undefined) return steps;
    state = flow.advance(state, request.point, scripted(request));
  }
}

const TEXT: Reply = { kind: "text", text: "the country of the town" };

/** The last label, so that loops end at their bound; the first candidate. */
function scripted({ ask }: Request): Reply {
  switch (ask.kind) {
    case "generate":
      return TEXT;
    case "record":
      throw new Error("no flow of the benchmark asks for records");
    case "choose":
      return { kind: "label", label: ask.labels[ask.labels.length - 1]! };
    case "score":
      return { kind: "pick", candidate: ask.candidate };
  }
}

/** Forks once at every step of an episode. */
function forks(flow: FlowModule, episode: Episode): () => number {
  const others = episode.steps.filter(isChoice).map(otherwise);
  return () => {
    for (const [index, other] of others.entries()) fork(flow, episode, index, other);
    return others.length;
  };
}

function otherwise({ requests, reply }: ChoiceStep): Alternative {
  if (reply.kind === "text") return { reply: TEXT };
  if (reply.kind === "label") {
    const { ask } = requests[0]!;
    const labels = ask.kind === "choose" ? ask.labels : [];
    return { reply: { kind: "label", label: labels.find((label) => label !== reply.label)! } };
  }
  const last = requests[requests.length - 1]!.ask;
  return { reply: { kind: "pick", candidate: last.kind === "score" ? last.candidate : 0 } };
}

import { deepStrictEqual } from "node:assert";
import { join } from "node:path";
import { agentRequests, type FlowModule, type Json, type Reply } from "../../../runtime/machine/index.js";
import { STEPS, texts, verdicts } from "../eight-fields/rounds.js";
import { runWithLangGraph } from "../eight-fields/with-langgraph.js";
import { runWithXState } from "../eight-fields/with-xstate.js";
import type { Item } from "../item.js";
import { often, rateOf, rateOfAsync, repeat } from "../measure.js";
import { root } from "../places.js";
import { openFlow } from "../questions.js";

const TOPIC = "the history of tea";

/**
 * Steps of one flow with eight variables, a loop and a branch: compiled by flowc, and written by hand for XState's pure
 * transition and for LangGraph.js. All are given the same replies, render the same prompts and come to the same result.
 */
export const eightFields: Item = {
  name: "eight-fields",
  async measure(context) {
    const flow = await openFlow(join(root, "test/bench/eight-fields/rounds.flow"));
    await mustAgree(flow);
    const length = context.quick ? 20 : 200;
    const times = often(context, 9, 2);
    return [
      {
        name: "eight-fields/flowc",
        unit: "steps/s",
        values: await repeat(times, () => rateOf(length, () => run(flow).steps)),
        // A step in less than a microsecond.
        target: { value: 1e6, better: "higher" },
      },
      {
        name: "eight-fields/xstate-transition",
        unit: "steps/s",
        values: await repeat(times, () => rateOf(length, () => runWithXState(TOPIC).steps)),
      },
      {
        name: "eight-fields/langgraph-step",
        unit: "steps/s",
        values: await repeat(times, () =>
          rateOfAsync(length, async () => (await runWithLangGraph(TOPIC)).steps),
        ),
      },
    ];
  },
};

const replies: readonly Reply[] = texts.flatMap((text, round): Reply[] => [
  { kind: "text", text },
  { kind: "label", label: verdicts[round]! },
]);

/** Runs the compiled machine to its end. */
function run(flow: FlowModule): { readonly result: Json | undefined; readonly steps: number } {
  let state = flow.start({ topic: TOPIC });
  for (let steps = 0; ; steps += 1) {
    const [request] = agentRequests(flow.pending(state));
    if (request === undefined) return { result: flow.result(state), steps };
    state = flow.advance(state, request.point, replies[steps]!);
  }
}

/** Three ways to write a flow are compared only as long as they are the same flow. */
async function mustAgree(flow: FlowModule): Promise<void> {
  const { result, steps } = run(flow);
  const expected = { fields: { topic: TOPIC, ...(result as object) }, steps };
  deepStrictEqual(steps, STEPS);
  deepStrictEqual(runWithXState(TOPIC), expected);
  deepStrictEqual(await runWithLangGraph(TOPIC), expected);
}

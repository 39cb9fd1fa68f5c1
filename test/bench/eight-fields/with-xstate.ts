import { assign, initialTransition, setup, transition } from "xstate";
import {
  begun,
  compared,
  comparePrompt,
  type Fields,
  over,
  texts,
  type Verdict,
  verdicts,
  writePrompt,
  written,
} from "./rounds.js";

type Reply =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "verdict"; readonly verdict: Verdict };

/** One transition per reply, no eventless ones: the guard looks ahead. */
const machine = setup({
  types: { context: {} as Fields, events: {} as Reply, input: {} as { topic: string } },
  guards: {
    ends: ({ context, event }) =>
      event.type === "verdict" && over({ ...context, ...compared(context, event.verdict) }),
  },
  actions: {
    write: assign(({ context, event }) => (event.type === "text" ? written(context, event.text) : {})),
    compare: assign(({ context, event }) =>
      event.type === "verdict" ? compared(context, event.verdict) : {},
    ),
  },
}).createMachine({
  context: ({ input }) => begun(input.topic),
  initial: "writing",
  states: {
    writing: { on: { text: { target: "comparing", actions: "write" } } },
    comparing: {
      on: {
        verdict: [
          { guard: "ends", target: "done", actions: "compare" },
          { target: "writing", actions: "compare" },
        ],
      },
    },
    done: { type: "final" },
  },
});

/** Runs the machine to its end by XState's pure transition; at every state its prompt is rendered, as `pending` does. */
export function runWithXState(topic: string): { readonly fields: Fields; readonly steps: number } {
  let [snapshot] = initialTransition(machine, { topic });
  for (let steps = 0; ; steps += 1) {
    if (snapshot.status !== "active") return { fields: snapshot.context, steps };
    const writing = snapshot.value === "writing";
    const prompt = writing ? writePrompt(snapshot.context) : comparePrompt(snapshot.context);
    if (prompt === "") throw new Error("there is nothing to ask");
    const round = steps >> 1;
    const reply: Reply = writing
      ? { type: "text", text: texts[round]! }
      : { type: "verdict", verdict: verdicts[round]! };
    [snapshot] = transition(machine, snapshot, reply);
  }
}

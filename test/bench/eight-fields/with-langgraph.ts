import { Annotation, END, MemorySaver, START, StateGraph } from "@langchain/langgraph";
import {
  begun,
  compared,
  comparePrompt,
  type Fields,
  over,
  STEPS,
  texts,
  verdicts,
  writePrompt,
  written,
} from "./rounds.js";

const State = Annotation.Root({
  topic: Annotation<string>,
  best: Annotation<string>,
  last: Annotation<string>,
  round: Annotation<number>,
  wins: Annotation<number>,
  losses: Annotation<number>,
  streak: Annotation<number>,
  score: Annotation<number>,
});

/** Keeps every state, as whoever keeps a flowc machine's states does. */
const saver = new MemorySaver();

const graph = new StateGraph(State)
  .addNode("write", (fields) => {
    if (writePrompt(fields) === "") throw new Error("there is nothing to ask");
    return written(fields, texts[fields.round]!);
  })
  .addNode("compare", (fields) => {
    if (comparePrompt(fields) === "") throw new Error("there is nothing to ask");
    return compared(fields, verdicts[fields.round - 1]!);
  })
  .addEdge(START, "write")
  .addEdge("write", "compare")
  .addConditionalEdges("compare", (fields) => (over(fields) ? END : "write"), ["write", END])
  .compile({ checkpointer: saver });

let threads = 0;

/** Runs the graph to its end, a node per step. */
export async function runWithLangGraph(
  topic: string,
): Promise<{ readonly fields: Fields; readonly steps: number }> {
  threads += 1;
  const thread = `${threads}`;
  const fields = await graph.invoke(begun(topic), {
    configurable: { thread_id: thread },
    recursionLimit: STEPS + 1,
  });
  // What is kept of earlier runs must not slow later ones.
  await saver.deleteThread(thread);
  return { fields, steps: 2 * fields.round };
}

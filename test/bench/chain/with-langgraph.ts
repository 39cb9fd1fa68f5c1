import { Annotation, END, MemorySaver, START, StateGraph } from "@langchain/langgraph";
import { answer, begun, type Fields, moved, other, over, prompt } from "./chain.js";

const State = Annotation.Root({
  length: Annotation<number>,
  sum: Annotation<number>,
  step: Annotation<number>,
});

const saver = new MemorySaver();

const graph = new StateGraph(State)
  .addNode("move", (fields) => moved(fields, answer(prompt(fields))))
  .addEdge(START, "move")
  .addConditionalEdges("move", (fields) => (over(fields) ? END : "move"), ["move", END])
  .compile({ checkpointer: saver });

/** An episode whose checkpoints are kept. */
export interface Played {
  readonly result: number;
  /** The result if the move at a step had been the other one: forked from the checkpoint before it. */
  deviate(step: number): Promise<number>;
  forget(): Promise<void>;
}

let threads = 0;

export async function playWithLangGraph(length: number): Promise<Played> {
  threads += 1;
  const thread = `${threads}`;
  const limits = { recursionLimit: length + 10 };
  const { sum } = await graph.invoke(begun(length), { configurable: { thread_id: thread }, ...limits });
  const before: { readonly config: object; readonly fields: Fields }[] = [];
  for await (const { config, values, next } of graph.getStateHistory({
    configurable: { thread_id: thread },
  })) {
    if (next[0] === "move") before[(values as Fields).step] = { config, fields: values as Fields };
  }
  return {
    result: sum,
    async deviate(step) {
      const { config, fields } = before[step]!;
      const changed = moved(fields, other(answer(prompt(fields))));
      const forked = await graph.updateState(config, changed, "move");
      const end = await graph.invoke(null, { ...forked, ...limits });
      return end.sum;
    },
    forget: () => saver.deleteThread(thread),
  };
}

import type { Comprehension, ListLoop } from "../../grammar/index.js";
import { type Builder, newBlock, newCounter } from "./builder.js";
import type { Block, Local, Value } from "./ir.js";
import { constant, local } from "./values.js";

/**
 * A loop over a list. The index counts from 0 and is part of the path of what is asked inside.
 * @param body lowers one pass; `next` is where the next one begins
 */
export function lowerListLoop(
  b: Builder,
  { source, element, of }: { source: Value; element: Local; of: ListLoop | Comprehension },
  body: (next: Block, exit: Block) => void,
): void {
  const { span } = of;
  const number = b.nextLoop();
  const index = newCounter(`index${number}`, of);
  const head = newBlock(`loop${number}`);
  const inside = newBlock(`pass${number}`);
  const next = newBlock(`next${number}`);
  const exit = newBlock(`after${number}`);
  b.assign(index, constant(0), span);
  b.goto(head, span);
  b.enter(head);
  const length: Value = { kind: "length", list: source };
  const condition: Value = {
    kind: "compare",
    operator: "<",
    left: local(index),
    right: length,
    what: "number",
  };
  b.exit({ kind: "if", condition, whenTrue: inside, whenFalse: exit, span });
  b.enter(inside);
  b.assign(element, { kind: "element", list: source, index: local(index) }, span);
  const { path } = b.frame;
  b.frame.path = [...path, index];
  body(next, exit);
  b.frame.path = path;
  b.goto(next, span);
  b.enter(next);
  b.assign(index, { kind: "next", counter: index }, span);
  b.goto(head, span);
  b.enter(exit);
}

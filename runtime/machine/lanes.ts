import { unexpectedReply } from "./replies.js";
import type { Reply } from "./request.js";

/**
 * The states of a `parallel`'s passes after one reply, which belongs to one of them alone.
 * @param depth where in the path of a choice point's id the index of the pass stands, from 0
 * @throws RangeError if it belongs to none of them
 */
export function advanceLane<Lane>(
  lanes: readonly Lane[],
  advance: (lane: Lane, id: string, reply: Reply) => Lane,
  depth: number,
  id: string,
  reply: Reply,
): readonly Lane[] {
  const [path = ""] = id.slice(id.indexOf("@") + 1).split("?", 1);
  const index = Number(path.split(".")[depth]);
  const lane = lanes[index];
  if (lane === undefined) throw unexpectedReply(id);
  return lanes.with(index, advance(lane, id, reply));
}

import type { Marks } from "./marks.js";

/** A token as far as the space around it goes. */
export interface Spaced {
  readonly name: string;
  readonly start: number;
}

const NONE_BEFORE: ReadonlySet<string> = new Set([",", ")", "]", ":", ".", "?"]);
const NONE_AFTER: ReadonlySet<string> = new Set(["(", "[", "."]);

/** What stands between two tokens of one line. */
export function spaceBetween(left: Spaced, right: Spaced, marks: Marks): "" | " " | "  " {
  // A comment behind code keeps its distance.
  if (right.name === "comment") return "  ";
  if (marks.tightBefore.has(right.start) || marks.tightAfter.has(left.start)) return "";
  if (NONE_BEFORE.has(right.name) || NONE_AFTER.has(left.name)) return "";
  return left.name === "{" && right.name === "}" ? "" : " ";
}

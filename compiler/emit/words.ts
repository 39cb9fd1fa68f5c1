import type { Names } from "./names.js";

/** What a part's types and functions are called. */
export interface Words {
  readonly state: string;
  readonly step: string;
  readonly done: string;
  readonly start: string;
  readonly pending: string;
  readonly advance: string;
  readonly point: string;
  readonly settle: string;
  /** Goes on when all passes have ended; the flow itself has none. */
  readonly join: string;
}

/** Those of the flow itself. */
export const mainWords: Words = {
  state: "State",
  step: "Step",
  done: "Done",
  start: "start",
  pending: "pending",
  advance: "advance",
  point: "point",
  settle: "settle",
  join: "",
};

/** Those of the passes of a `parallel`. */
export function laneWords(name: string, types: Names, functions: Names): Words {
  const fn = (word: string) => functions.take(`${word}${name}`);
  return {
    state: types.take(name),
    step: types.take(`${name}Step`),
    done: types.take(`${name}Done`),
    start: fn("start"),
    pending: fn("pending"),
    advance: fn("advance"),
    point: fn("point"),
    settle: fn("settle"),
    join: fn("join"),
  };
}

/** What a local must not be called: what the functions around it use, and the fields that every state has. */
export const localsKeepOff = [
  "at",
  "scores",
  "state",
  "candidate",
  "index",
  "_",
  "id",
  "reply",
  "point",
  "site",
  "given",
  "lane",
  "lanes",
  "results",
];

/** The functions of `flowc/machine`, which no local may hide. */
export const machineFunctions = [
  "contains",
  "same",
  "texts",
  "lists",
  "numbers",
  "int",
  "float",
  "withoutLastBreak",
  "labelReply",
  "pickReply",
  "recordReply",
  "textReply",
  "unexpectedReply",
  "unscored",
  "advanceLane",
  "external",
  "loaded",
];

/** The module's own types, and those of `flowc/machine`. */
export const typesKeepOff = [
  "State",
  "Step",
  "Input",
  "Output",
  "Done",
  "Agent",
  "FlowModule",
  "Json",
  "Reply",
  "Request",
  "Scores",
  "Site",
];

/** What the module exports, in the order in which its value has them. */
export function moduleMembers(hasEffects: boolean): readonly string[] {
  const tables = ["format", "compiler", "source", "flow", "input", "output", "agents", "sites"];
  return [...tables, ...(hasEffects ? ["effects"] : []), "start", "pending", "advance", "result"];
}

/** What no other function or constant of the module may be called. */
export const functionsKeepOff = [
  ...machineFunctions,
  ...moduleMembers(false),
  "at",
  "machine",
  "point",
  "settle",
];

/** What emitted modules use besides where a file declares effects; all others may have such names. */
export const effectsKeepOff = {
  functions: ["effectReply", "effectRequest", "pendingInOrder", "advanceInOrder", "effects"],
  types: ["Effect", "Pending"],
} as const;

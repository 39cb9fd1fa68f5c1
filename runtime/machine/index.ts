// What emitted machines are written with.

export {
  advanceInOrder,
  agentRequests,
  effectReply,
  effectRequest,
  isEffect,
  pendingInOrder,
} from "./effects.js";
export { contains, same } from "./equal.js";
export { external } from "./external.js";
export { at, FlowFailure, float, int } from "./failure.js";
export * as lists from "./functions/lists.js";
export * as numbers from "./functions/numbers.js";
export * as texts from "./functions/texts.js";
export type { Json } from "./json.js";
export { advanceLane } from "./lanes.js";
export { contract, loaded, version } from "./loaded.js";
export { type Agent, type Effect, type FlowModule, isTrained, type Site } from "./module.js";
export { withoutLastBreak } from "./prompt.js";
export {
  labelReply,
  type Picking,
  pickReply,
  recordReply,
  type Scores,
  textReply,
  unexpectedReply,
  unscored,
} from "./replies.js";
export type { Ask, EffectClass, EffectRequest, Example, Pending, Reply, Request } from "./request.js";
export { type Conformed, conform } from "./schema.js";

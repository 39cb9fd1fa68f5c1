export type { Json } from "./json.js";
export type { Agent, FlowModule, Site } from "./module.js";
export type { Ask, Reply, Request } from "./request.js";

import type { OptimizerSettings } from "../settings.js";
import { AdamW } from "./adamw.js";
import { Cocob } from "./cocob.js";
import type { Optimizer } from "./optimizer.js";

export { AdamW, type AdamWOptions } from "./adamw.js";
export { clipGradient, type GradientSize, gradientSize } from "./clip.js";
export { Cocob } from "./cocob.js";
export type { Optimizer } from "./optimizer.js";

/** A fresh optimizer for one agent. */
export function newOptimizer(settings: OptimizerSettings): Optimizer {
  return settings.kind === "cocob" ? new Cocob(settings.alpha) : new AdamW(settings);
}

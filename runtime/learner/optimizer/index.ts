import { AdamW } from "./adamw.js";
import { Cocob } from "./cocob.js";
import type { Optimizer } from "./optimizer.js";
import { Prodigy } from "./prodigy.js";
import type { OptimizerSettings } from "./settings.js";

export { AdamW, type AdamWOptions } from "./adamw.js";
export { clipGradient, type GradientSize, gradientSize } from "./clip.js";
export { Cocob } from "./cocob.js";
export type { Movement, Optimizer } from "./optimizer.js";
export { Prodigy, type ProdigyOptions } from "./prodigy.js";

/** A fresh optimizer for one agent. */
export function newOptimizer(settings: OptimizerSettings): Optimizer {
  switch (settings.kind) {
    case "cocob":
      return new Cocob(settings.alpha);
    case "adamw":
      return new AdamW(settings);
    case "prodigy":
      return new Prodigy(settings);
  }
}

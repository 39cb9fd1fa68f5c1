import type { Arrays } from "../trainable.js";
import type { Clip } from "./settings.js";

/** Size of a gradient over all its coordinates. */
export interface GradientSize {
  /** Largest absolute value. */
  readonly inf: number;
  /** Euclidean norm. */
  readonly two: number;
}

/** NaN where a coordinate is NaN. */
export function gradientSize(gradient: Arrays): GradientSize {
  let inf = 0;
  let squares = 0;
  for (const values of gradient.values()) {
    for (const value of values) {
      const size = Math.abs(value);
      // Not Math.max(inf, size) alone in one pass with `>`: a NaN must not be lost.
      inf = Math.max(inf, size);
      squares += value * value;
    }
  }
  return { inf, two: Math.sqrt(squares) };
}

/** Bounds an agent's gradient, in place: scales the whole to a norm, which keeps its direction, or cuts every coordinate. */
export function clipGradient(gradient: Arrays, size: GradientSize, clip: Clip): void {
  if (clip === "none") return;
  if ("value" in clip) {
    const { value: most } = clip;
    for (const values of gradient.values()) {
      for (let i = 0; i < values.length; i += 1) values[i] = Math.max(-most, Math.min(most, values[i]!));
    }
    return;
  }
  const norm = clip.norm === "inf" ? size.inf : size.two;
  if (!(norm > clip.max)) return;
  const scale = clip.max / norm;
  for (const values of gradient.values()) {
    for (let i = 0; i < values.length; i += 1) values[i] = values[i]! * scale;
  }
}

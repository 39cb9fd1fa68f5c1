/** Warm-up from 0 over the first steps, then a half cosine down to a floor. */
export function rateFactor(step: number, total: number, warmUp: number, floor = 0.05): number {
  if (step < warmUp) return (step + 1) / warmUp;
  const progress = Math.min(1, (step - warmUp) / Math.max(1, total - warmUp));
  return floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * progress));
}

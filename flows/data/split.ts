import { readingOf } from "./names.js";
import { regionsOf, type World } from "./world.js";

/** The three parts of the data; no choice is ever made on `report`. */
export const parts = ["train", "monitor", "report"] as const;
export type Part = (typeof parts)[number];

// The two countries with most entities train: a held-out part should spread over many countries. The few others whose
// places the sources put into regions are dealt out by hand, so that every part has chains through regions.
const fixed: ReadonlyMap<string, Part> = new Map([
  ["US", "train"],
  ["GB", "train"],
  ["CA", "monitor"],
  ["JP", "monitor"],
  ["AU", "report"],
  ["ID", "report"],
  ["IT", "report"],
]);
// Of the entities outside those two.
const shares: Readonly<Record<Part, number>> = { train: 0.62, monitor: 0.15, report: 0.23 };

/**
 * Assigns whole countries to parts, so that no person, place or country can occur in two: countries by falling number
 * of entities (ties by code), each to the part that lacks most of its share.
 *
 * @returns the part of each ISO 3166 code.
 */
function splitCountries(world: World): ReadonlyMap<string, Part> {
  const sizes = new Map([...world.countries.keys()].map((code) => [code, 1]));
  for (const entity of world.entities) sizes.set(entity.country, (sizes.get(entity.country) ?? 0) + 1);
  const order = [...sizes].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const total = order.reduce((sum, [code, size]) => sum + (fixed.get(code) === "train" ? 0 : size), 0);
  const filled: Record<Part, number> = { train: 0, monitor: 0, report: 0 };
  const out = new Map<string, Part>(fixed);
  for (const [code, size] of order) {
    const part = fixed.get(code);
    if (part === "monitor" || part === "report") filled[part] += size;
  }
  for (const [code, size] of order) {
    if (out.has(code)) continue;
    const lack = (part: Part): number => shares[part] * total - filled[part];
    const part = parts.reduce((best, next) => (lack(next) > lack(best) ? next : best));
    filled[part] += size;
    out.set(code, part);
  }
  return out;
}

/** The world as one part sees it: its countries and their entities alone. */
export function worldOf(world: World, part: Part): World {
  const assigned = splitCountries(world);
  const isMine = (code: string): boolean => assigned.get(code) === part;
  const entities = world.entities.filter((entity) => isMine(entity.country));
  return {
    ...world,
    countries: new Map([...world.countries].filter(([code]) => isMine(code))),
    entities,
    regions: regionsOf(entities),
  };
}

/** Names of a part's people, places and countries, and their other names. */
function namesIn({ entities, countries, aliases }: World): readonly string[] {
  const own = [...countries.values()].flatMap(({ name, capital, aliases: others }) => [
    name,
    ...others,
    ...(capital === undefined ? [] : [capital]),
  ]);
  return [...own, ...entities.map(({ name }) => name)].flatMap((name) => [
    name,
    ...(aliases.get(name) ?? []),
  ]);
}

/**
 * Names of a part that a reader could take for a name of an earlier part: no paragraph and no question of it names
 * them. They stay in the part's world, because leaving one out would shift every later draw.
 */
export function withheldFrom(world: World, part: Part): ReadonlySet<string> {
  const earlier = parts.slice(0, parts.indexOf(part)).flatMap((other) => namesIn(worldOf(world, other)));
  const taken = new Set(earlier.map(readingOf));
  return new Set(namesIn(worldOf(world, part)).filter((name) => taken.has(readingOf(name))));
}

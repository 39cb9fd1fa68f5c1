/**
 * What `shop.flow` has done. The state is a plain JSON value and is never changed in place: a function takes it and gives
 * the one after. So a search may go on from any state it has seen.
 */

interface Item {
  readonly name: string;
  readonly price: number;
}

/** One customer in the shop. */
export interface Visit {
  readonly money: number;
  readonly bought: readonly string[];
  /** Stamps on the customer's card, which come as they like. */
  readonly stamps: number;
}

const items: readonly Item[] = [
  { name: "tea", price: 3 },
  { name: "juice", price: 4 },
  { name: "cup", price: 4 },
  { name: "kettle", price: 5 },
];

/** The state in which a task begins, whatever its input. */
export function start(): Visit {
  return { money: 8, bought: [], stamps: 0 };
}

export function look(visit: Visit) {
  return { state: visit, result: items.filter(({ price }) => price <= visit.money) };
}

export function buy(visit: Visit, { name }: { readonly name: string }, random: () => number) {
  const item = items.find((each) => each.name === name);
  if (item === undefined || item.price > visit.money) return { state: visit, result: false };
  const stamps = visit.stamps + (random() < 0.5 ? 1 : 0);
  const state = { money: visit.money - item.price, bought: [...visit.bought, name], stamps };
  return { state, result: true };
}

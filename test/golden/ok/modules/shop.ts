/** Effects that flows in tests have done. */

export interface Shop {
  readonly stock: readonly Item[];
  readonly basket: readonly string[];
  readonly paid: number;
}

interface Item {
  readonly name: string;
  readonly price: number;
}

const stock: readonly Item[] = [
  { name: "lamp", price: 20 },
  { name: "desk lamp", price: 35 },
  { name: "desk", price: 120 },
];

export function start(_input: unknown): Shop {
  return { stock, basket: [], paid: 0 };
}

export function search(state: Shop, { query }: { query: string }) {
  return { state, result: state.stock.filter(({ name }) => name.includes(query)) };
}

export function add(state: Shop, { name }: { name: string }) {
  if (state.basket.includes(name)) return { state, result: false };
  return { state: { ...state, basket: [...state.basket, name] }, result: true };
}

/** Takes its time. */
export async function pay(state: Shop, { most }: { most: number }, random: () => number) {
  const price = state.basket.reduce(
    (sum, name) => sum + (state.stock.find((item) => item.name === name)?.price ?? 0),
    0,
  );
  if (price > most || random() < 0.1) return { state, result: "refused" as const };
  return { state: { ...state, basket: [], paid: state.paid + price }, result: "paid" as const };
}

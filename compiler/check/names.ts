import type { AgentSymbol, EffectSymbol, ExternSymbol, FlowSymbol, TypeSymbol } from "./symbols.js";

/** What a declaration makes known. */
export type DeclaredSymbol = TypeSymbol | AgentSymbol | FlowSymbol | ExternSymbol | EffectSymbol;

/** Declared things by their names. Types have names of their own, everything that is called shares one set of them. */
export interface Names {
  readonly types: Map<string, TypeSymbol>;
  readonly agents: Map<string, AgentSymbol>;
  readonly flows: Map<string, FlowSymbol>;
  readonly externs: Map<string, ExternSymbol>;
  readonly effects: Map<string, EffectSymbol>;
}

export function newNames(): Names {
  return { types: new Map(), agents: new Map(), flows: new Map(), externs: new Map(), effects: new Map() };
}

export function addName(names: Names, symbol: DeclaredSymbol): void {
  const { types, agents, flows, externs, effects } = names;
  const table = { type: types, agent: agents, flow: flows, extern: externs, effect: effects }[symbol.kind];
  (table as Map<string, DeclaredSymbol>).set(symbol.name, symbol);
}

/** All that has a name: at most one type, and one thing that is called. */
export function symbolsNamed(names: Names, name: string): readonly DeclaredSymbol[] {
  return tablesOf(names).flatMap((table) => table.get(name) ?? []);
}

export function allNames(names: Names): readonly string[] {
  return tablesOf(names).flatMap((table) => [...table.keys()]);
}

/** Everything that is called. */
export function calledSymbols({
  agents,
  flows,
  externs,
  effects,
}: Names): readonly Exclude<DeclaredSymbol, TypeSymbol>[] {
  return [...agents.values(), ...flows.values(), ...externs.values(), ...effects.values()];
}

function tablesOf({
  types,
  agents,
  flows,
  externs,
  effects,
}: Names): readonly ReadonlyMap<string, DeclaredSymbol>[] {
  return [types, agents, flows, externs, effects];
}

import type { AgentSymbol, ExternSymbol, FlowSymbol, TypeSymbol } from "./symbols.js";

/** What a declaration makes known. */
export type DeclaredSymbol = TypeSymbol | AgentSymbol | FlowSymbol | ExternSymbol;

/** Declared things by their names. Types have names of their own, everything that is called shares one set of them. */
export interface Names {
  readonly types: Map<string, TypeSymbol>;
  readonly agents: Map<string, AgentSymbol>;
  readonly flows: Map<string, FlowSymbol>;
  readonly externs: Map<string, ExternSymbol>;
}

export function newNames(): Names {
  return { types: new Map(), agents: new Map(), flows: new Map(), externs: new Map() };
}

export function addName(names: Names, symbol: DeclaredSymbol): void {
  const table = { type: names.types, agent: names.agents, flow: names.flows, extern: names.externs }[
    symbol.kind
  ];
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
}: Names): readonly Exclude<DeclaredSymbol, TypeSymbol>[] {
  return [...agents.values(), ...flows.values(), ...externs.values()];
}

function tablesOf({ types, agents, flows, externs }: Names): readonly ReadonlyMap<string, DeclaredSymbol>[] {
  return [types, agents, flows, externs];
}

import type { StatementStructures } from "ts-morph";
import type { TypeSymbol } from "../check/symbols.js";
import type { Local } from "../lower/ir.js";
import type { Type } from "../types/type.js";
import type { Part, Plan, PlannedState } from "./plan.js";
import { aliasOf, interfaceOf, unionOf } from "./structures.js";
import { quote } from "./text.js";
import { printType, type TypeNames } from "./types.js";

/** The flow's own types, its input and its output. */
export function typeStatements({ declared, flow, typeNames }: Plan): StatementStructures[] {
  const types = [...declared].map(([symbol, name]) => typeStatement(name, symbol, typeNames));
  const input = interfaceOf(
    "Input",
    flow.parameters.map(({ name, type }) => [name, printType(type, typeNames)]),
    `What \`${flow.name}\` is given.`,
  );
  return [
    ...types,
    input,
    aliasOf("Output", printType(flow.output, typeNames), `What \`${flow.name}\` returns.`),
  ];
}

/** A record becomes an interface, everything else an alias. */
function typeStatement(
  name: string,
  { type, declaration }: TypeSymbol,
  names: TypeNames,
): StatementStructures {
  const { doc } = declaration;
  const isAlias = names.get(type) !== name;
  if (type.kind === "record" && !isAlias) {
    const fields = [...type.fields].map(([field, each]) => [field, printType(each, names)] as const);
    return interfaceOf(name, fields, doc);
  }
  return aliasOf(name, printType(isAlias ? type : unnamed(type), names), doc);
}

/** Another type of the same structure, which no name is known for. */
function unnamed(type: Type): Type {
  return { ...type };
}

/** The discriminated union of a part's states. */
export function stateStatements(part: Part): (StatementStructures | string)[] {
  const { states, functions, liveness, nameOf, typeNames, words, output, isMain } = part;
  const fieldsOf = (locals: readonly Local[]) =>
    locals.map((local) => [nameOf(local), printType(local.type, typeNames)] as const);
  const waiting = states.map((state) =>
    interfaceOf(
      state.type,
      [["at", quote(state.at)], ...fieldsOf(state.fields), ...ownFields(state)],
      docOf(state),
    ),
  );
  const done = interfaceOf(
    words.done,
    [
      ["at", '"done"'],
      ["result", output],
    ],
    isMain ? "The flow has ended." : "The pass has ended.",
  );
  const names = [...states.map((state) => state.type), words.done];
  const doc = isMain
    ? "Where the flow stands: what it waits for and what it still needs."
    : "Where one pass of a `parallel` stands.";
  const state = unionOf(words.state, names, { doc, exported: true });
  if (functions.jumpTargets.size === 0) return [...waiting, done, state];
  const jumps = [...functions.jumpTargets].map((block) => {
    const name = functions.nameOf(block)!;
    const fields = fieldsOf(liveness.atEntry(block)).map(([field, type]) => `readonly ${field}: ${type}`);
    return `{ readonly at: ${quote(name)}; ${fields.join("; ")} }`;
  });
  const step = unionOf(words.step, [words.state, ...jumps], {
    doc: "A state, or the next pass of a loop that has asked nothing.",
    exported: false,
  });
  // Between texts ts-morph leaves no blank line, as it does behind an interface.
  return [...waiting, done, state, `\n${step}`];
}

function docOf(state: PlannedState): string {
  switch (state.kind) {
    case "asking":
      return `Waits for \`${state.ask.agent.name}\`.`;
    case "performing":
      return `Waits for the effect \`${state.perform.effect.name}\`.`;
    case "parallel":
      return "Waits for the passes of a `parallel`.";
  }
}

/** What a state has beside what the flow still needs. */
function ownFields(state: PlannedState): readonly (readonly [string, string])[] {
  if (state.kind === "parallel") return [["lanes", `readonly ${state.lane.words.state}[]`]];
  return state.kind === "asking" && state.ask.kind === "pick" ? [["scores", "Scores"]] : [];
}

import type { StatementStructures } from "ts-morph";
import type { Local } from "../lower/ir.js";
import type { Type } from "../types/type.js";
import type { Part, Plan, PlannedState } from "./plan.js";
import { aliasOf, interfaceOf } from "./structures.js";
import { quote } from "./text.js";
import { printType } from "./types.js";

/** The flow's own types, its input and its output. */
export function typeStatements({ program, flow, typeNames }: Plan): StatementStructures[] {
  const declared = [...program.types.values()].map(({ name, type, declaration }) =>
    typeStatement(typeNames.get(name)!, type, declaration.doc, (each) => printType(each, typeNames), name),
  );
  const input = interfaceOf(
    "Input",
    flow.parameters.map(({ name, type }) => [name, printType(type, typeNames)]),
    `What \`${flow.name}\` is given.`,
  );
  return [
    ...declared,
    input,
    aliasOf("Output", printType(flow.output, typeNames), `What \`${flow.name}\` returns.`),
  ];
}

/** A record becomes an interface, everything else an alias. */
function typeStatement(
  name: string,
  type: Type,
  doc: string,
  print: (type: Type) => string,
  sourceName: string,
): StatementStructures {
  if (type.kind === "record" && type.name === sourceName) {
    return interfaceOf(
      name,
      [...type.fields].map(([field, each]) => [field, print(each)]),
      doc,
    );
  }
  const own = type.kind === "labels" && type.name === sourceName ? { ...type, name: undefined } : type;
  return aliasOf(name, print(own), doc);
}

/** The discriminated union of a part's states. */
export function stateStatements(part: Part): StatementStructures[] {
  const { states, functions, liveness, nameOf, typeNames, words, output, isMain } = part;
  const fieldsOf = (locals: readonly Local[]) =>
    locals.map((local) => [nameOf(local), printType(local.type, typeNames)] as const);
  const waiting = states.map((state) =>
    interfaceOf(
      state.type,
      [["at", quote(state.at)], ...fieldsOf(state.fields), ...ownFields(state)],
      state.kind === "parallel"
        ? "Waits for the passes of a `parallel`."
        : `Waits for \`${state.ask.agent.name}\`.`,
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
  const state = aliasOf(
    words.state,
    names.join(" | "),
    isMain
      ? "Where the flow stands: what it waits for and what it still needs."
      : "Where one pass of a `parallel` stands.",
  );
  if (functions.jumpTargets.size === 0) return [...waiting, done, state];
  const jumps = [...functions.jumpTargets].map((block) => {
    const name = functions.nameOf(block)!;
    const fields = fieldsOf(liveness.atEntry(block)).map(([field, type]) => `readonly ${field}: ${type}`);
    return `{ readonly at: ${quote(name)}; ${fields.join("; ")} }`;
  });
  const step = aliasOf(
    words.step,
    [words.state, ...jumps].join(" | "),
    "A state, or the next pass of a loop that has asked nothing.",
  );
  return [...waiting, done, state, { ...step, isExported: false }];
}

/** What a state has beside what the flow still needs. */
function ownFields(state: PlannedState): readonly (readonly [string, string])[] {
  if (state.kind === "parallel") return [["lanes", `readonly ${state.lane.words.state}[]`]];
  return state.ask.kind === "pick" ? [["scores", "Scores"]] : [];
}

import type { FunctionDeclarationStructure } from "ts-morph";
import type { AgentSymbol } from "../check/symbols.js";
import type { Local } from "../lower/ir.js";
import { type LoweredExample, lowerPrompts } from "../lower/prompts.js";
import { Names } from "./names.js";
import {
  type AskingState,
  type Part,
  type PerformingState,
  type Plan,
  type PlannedState,
  stateValues,
} from "./plan.js";
import { printPrompt } from "./prompts.js";
import { fn, switchOnState } from "./structures.js";
import { mark, quote } from "./text.js";
import { printType } from "./types.js";
import { ValuePrinter } from "./values.js";
import { machineFunctions } from "./words.js";

/**
 * `askQuery(id, point, site, ask, question, known)`: the request to an agent, with its prompts; and where it has examples,
 * the function that renders its user prompt for these too.
 */
export function askFunctions(plan: Plan, agent: AgentSymbol): FunctionDeclarationStructure[] {
  const { program, imports, typeNames, askNames, userNames } = plan;
  const prompts = lowerPrompts(program, agent);
  const names = new Names([
    "id",
    "point",
    "site",
    "ask",
    ...machineFunctions,
    ...imports.taken,
    ...userNames.values(),
    "at",
  ]);
  const given = new Map<Local, string>();
  const write = (local: Local) => {
    const name = given.get(local) ?? names.take(local.hint);
    given.set(local, name);
    return name;
  };
  const inputs = prompts.inputs.map((input) => [write(input), printType(input.type, typeNames)] as const);
  const values = new ValuePrinter(write, imports);
  const hasExamples = prompts.examples.length > 0;
  const user = `${mark(sectionSpan(agent, "user"))}${printPrompt(prompts.user, values, write)}`;
  const render = (args: readonly string[]) => `${userNames.get(agent)}(${args.join(", ")})`;
  const lines = [
    "return {",
    "  id,",
    "  point,",
    "  site,",
    `  agent: ${quote(agent.name)},`,
    `  system: ${mark(sectionSpan(agent, "system"))}${printPrompt(prompts.system, values, write)},`,
    `  user: ${hasExamples ? render(inputs.map(([name]) => name)) : user},`,
    ...(hasExamples ? exampleLines(prompts.examples, values, render) : []),
    "  ask,",
    "};",
  ];
  const fixed = [
    ["id", "string"],
    ["point", "string"],
    ["site", "string"],
    ["ask", 'Request["ask"]'],
  ] as const;
  const ask = fn(askNames.get(agent)!, [...fixed, ...inputs], "Request", lines.join("\n"), {
    doc: agent.declaration.doc,
  });
  return hasExamples ? [fn(userNames.get(agent)!, inputs, "string", `return ${user};`), ask] : [ask];
}

/** Earlier turns of the conversation, rendered like the one that asks. */
function exampleLines(
  examples: readonly LoweredExample[],
  values: ValuePrinter,
  render: (args: readonly string[]) => string,
): string[] {
  const turns = examples.map(({ args, answer }) => {
    const user = render(args.map((arg) => values.print(arg)));
    return `    { user: ${user}, answer: ${quote(answer)} },`;
  });
  return ["  examples: [", ...turns, "  ],"];
}

function sectionSpan({ declaration }: AgentSymbol, name: string): AgentSymbol["declaration"]["span"] {
  return declaration.sections.find((each) => each.name.name === name)?.template.span ?? declaration.span;
}

/** `point`: where an asking state stands. */
export function pointFunction({ states, words }: Part): FunctionDeclarationStructure[] {
  const asking = states.filter((state) => state.kind !== "parallel");
  if (asking.length === 0) return [];
  const cases = asking.flatMap(({ at, point }) => [`case ${quote(at)}:`, `  return ${point};`]);
  const others = states.filter((state) => state.kind === "parallel").map(({ type }) => type);
  const type = `Exclude<${words.state}, ${[words.done, ...others].join(" | ")}>`;
  const doc = "The id of the choice point at which a state waits.";
  return [fn(words.point, [["state", type]], "string", switchOnState(cases), { doc })];
}

/** `pending`: the requests of every state. */
export function pendingFunction(part: Part): FunctionDeclarationStructure {
  const { states, words } = part;
  const cases = states.flatMap((state) => pendingCase(part, state));
  const lines = switchOnState([...cases, 'case "done":', "  return [];"]);
  const doc = "The open requests; none when the flow has ended.";
  const options = part.isMain ? { doc, exported: true } : {};
  const type = part.resultNames.size === 0 ? "readonly Request[]" : "readonly Pending[]";
  return fn(words.pending, [["state", words.state]], type, lines, options);
}

function pendingCase(part: Part, state: PlannedState): string[] {
  switch (state.kind) {
    case "asking":
      return askingCase(part, state);
    case "performing":
      return performingCase(part, state);
    case "parallel":
      return [`case ${quote(state.at)}:`, `  return ${pendingLanes(part, state.lane)};`];
  }
}

/** The requests of all passes; where these change the simulator's state, one pass after the other does. */
function pendingLanes({ imports }: Part, { words, performs }: Part): string {
  if (!performs) return `state.lanes.flatMap(${words.pending})`;
  imports.machine.add("pendingInOrder");
  return `pendingInOrder(state.lanes, ${words.pending})`;
}

function performingCase(part: Part, state: PerformingState): string[] {
  const { at, args, site, effect, span } = state.perform;
  const values = stateValues(part, state);
  const inputs = values.record(effect.parameters.map(({ name }, i) => [name, values.print(args[i]!)]));
  part.imports.machine.add("effectRequest");
  const id = `${part.words.point}(state)`;
  const call = `effectRequest(${[id, quote(site), quote(effect.name), quote(effect.class), inputs].join(", ")})`;
  return [`case ${quote(at)}:`, `  return [${mark(span)}${call}];`];
}

function askingCase(part: Part, state: AskingState): string[] {
  const { ask } = state;
  const values = stateValues(part, state);
  const name = part.askNames.get(ask.agent)!;
  const args = ask.args.map((arg) => values.print(arg));
  const head = [`case ${quote(ask.at)}: {`, `  const id = ${part.words.point}(state);`];
  if (ask.kind === "ask") {
    const form = formOf(part, ask.agent);
    const call = `${name}(${["id", "id", quote(ask.site), form, ...args].join(", ")})`;
    return [...head, `  return [${mark(ask.span)}${call}];`, "}"];
  }
  const form = `{ kind: "score", labels: ${labelList(ask.agent)}, label: ${quote(ask.label)}, candidate }`;
  const call = `${name}(${['id + "?" + candidate', "id", quote(ask.site), form, ...args].join(", ")})`;
  const list = `state.${part.nameOf(ask.list)}`;
  part.imports.machine.add("unscored");
  return [
    ...head,
    `  return unscored(state.${part.nameOf(ask.candidates)}, state.scores).map((candidate) => {`,
    `    const ${part.nameOf(ask.element)} = ${list}[candidate]!;`,
    `    return ${mark(ask.span)}${call};`,
    "  });",
    "}",
  ];
}

/** What is asked for, as a literal. */
function formOf({ schemaNames }: Part, agent: AgentSymbol): string {
  const { output } = agent;
  switch (output.kind) {
    case "text":
      return `{ kind: "generate", maxTokens: ${output.maxTokens} }`;
    case "record":
      return `{ kind: "record", schema: ${schemaNames.get(agent)}, maxTokens: ${output.maxTokens} }`;
    default:
      return `{ kind: "choose", labels: ${labelList(agent)} }`;
  }
}

/** An agent's labels as a list literal. */
export function labelList({ output }: AgentSymbol): string {
  if (output.kind !== "labels") throw new Error("an agent without labels is to choose");
  return `[${output.labels.map(quote).join(", ")}]`;
}

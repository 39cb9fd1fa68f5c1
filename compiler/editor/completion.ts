import {
  type Declaration,
  type Expected,
  expectedAt,
  type NamePlace,
  type Span,
} from "../../grammar/index.js";
import { wantedLabels } from "../check/arms.js";
import type { Variable } from "../check/symbols.js";
import { builtinTypes } from "../check/type-nodes.js";
import { type BuiltIn, showSignature } from "../functions/signature.js";
import { builtIns, fileOfTest } from "../functions/table.js";
import { presentOf, show, type Type } from "../types/type.js";
import { head, spelledOut } from "./describe.js";
import type { FlowDocument } from "./document.js";
import { HERE, type Probe, probe } from "./probe.js";
import { labelAgents, partsHere } from "./surroundings.js";
import { idsAt, unmocked } from "./test-surroundings.js";

/** Something that may be written at the cursor. */
export interface CompletionItem {
  readonly name: string;
  readonly kind:
    | "keyword"
    | "variable"
    | "agent"
    | "flow"
    | "function"
    | "effect"
    | "type"
    | "field"
    | "label"
    | "prompt"
    | "setting";
  /** Its type or signature; empty if there is none. */
  readonly detail: string;
  /** Markdown; empty if there is nothing to say. */
  readonly prose: string;
}

export interface Completions {
  /** The word that an item replaces; may be empty. */
  readonly span: Span;
  readonly items: readonly CompletionItem[];
}

/**
 * What may be written at an offset: keywords where the grammar allows them, and the names that make sense there, those
 * that fit best first. Whether they begin as what is written already is left to the editor.
 */
export function completionsAt(document: FlowDocument, offset: number): Completions {
  const { text } = document;
  const ids = idsAt(document, offset);
  if (ids !== undefined) return { span: ids.span, items: ids.names.map((name) => item(name, "agent")) };
  const span = wordAt(text, offset);
  const none = { span, items: [] };
  if (/^\d/.test(text.slice(span.start, span.end))) return none;
  const expected = expectedAt(text, span.start);
  const probed = expected.names.length > 0 ? probe(document, span, expected.names) : undefined;
  const named = probed === undefined ? [] : expected.names.flatMap((place) => namesFor(place, probed));
  const items = [...named, ...keywordsOf(expected, probed)];
  const seen = new Set<string>();
  return { span, items: items.filter(({ name }) => name !== HERE && !seen.has(name) && seen.add(name)) };
}

/** The word around an offset. */
function wordAt(text: string, offset: number): Span {
  let start = offset;
  while (start > 0 && /\w/.test(text[start - 1]!)) start--;
  let end = offset;
  while (end < text.length && /\w/.test(text[end]!)) end++;
  return { start, end };
}

const asking: ReadonlySet<string> = new Set(["pick", "parallel"]);
const bools: ReadonlySet<string> = new Set(["true", "false"]);

/** Without what the grammar would have and the checker would not: to ask in a prompt, bools for labels. */
function keywordsOf({ keywords, names }: Expected, probed: Probe | undefined): CompletionItem[] {
  const isArm = names.some(({ rule }) => rule === "armLabel");
  const subject = probed && isArm ? partsHere(probed).subject : undefined;
  const hasBools = subject === undefined || subject.kind === "bool" || subject.kind === "unknown";
  return keywords
    .filter((each) => (probed?.silent === undefined || !asking.has(each)) && (hasBools || !bools.has(each)))
    .map((name) => ({ name, kind: "keyword", detail: "", prose: "" }));
}

/** By the rule of the grammar that takes the name. Rules that declare a new one are not among them. */
function namesFor({ rule, ordinal }: NamePlace, probed: Probe): readonly CompletionItem[] {
  const { known } = probed;
  switch (rule) {
    case "primary":
      return [...labels(probed.expected("name")), ...variables(probed), ...callables(probed)];
    case "step":
      return fields(partsHere(probed).object, []);
    case "entry": {
      const { object, written } = partsHere(probed);
      return fields(object ?? probed.expected("record"), written);
    }
    case "comparison":
    case "armLabel": {
      const { subject, written } = partsHere(probed);
      return ordinal > 0 && rule === "armLabel" ? [] : arms(subject, rule === "armLabel" ? written : []);
    }
    case "assignment":
      return variables(probed, "var");
    case "type":
      return types(probed);
    case "importDeclaration":
      return importable(probed);
    case "section":
      return ["system", "user"].map((name) => item(name, "prompt"));
    case "setting":
      return [item("max_tokens", "setting", "int", "The most tokens that the answer may have.")];
    case "pick":
      if (ordinal === 1) return labelAgents(known).map((agent) => item(agent.name, "agent", head(agent)));
      return ordinal === 2 ? labels(partsHere(probed).subject) : [];
    case "testDeclaration":
      return [...known.flows.values()].map((flow) =>
        item(flow.name, "flow", head(flow), flow.declaration.doc),
      );
    case "mockTarget":
      return unmocked(probed).map((each) => item(each.name, each.kind, head(each)));
    default:
      return [];
  }
}

function item(name: string, kind: CompletionItem["kind"], detail = "", prose = ""): CompletionItem {
  return { name, kind, detail, prose };
}

function variables(probed: Probe, role?: Variable["role"]): CompletionItem[] {
  return probed.variables
    .filter((each) => role === undefined || each.role === role)
    .map(({ name, type }) => item(name, "variable", show(type)));
}

/** Agents, effects and flows where somebody may be asked, functions everywhere. */
function callables({ known: { agents, flows, effects, externs }, silent }: Probe): CompletionItem[] {
  // Values are written out there.
  if (silent === "an example") return [];
  if (silent === "a test") return [functionItem(fileOfTest)];
  const declared = new Set([agents, flows, effects, externs].flatMap((table) => [...table.keys()]));
  const asked = silent === undefined ? [...agents.values(), ...effects.values(), ...flows.values()] : [];
  const functions = [...builtIns.values()].filter(({ name }) => !declared.has(name));
  return [
    ...asked.map((each) => item(each.name, each.kind, head(each), each.declaration.doc)),
    ...[...externs.values()].map((each) => item(each.name, "function", head(each), each.declaration.doc)),
    ...functions.map(functionItem),
  ];
}

function functionItem({ name, signatures, doc }: BuiltIn): CompletionItem {
  return item(name, "function", signatures.map((each) => showSignature(name, each)).join("\n"), doc);
}

function types({ known }: Probe): CompletionItem[] {
  return [
    ...[...known.types.values()].map(({ name, type, declaration }) =>
      item(name, "type", spelledOut(type), declaration.doc),
    ),
    ...[...builtinTypes.keys()].map((name) => item(name, "type")),
  ];
}

/** What the file declares that the import around the cursor leads to, without what it names already. */
function importable({ file }: Probe): CompletionItem[] {
  const here = [...file.imports].find(([{ names }]) => names.some(({ name }) => name === HERE));
  if (here === undefined || here[1] === undefined) return [];
  const [{ names }, { parsed }] = here;
  const written = new Set(names.map(({ name }) => name));
  return parsed.file.declarations
    .filter((each) => each.kind !== "test")
    .filter(({ name }) => name.name !== "" && !written.has(name.name))
    .map(({ kind, name, doc }) => item(name.name, importedKind(kind), "", doc));
}

function importedKind(kind: Exclude<Declaration["kind"], "test">): CompletionItem["kind"] {
  switch (kind) {
    case "extern-function":
      return "function";
    case "extern-effect":
      return "effect";
    default:
      return kind;
  }
}

function fields(type: Type | undefined, written: readonly string[]): CompletionItem[] {
  const record = type && presentOf(type);
  if (record?.kind !== "record") return [];
  return [...record.fields]
    .filter(([name]) => !written.includes(name))
    .map(([name, each]) => item(name, "field", show(each)));
}

function labels(type: Type | undefined): CompletionItem[] {
  const none = type?.kind === "optional" ? [item("none", "label", show(type))] : [];
  const present = type && presentOf(type);
  if (present?.kind !== "labels") return none;
  return [...present.labels.map((name) => item(name, "label", show(present))), ...none];
}

/** What may stand after `is`, or in front of an arm that is not there yet. */
function arms(type: Type | undefined, written: readonly string[]): CompletionItem[] {
  if (type === undefined) return [];
  return (wantedLabels(type) ?? [])
    .filter((name) => !written.includes(name))
    .map((name) => item(name, "label", show(type)));
}

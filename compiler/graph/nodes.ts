import { basename } from "node:path";
import type { Sources, Span } from "../../grammar/index.js";
import type { FlowSymbol } from "../check/symbols.js";
import type { Ask, Perform, Value } from "../lower/ir.js";
import { show } from "../types/type.js";
import { excerpt, shortened } from "./excerpt.js";
import type { EffectNode, GraphNode, GraphPlace, SiteNode } from "./graph.js";
import type { Vertex } from "./vertex.js";

/** Characters of what a flow returns, on one line. */
const LONGEST = 48;

/** Characters of what an agent or an effect gives, which may take several lines. */
const LONGEST_GIVEN = 180;

interface Given {
  readonly id: string;
  readonly group: string | undefined;
  readonly flow: FlowSymbol;
  readonly sources: Sources;
}

/** What a picture says of a vertex. */
export function nodeOf({ is }: Vertex, { id, group, flow, sources }: Given): GraphNode {
  switch (is.kind) {
    case "start":
      return { kind: "start", id, group, inputs: flow.parameters.map(({ name }) => name) };
    case "site":
      return is.ask.kind === "effect"
        ? effectNode(is.ask, is.span, { id, group, flow, sources })
        : siteNode(is.ask, is.span, { id, group, flow, sources });
    case "decision":
      return { kind: "decision", id, group, condition: is.subject.title };
    case "fork":
    case "join":
      return { kind: is.kind, id, group };
    case "end": {
      const written = excerpt(sources, is.span).replace(/^return /, "");
      const returns = shortened([...written].length <= LONGEST ? written : sketch(is.value), LONGEST);
      return { kind: "end", id, group: undefined, returns, place: placeOf(is.span, sources) };
    }
  }
}

function siteNode(ask: Ask, span: Span, { id, group, sources }: Given): SiteNode {
  const { agent, site } = ask;
  const ordinal = ordinalOf(site);
  const { trained } = agent.declaration;
  const kind = ask.kind === "pick" ? "pick" : agent.output.kind === "labels" ? "choose" : "generate";
  const gives = shortened(givesOf(ask, sources), LONGEST_GIVEN);
  return { kind, id, group, site, agent: agent.name, ordinal, trained, gives, place: placeOf(span, sources) };
}

function effectNode({ effect, site }: Perform, span: Span, { id, group, sources }: Given): EffectNode {
  const gives = shortened(show(effect.output), LONGEST_GIVEN);
  const place = placeOf(span, sources);
  const { name, class: kind } = effect;
  return {
    kind: "effect",
    id,
    group,
    site,
    effect: name,
    ordinal: ordinalOf(site),
    class: kind,
    gives,
    place,
  };
}

function ordinalOf(site: string): number {
  return Number(site.slice(site.lastIndexOf("#") + 1));
}

function givesOf(ask: Ask, sources: Sources): string {
  const { output } = ask.agent;
  if (ask.kind === "pick") return `best ${ask.element.hint} from ${ask.list.hint}`;
  switch (output.kind) {
    case "labels":
      return output.labels.join(" | ");
    case "text":
      return `text, up to ${output.maxTokens} tokens`;
    case "record":
      return `${show(output.type)}, up to ${output.maxTokens} tokens`;
    case "unknown":
      return excerpt(sources, ask.agent.declaration.output.span);
  }
}

/** What is returned, where the source has more to say of it than there is room for. */
function sketch(value: Value): string {
  switch (value.kind) {
    case "constant":
      return value.value === null ? "none" : JSON.stringify(value.value);
    case "local":
      return value.local.hint;
    case "list":
      return value.items.length === 0 ? "[]" : "[…]";
    case "record":
      return `{ ${value.fields.map((field) => entry(field.name, field.value)).join(", ")} }`;
    default:
      return "…";
  }
}

/** Constants are shown; of what is computed the name says enough. */
function entry(name: string, value: Value): string {
  return value.kind === "constant" ? `${name}: ${sketch(value)}` : name;
}

function placeOf(span: Span, sources: Sources): GraphPlace {
  const { line, column } = sources.positionAt(span.start);
  const source = sources.at(span.start);
  return { file: source.path || basename(source.file), line, column };
}

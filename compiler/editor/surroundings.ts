import type {
  AgentDeclaration,
  Branch,
  Expression,
  IsExpression,
  Pick,
  RecordEntry,
} from "../../grammar/index.js";
import { type AgentSymbol, answerType, type Known } from "../check/symbols.js";
import type { Type } from "../types/type.js";
import { HERE, type Probe } from "./probe.js";
import { walk } from "./walk.js";

/** What stands around the made-up name of a probe. */
export interface Surroundings {
  /** The type whose fields may stand here: of what a field is taken of, or an agent's inputs. */
  readonly object?: Type | undefined;
  /** The type that the label at the cursor belongs to. */
  readonly subject?: Type | undefined;
  /** The fields or labels that stand beside it already. */
  readonly written: readonly string[];
}

/** Finds the node that holds the made-up name where an expression does not. */
export function partsHere({ tree, known, at }: Probe): Surroundings {
  const { types, calls } = known.facts;
  let found: Surroundings = { written: [] };
  walk(tree, (any) => {
    const node = any as unknown as Expression | Branch | AgentDeclaration;
    switch (node.kind) {
      case "field":
        if (node.name.name === HERE) found = { object: types.get(node.object), written: [] };
        break;
      case "record": {
        // A record type has fields as well.
        const names = (node.fields as readonly RecordEntry[]).map(({ name }) => name.name);
        if (names.includes(HERE)) found = { ...found, written: names };
        break;
      }
      case "agent": {
        const agent = known.agents.get(node.name.name);
        const isHere = node.examples.some(({ span }) => span.start <= at && at <= span.end);
        if (agent?.declaration === node && isHere) found = { object: inputsOf(agent), written: [] };
        break;
      }
      case "is":
        if ((node as IsExpression).label.name === HERE)
          found = { subject: types.get(node.subject), written: [] };
        break;
      case "branch": {
        const names = node.arms.flatMap((arm) => arm.labels.map(({ name }) => name));
        if (names.includes(HERE)) found = { subject: types.get(node.subject), written: names };
        break;
      }
      case "pick": {
        const { label, scorer } = node as Pick;
        const agent = calls.get(scorer);
        if (label.name === HERE && agent?.kind === "agent")
          found = { subject: answerType(agent.output), written: [] };
      }
    }
  });
  return found;
}

/** What an example says about the inputs is a record of them. */
function inputsOf({ parameters }: AgentSymbol): Type {
  return {
    kind: "record",
    fields: new Map(parameters.map(({ name, type }) => [name, type])),
    name: undefined,
  };
}

/** The agents that answer with labels. */
export function labelAgents({ agents }: Known): readonly AgentSymbol[] {
  return [...agents.values()].filter(({ output }) => output.kind === "labels");
}

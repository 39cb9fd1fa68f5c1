import { FlowFailure } from "./failure.js";
import type { Json } from "./json.js";
import { conform } from "./schema.js";

/**
 * What a function of another module gives, held against the type that the flow declares: such a function may promise
 * more than it keeps.
 * @param schema of the declared type
 * @param place of the call in the .flow file
 * @throws FlowFailure if the function throws, or its result does not fit
 */
export function external<T>(call: () => unknown, schema: Json, name: string, place: string): T {
  let given: unknown;
  try {
    given = call();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FlowFailure(`\`${name}\` threw ${JSON.stringify(why)}`, place, { cause: error });
  }
  const found = conform(schema, given as Json);
  if ("problem" in found) {
    throw new FlowFailure(`\`${name}\` did not give what it is declared to: ${found.problem}`, place);
  }
  return found.value as T;
}

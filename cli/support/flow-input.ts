import { Ajv } from "ajv";
import type { FlowModule, Json } from "../../runtime/machine/index.js";

/** Says what is wrong with inputs of a flow, a mistake an entry; nothing of those that it takes. */
export function inputChecker(flow: FlowModule): (input: Json) => readonly string[] {
  const validate = new Ajv({ strict: false, allErrors: true }).compile(flow.input as object);
  return (input) => {
    if (validate(input)) return [];
    return (validate.errors ?? []).map(({ instancePath, message, params }) => {
      const extra = (params as { additionalProperty?: string }).additionalProperty;
      return `input${instancePath.replaceAll("/", ".")} ${message}${extra === undefined ? "" : `: ${extra}`}`;
    });
  };
}

import type { Alternative, ChoiceStep, Output } from "../search/index.js";
import type { Scored } from "./trainable.js";

/** The step, had it decided otherwise. */
export function otherwise(step: ChoiceStep, { reply, output }: Alternative): ChoiceStep {
  return { ...step, reply, outputs: output === undefined ? step.outputs : [output] };
}

/**
 * What a step decided, in the form in which two of its outputs are compared.
 * @param perToken of a text, its mean log-probability per token instead of the sum
 */
export function scoredOf(step: ChoiceStep, perToken = false): Scored {
  const { reply, requests, outputs } = step;
  switch (reply.kind) {
    case "text":
    case "record":
      return {
        kind: "text",
        request: requests[0]!,
        ids: tokenIds(outputs[0]!, step),
        ...(perToken ? { perToken } : {}),
      };
    case "label":
      return { kind: "label", request: requests[0]!, label: reply.label };
    case "pick": {
      const isPicked = (request: ChoiceStep["requests"][number]) =>
        request.ask.kind === "score" && request.ask.candidate === reply.candidate;
      const request = requests.find(isPicked);
      if (request === undefined) throw new Error(`${step.point} picked a candidate that was not asked about`);
      return { kind: "candidate", request };
    }
    case "score":
    case "effect":
      throw new Error(`${step.point} was decided by ${reply.kind === "score" ? "a score" : "an effect"}`);
  }
}

/**
 * What a step decided, with its log-probability under the policy that decides there: one of a site's labels, or one of a
 * pick's candidates, comes out with the probability that it has among all of them.
 */
export function probabilityOf(step: ChoiceStep): Scored {
  const { kind, reply, requests } = step;
  const [first] = requests;
  if (kind === "choose" && reply.kind === "label" && first?.ask.kind === "choose") {
    const { labels } = first.ask;
    const options = labels.map((label): Scored => ({ kind: "label", request: first, label }));
    return { kind: "choice", options, index: labels.indexOf(reply.label) };
  }
  if (kind === "pick" && reply.kind === "pick") {
    const options = requests.map((request): Scored => ({ kind: "candidate", request }));
    const index = requests.findIndex(({ ask }) => ask.kind === "score" && ask.candidate === reply.candidate);
    return { kind: "choice", options, index };
  }
  return scoredOf(step);
}

function tokenIds(output: Output, step: ChoiceStep): readonly number[] {
  if (output.ids === undefined)
    throw new Error(`the policy gave no token ids for ${step.point}: it cannot be trained`);
  return output.ids;
}

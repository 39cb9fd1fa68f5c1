import { createHash } from "node:crypto";
import { loadFlowText } from "../../../cli/load-flow.js";
import { defaultSettings, type Settings } from "../../../runtime/learner/index.js";
import type { FlowModule, Json } from "../../../runtime/machine/index.js";
import type { Answer, Policy, Query } from "../../../runtime/search/index.js";
import { simulator, type World } from "../../fixtures/machines/flows.js";

export async function flowOf(text: string): Promise<FlowModule> {
  const { module, diagnostics } = await loadFlowText(text, "evaluator.flow");
  if (module === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return module;
}

const ANSWERS = ["a", "b", "c", "d", "e"];

/** What an answer to a question is worth: 0, 0.25, ... 1, each of them twice but for the best one. */
export function worth(question: string, answer: string): number {
  if (answer === "sorry") return 0.25;
  const place = (ANSWERS.indexOf(answer) + ANSWERS.indexOf(question)) % ANSWERS.length;
  return [1, 0, 0.5, 0.25, 0.5][place]!;
}

/** An agent guesses, another one says whether that is good enough, and a third one may guess again. */
export async function guessing(): Promise<World> {
  const flow = await flowOf(`
    type Reply = { answer: text, tries: int }
    agent guess(question: text) -> text(max_tokens: 4) {
      user """
        {{ question }}
      """
    }
    agent enough(question: text, answer: text) -> yes | no | hopeless {
      user """
        {{ question }} {{ answer }}
      """
    }
    agent again(question: text, answer: text) -> text(max_tokens: 4) {
      user """
        {{ question }} {{ answer }}
      """
    }
    flow ask(question: text) -> Reply {
      let first = guess(question)
      branch enough(question, first) {
        yes -> return { answer: first, tries: 1 }
        no -> return { answer: again(question, first), tries: 2 }
        hopeless -> return { answer: "sorry", tries: 1 }
      }
    }
  `);
  return {
    flow,
    simulator: simulator(
      ANSWERS.map((question) => ({ question })),
      (input, result) => worthOf(input, result),
    ),
    texts: new Map([
      ["guess", ANSWERS],
      ["again", ANSWERS],
    ]),
  };
}

export function worthOf(input: Json, result: Json): number {
  return worth((input as { question: string }).question, (result as { answer: string }).answer);
}

/** Two judges that read what the flows below show them. */
export const COMPARE = `
  judge better(question: text, a: text, b: text) -> first | second | same {
    user """{{ question }} {{ a }} {{ b }}"""
  }
  flow compare(question: text, first_result: { answer: text }, second_result: { answer: text }) -> first | second | same {
    return better(question, first_result.answer, second_result.answer)
  }
`;

export const FEEDBACK = `
  type Grade = bad | poor | fair | good
  judge critic(question: text, answer: text) -> text(max_tokens: 10) {
    user """{{ question }} {{ answer }}"""
  }
  judge grade(feedback: text) -> Grade {
    user """{{ feedback }}"""
  }
  flow feedback(question: text, result: { answer: text }) -> Grade {
    return grade(critic(question, result.answer))
  }
`;

/** What each grade stands for. */
export const GRADES = { bad: 0, poor: 0.25, fair: 0.5, good: 1 } as const;

/** Judges that know what answers are worth, and how often they were asked. */
export function judges(
  better: (question: string, a: string, b: string) => "first" | "second" | "same" = byWorth,
): Policy & { readonly asked: string[] } {
  const asked: string[] = [];
  const answer = ({ request: { agent, user, ask } }: Query): Answer => {
    asked.push(user);
    const words = user.split(" ") as [string, string, string];
    const tokens = { prefilled: words.length, reused: 0, decoded: 1 };
    if (agent === "critic") {
      const text = `worth ${worth(words[0], words[1])}`;
      return { reply: { kind: "text", text }, ids: [0], logProb: 0, tokens };
    }
    const label =
      agent === "better"
        ? better(...words)
        : Object.entries(GRADES).find(([, value]) => value === Number(words[1]))![0];
    if (ask.kind !== "choose" || !ask.labels.includes(label)) throw new Error(`${label} was not asked for`);
    return { reply: { kind: "label", label }, logProb: 0, tokens };
  };
  return { asked, answer: async (queries) => queries.map(answer), version: () => "base" };
}

export function byWorth(question: string, a: string, b: string): "first" | "second" | "same" {
  const difference = worth(question, b) - worth(question, a);
  return difference > 0 ? "second" : difference < 0 ? "first" : "same";
}

/** Errs every so often, whatever it is asked. */
export function noisy(oneIn: number): typeof byWorth {
  let asked = 0;
  return (question, a, b) => {
    asked += 1;
    const digest = createHash("sha256").update(String(asked)).digest();
    return digest[0]! % oneIn === 0 ? byWorth(question, b, a) : byWorth(question, a, b);
  };
}

export const settings: Settings = {
  ...defaultSettings(),
  episodes: 20,
  episodes_per_round: 5,
  alternatives: { generate: 4, choose: "all", pick: "all", draws: 12, share: 1 },
  temperature: 2,
  optimizer: {
    kind: "adamw",
    lr: 0.3,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weight_decay: 0,
    clip: "none",
  },
};

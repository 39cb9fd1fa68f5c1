import type { KeyedRandom } from "../data/random.js";
import {
  type AgentName,
  finalPrompt,
  type Passage,
  questionPrompt,
  relevancePrompt,
  SYSTEM,
} from "./agents.js";
import type { Row } from "./rows.js";

/** One call of an agent with its gold output, as text. */
export interface Example {
  readonly agent: AgentName;
  readonly system: string;
  readonly user: string;
  readonly completion: string;
}

/** Share of the prompts that carry a document which a mistaken agent might have picked. */
const WRONG_DOCUMENT = 0.1;

/**
 * The gold query of a step: its question with earlier answers filled in.
 * @throws RangeError if it names a step that does not come before it
 */
export function goldQuery(row: Row, step: number): string {
  return row.hops[step]!.question.replace(/#(\d+)/gu, (_, digits: string) => {
    const earlier = row.hops[Number(digits) - 1];
    if (earlier === undefined || Number(digits) > step)
      throw new RangeError(`${row.id}: step ${step + 1} names the answer of step ${digits}`);
    return earlier.answer;
  });
}

/** The gold draft: what the last step asks, and its answer. */
export function goldDraft(row: Row): string {
  return draftOf(goldQuery(row, row.hops.length - 1), row.answer);
}

function draftOf(query: string, answer: string): string {
  return `${query} is ${answer}`;
}

/** One example of an agent's task on a question. A function of its arguments and the random stream alone. */
export function makeExample(agent: AgentName, row: Row, random: KeyedRandom): Example {
  const system = SYSTEM[agent];
  switch (agent) {
    case "query": {
      const step = random.below(row.hops.length);
      const known = withWrongDocument(row, gold(row, step), random);
      return { agent, system, user: questionPrompt(row.question, known), completion: goldQuery(row, step) };
    }
    case "relevant":
      return { agent, system, ...relevance(row, random) };
    case "enough": {
      const all = row.hops.length;
      const found = random.unit() < 0.5 ? all : random.below(all);
      const known =
        found === 0 ? [wrongDocument(row, random)] : withWrongDocument(row, gold(row, found), random);
      const completion = found === all ? "yes" : "no";
      return { agent, system, user: questionPrompt(row.question, known), completion };
    }
    case "draft": {
      const known = withWrongDocument(row, gold(row, row.hops.length), random);
      return { agent, system, user: questionPrompt(row.question, known), completion: goldDraft(row) };
    }
    case "final": {
      const draft = goldDraft(row);
      return { agent, system, user: finalPrompt(row.question, draft), completion: row.answer };
    }
  }
}

/** The paragraphs of the first `count` steps, in the order of the steps. */
function gold(row: Row, count: number): Passage[] {
  return row.hops.slice(0, count).map((hop) => row.paragraphs[hop.support]!);
}

/** With a small chance another document somewhere among the known ones. */
function withWrongDocument(row: Row, known: readonly Passage[], random: KeyedRandom): Passage[] {
  if (random.unit() >= WRONG_DOCUMENT) return [...known];
  const at = random.below(known.length + 1);
  return [...known.slice(0, at), wrongDocument(row, random), ...known.slice(at)];
}

function wrongDocument(row: Row, random: KeyedRandom): Passage {
  const supporting = new Set(row.hops.map((hop) => hop.support));
  return random.pick(row.paragraphs.filter((_, index) => !supporting.has(index)));
}

/** A query and a paragraph: the right one, or any other of the question's. */
function relevance(row: Row, random: KeyedRandom): { readonly user: string; readonly completion: string } {
  const step = random.below(row.hops.length);
  const query = goldQuery(row, step);
  const right = row.hops[step]!.support;
  const isRight = random.unit() < 0.5;
  const others = row.paragraphs.filter((_, index) => index !== right);
  const candidate = isRight ? row.paragraphs[right]! : random.pick(others);
  return { user: relevancePrompt(query, candidate), completion: isRight ? "yes" : "no" };
}

/** Whether an agent answers with a label rather than text. */
export function isLabelled(agent: AgentName): boolean {
  return agent === "relevant" || agent === "enough";
}

/** The example with every text put through a renaming, but for labels. */
export function renameExample(example: Example, rename: (text: string) => string): Example {
  return {
    ...example,
    user: rename(example.user),
    completion: isLabelled(example.agent) ? example.completion : rename(example.completion),
  };
}

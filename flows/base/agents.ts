/**
 * The agents of `flows/musique-answerable.flow` as the base model learns them: one special token each, and prompts
 * that mirror the flow's templates. A test compiles the flow and compares, so that the two cannot drift apart.
 */
export const AGENTS = ["query", "relevant", "enough", "draft", "final"] as const;
export type AgentName = (typeof AGENTS)[number];

/** The system message that the flow gives each agent. */
export const SYSTEM: Readonly<Record<AgentName, string>> = {
  query: "Write the next retrieval query. Be as brief as possible.",
  relevant: "Does the document answer the query?",
  enough: "Are the documents enough to answer the question?",
  draft: "Say what the documents tell about the question.",
  final: "Give the final answer, as few words as possible.",
};

/** The special token that stands for each system message in the base model's chat template. */
export const AGENT_TOKEN: Readonly<Record<AgentName, string>> = {
  query: "<query>",
  relevant: "<rel>",
  enough: "<stop>",
  draft: "<inter>",
  final: "<final>",
};

/** A paragraph as the flow's `Paragraph` record, less its index. */
export interface Passage {
  readonly title: string;
  readonly body: string;
}

const line = ({ title, body }: Passage): string => `${title}: ${body}`;

/** User message of `query`, `enough` and `draft`. */
export function questionPrompt(question: string, known: readonly Passage[]): string {
  return [`Question: ${question}`, ...known.map(line)].join("\n");
}

/** User message of `relevant`. */
export function relevancePrompt(query: string, candidate: Passage): string {
  return `${line(candidate)}\nQuery: ${query}`;
}

/** User message of `final`. */
export function finalPrompt(question: string, draft: string): string {
  return `Question: ${question}\n${draft}`;
}

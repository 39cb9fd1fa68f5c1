import type { Json } from "../../runtime/machine/index.js";
import type { EpisodeLog } from "../../runtime/search/index.js";
import { goldAnswers, type MusiqueRow } from "../../runtime/simulator/index.js";

/**
 * Why a question is told: the trained flow does better there, it does worse, or it takes other paragraphs to an answer that is worth
 * the same.
 */
export type Kind = "better" | "worse" | "otherwise";

/** A question with what became of it before and after, a row each; those of MuSiQue-Full have two. */
export interface ToldQuestion {
  readonly id: string;
  readonly kind: Kind;
  readonly question: string;
  readonly rows: readonly ToldRow[];
}

export interface ToldRow {
  readonly answerable: boolean;
  /** What is right: the answer before its aliases, and the titles of its paragraphs. */
  readonly answers: readonly string[];
  readonly support: readonly string[];
  readonly before: ToldEpisode;
  readonly after: ToldEpisode;
}

/** What a flow over questions did with one, hop by hop. */
export interface ToldEpisode {
  readonly hops: readonly Hop[];
  /** What was said at last of all paragraphs, where a flow asks that. */
  readonly isSufficient?: boolean;
  readonly draft?: string;
  /** Empty where it declined. */
  readonly answer: string;
  readonly answerable: boolean;
  readonly metrics: Readonly<Record<string, number>>;
}

export interface Hop {
  readonly query: string;
  /** The paragraph that was chosen; absent if none was left. Several may have one title. */
  readonly title?: string;
  readonly body?: string;
  readonly isSupporting?: boolean;
  /** What was said of the paragraphs so far; absent if nobody was asked. */
  readonly isEnough?: boolean;
}

/** What a recorded episode of the flows over MuSiQue questions did; agents are known by their names. */
export function toldEpisode(
  { steps, result }: Pick<EpisodeLog, "steps" | "result">,
  row: MusiqueRow,
  metrics: ToldEpisode["metrics"],
): ToldEpisode {
  const hops: Hop[] = [];
  let isSufficient: boolean | undefined;
  let draft: string | undefined;
  const complete = (more: Partial<Hop>) => void hops.push({ ...hops.pop()!, ...more });
  for (const step of steps) {
    if (step.kind === "effect") continue;
    const { reply, requests } = step;
    const { agent } = requests[0]!;
    if (reply.kind === "pick") {
      const { title, body, isSupporting } = row.paragraphs[reply.candidate]!;
      complete({ title, body, isSupporting });
    } else if (reply.kind === "label" && agent === "enough") complete({ isEnough: reply.label === "yes" });
    else if (reply.kind === "label" && agent === "sufficient") isSufficient = reply.label === "yes";
    else if (reply.kind === "text" && agent === "query") hops.push({ query: reply.text });
    else if (reply.kind === "text" && agent === "draft") draft = reply.text;
  }
  const { answer, answerable = true } = result as { readonly answer: string; readonly answerable?: Json };
  return {
    hops,
    ...(isSufficient === undefined ? {} : { isSufficient }),
    ...(draft === undefined ? {} : { draft }),
    answer,
    answerable: answerable === true,
    metrics,
  };
}

/** What is right about a row of a question. */
export function rightOf(row: MusiqueRow): Pick<ToldRow, "answerable" | "answers" | "support"> {
  const support = row.paragraphs.filter(({ isSupporting }) => isSupporting).map(({ title }) => title);
  return { answerable: row.answerable, answers: goldAnswers(row), support };
}

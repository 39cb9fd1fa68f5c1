import { plain, shortened, visible } from "../../cli/report/html.js";
import type { Hop, Kind, ToldEpisode, ToldQuestion, ToldRow } from "./episodes.js";

const KINDS: Readonly<Record<Kind, string>> = {
  better: "Gained most",
  worse: "Lost most",
  otherwise: "Equal answers, other paragraphs",
};

/** Characters of what an agent said that are shown, and of a paragraph. */
const SHOWN = 120;

/** Questions with what a flow did before and after it was trained, in Markdown. */
export function inWords(told: readonly ToldQuestion[]): string {
  return told
    .map(({ id, kind, question, rows }) => {
      const head = `#### ${KINDS[kind]}: ${plainly(question)}`;
      const named = rows.length === 1 ? `\`${id}\`. ` : `\`${id}\`, of which there are two rows. `;
      return [head, ...rows.map((row, i) => rowInWords(row, i === 0 ? named : ""))].join("\n\n");
    })
    .join("\n\n");
}

function rowInWords({ answerable, answers, support, before, after }: ToldRow, begin: string): string {
  const right = answerable
    ? `Right is ${quoted(answers[0]!)}, by ${listed(support.map(quoted))}.`
    : `With this row's paragraphs it cannot be answered: right is to decline.`;
  return [
    `${begin}${right}`,
    `- *Before:* ${episodeInWords(before, answerable)}`,
    `- *After:* ${episodeInWords(after, answerable)}`,
  ].join("\n");
}

function episodeInWords(
  { hops, isSufficient, draft, answer, answerable, metrics }: ToldEpisode,
  isAnswerable: boolean,
): string {
  const verdict = isSufficient === true ? "to suffice" : "not to suffice";
  const held = isSufficient === undefined ? "" : `In the end the paragraphs were held ${verdict}. `;
  const drafted = draft === undefined ? "" : `Noted ${quoted(draft)}. `;
  const end = answerable ? `Answered ${quoted(answer)}` : "Declined";
  return `${hops.map(hopInWords).join("")}${held}${drafted}${end}: ${worth(metrics, isAnswerable, answerable)}.`;
}

function hopInWords({ query, title, body = "", isSupporting, isEnough }: Hop): string {
  const asked = `Asked ${quoted(query)}`;
  if (title === undefined) return `${asked}, with no paragraph left. `;
  const found = `${asked} and took ${quoted(`${title}: ${body}`)}, ${isSupporting === true ? "which is needed" : "which is not needed"}`;
  if (isEnough === undefined) return `${found}. `;
  return `${found}; ${isEnough ? "that was held to be enough" : "not enough yet"}. `;
}

function worth(metrics: ToldEpisode["metrics"], isAnswerable: boolean, answered: boolean): string {
  if (!isAnswerable) return answered ? "wrong" : "right";
  const { answer_f1: answer, support_f1: support } = metrics;
  return `answer F1 ${plain(answer!)}, support F1 ${plain(support!)}`;
}

function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)!}`;
}

function quoted(text: string): string {
  return `"${plainly(text)}"`;
}

/** Text of a model or of a data file on one line, of which nothing is Markdown. */
function plainly(text: string): string {
  const line = visible(shortened(text.trim().replace(/\s+/gu, " "), SHOWN));
  return line.replace(/[\\`*_{}[\]<>#|~&!$]/gu, (character) => `\\${character}`);
}

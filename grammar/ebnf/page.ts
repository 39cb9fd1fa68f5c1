import type { TokenType } from "chevrotain";
import { expectations } from "../errors.js";
import { PromptText, vocabulary } from "../lexer.js";
import { FlowParser } from "../parser.js";
import * as t from "../tokens.js";
import { alternatives, written } from "./ebnf.js";
import { railroads } from "./railroad.js";
import { type Rule, rulesOf, tokenOf, usesOf } from "./tree.js";

/** The page's sections, each with the rule that begins it. */
const sections: ReadonlyMap<string, string> = new Map([
  ["Declarations", "file"],
  ["Statements", "block"],
  ["Expressions", "expression"],
  ["Prompt blocks", "prompt"],
  ["Types", "type"],
]);

/** What two sections use belongs to the one that stands first here. */
const precedence = ["Statements", "Expressions", "Prompt blocks", "Types", "Declarations"];

/** Tokens that are more than their own spelling, with what is to be known about each. */
const patterns: readonly (readonly [TokenType, string])[] = [
  [t.Identifier, "the longest that fits, and none of the keywords"],
  [t.Int, ""],
  [t.Float, ""],
  [t.Text, "on one line"],
  [PromptText, "what stands between the tags of a prompt block"],
];
const skipped: readonly (readonly [TokenType, string])[] = [
  [t.Space, "between tokens; not in prompt blocks, whose blanks are text"],
  [t.Comment, "up to the end of the line"],
  [t.Doc, "the documentation of the declaration below"],
];

/** Characters in a line. */
const WIDTH = 100;

/** The page about the grammar and its pictures, from the parser and the lexer themselves, by their paths in docs/. */
export function grammarPages(): ReadonlyMap<string, string> {
  const productions = new FlowParser(expectations).getSerializedGastProductions();
  const rules = rulesOf(productions, new Map(vocabulary.map((type) => [type.name, type])));
  const all = sectionsOf(rules);
  const pictures = all.map(
    ([title, own]) => [pictureOf(title), railroads(`The grammar: ${title}`, own)] as const,
  );
  return new Map([["grammar.md", page(all)], ...pictures]);
}

function pictureOf(title: string): string {
  return `images/grammar-${title.toLowerCase().replaceAll(" ", "-")}.svg`;
}

function page(all: readonly (readonly [title: string, own: readonly Rule[]])[]): string {
  const parts = all.map(([title, own]) => {
    const picture = `![${title} as railroad diagrams](${pictureOf(title)})`;
    return `## ${title}\n\n${fenced(own.map(definition).join("\n"))}\n${picture}\n`;
  });
  return `# The grammar

This page is written by \`npm run grammar\` from the parser and the lexer themselves; a test compares them. The
[reference](language.md) says what the text means, and the checker allows less than the grammar does where that makes for
better messages: any expression may bound a loop here, any word may open a section of an agent.

The notation is that of the W3C: \`?\` for what may be missing, \`*\` for any number, \`+\` for one or more, \`|\` between
alternatives. What stands in quotes is written so in a flow; names in small letters are rules, those in capitals tokens. In
the diagrams, who follows the tracks from left to right spells what a rule takes.

${parts.join("\n")}
## Words

A \`Name\` is what may be called so: every word but the reserved ones, since all other keywords are keywords only where
the grammar looks for them. A field may have any \`Word\` as its name.

${fenced([category(t.Name), category(t.Word)].join("\n"))}
## Other tokens

As regular expressions of JavaScript:

${table(patterns)}
Skipped:

${table(skipped)}
A hole \`{{ }}\` or a tag \`{% %}\` ends on the line where it begins.
`;
}

function sectionsOf(rules: readonly Rule[]): readonly (readonly [title: string, own: readonly Rule[]])[] {
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  const roots = new Set(sections.values());
  const taken = new Set<string>();
  const collect = (name: string): readonly Rule[] => {
    if (taken.has(name)) return [];
    taken.add(name);
    const rule = byName.get(name)!;
    return [
      rule,
      ...usesOf(rule.takes)
        .filter((used) => !roots.has(used))
        .flatMap(collect),
    ];
  };
  const found = new Map(precedence.map((title) => [title, collect(sections.get(title)!)]));
  const lost = rules.filter(({ name }) => !taken.has(name));
  if (lost.length > 0) throw new Error(`no section leads to ${lost.map(({ name }) => name).join(", ")}`);
  return [...sections.keys()].map((title) => [title, found.get(title)!]);
}

/** On one line if it fits, else an alternative a line. */
function definition({ name, takes }: Rule): string {
  const ways = alternatives(takes);
  const line = `${name} ::= ${ways.join(" | ")}`;
  if (line.length <= WIDTH) return `${line}\n`;
  const indent = " ".repeat(name.length + 3);
  return `${name} ::= ${ways.map((each) => broken(each, indent)).join(`\n${indent}| `)}\n`;
}

/** Breaks an alternative where it is nested least, before a bar if there is one, as late as that may be. */
function broken(text: string, indent: string): string {
  if (indent.length + 2 + text.length <= WIDTH) return text;
  let depth = 0;
  let at = 0;
  let best = { rank: Number.POSITIVE_INFINITY, at: 0 };
  for (const word of text.split(" ")) {
    if (word.startsWith(")")) depth--;
    const rank = 2 * depth - (word === "|" ? 1 : 0);
    if (at > 0 && !word.startsWith(")") && rank <= best.rank) best = { rank, at };
    if (word === "(") depth++;
    at += word.length + 1;
    if (indent.length + 2 + at > WIDTH) break;
  }
  const rest = text.slice(best.at);
  return `${text.slice(0, best.at - 1)}\n${indent}  ${broken(rest, indent)}`;
}

function category(of: TokenType): string {
  const members = vocabulary
    .filter(({ CATEGORIES }) => CATEGORIES?.includes(of))
    .map((type) => written(tokenOf(type)));
  const lines: string[] = [];
  for (const member of members) {
    const last = lines.at(-1);
    if (last === undefined || last.length + member.length > WIDTH - 10) lines.push(member);
    else lines[lines.length - 1] = `${last} | ${member}`;
  }
  const indent = " ".repeat(of.name.length + 3);
  return `${of.name} ::= ${lines.join(`\n${indent}| `)}\n`;
}

function table(rows: readonly (readonly [TokenType, string])[]): string {
  const cells = rows.map(([{ name, PATTERN }, note]) => {
    const pattern = (PATTERN as RegExp).source.replaceAll("|", "\\|");
    return `| ${name} | \`${pattern}\` | ${note} |`;
  });
  return `${["| token | pattern | |", "|---|---|---|", ...cells].join("\n")}\n`;
}

function fenced(text: string): string {
  return `\`\`\`ebnf\n${text}\`\`\`\n`;
}
